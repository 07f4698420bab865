"""The work of `portal`: furnishing the demo once its accounts are known."""

from datetime import timedelta

import httpx
from django.conf import settings
from django.utils import timezone

from accounts.models import User
from jobs.claims import Claim
from jobs.registry import job
from organizations.actions.items import protect_items
from organizations.models import Item, Organization, Policy
from portal.demo_people import DEMO_PEOPLE
from portal.demo_trouble import WITH_DAMAGE, damaged_accounts

_LOOK_AGAIN = timedelta(seconds=3)
_LOOKS = 100
# Every so-manieth account of a client stays unprotected, so that there is something to decide.
_LEAVE_OUT = 9
# Clients that are backed up every hour, and whose newcomers are protected by themselves.
_HOURLY = ("Acme Dental", "Bolt Bakery", "Linden School")


@job("furnish_demo", queue="maintenance")
def furnish_demo(subject_id: int, claim: Claim) -> None:
    """Protect most of what discovery found at a demo client, as its Administrator would. Development only."""
    if not settings.IS_DEVELOPMENT:
        return
    organization = Organization.objects.get(pk=subject_id)
    connection = organization.connections.in_use().first()
    if connection is None or not connection.discovered_at:
        if connection is not None and organization.is_readable and claim.postponements < _LOOKS:
            claim.try_again(after=_LOOK_AGAIN, because="The accounts are not listed yet.")
        return
    try:
        damaged = [] if organization.name in WITH_DAMAGE else damaged_accounts(connection)
    except httpx.RequestError:
        claim.try_again(after=_LOOK_AGAIN, because="The simulated Microsoft 365 does not answer.")
        return
    _decide_how_often(organization)
    ada = User.objects.with_email(DEMO_PEOPLE[0].email).get()
    items = Item.objects.filter(organization=organization).exclude(remote_id__in=damaged)
    wanted = [pk for number, pk in enumerate(items.order_by("id").values_list("pk", flat=True)) if number % _LEAVE_OUT]
    for tab in Item.Tab.values:
        chosen = items.filter(pk__in=wanted, tab=tab)
        protect_items(items=chosen, organization=organization, actor=ada, now=timezone.now())


def _decide_how_often(organization: Organization) -> None:
    if organization.name in _HOURLY:
        Policy.objects.filter(organization=organization).update(
            backup_every=Policy.Interval.HOURLY, auto_users=True, auto_users_since=timezone.now()
        )
