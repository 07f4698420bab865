"""The work of `portal`: furnishing the demo once its accounts are known."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from jobs.claims import Claim
from jobs.registry import job
from organizations.actions.items import protect_items
from organizations.models import Item, Organization
from portal.demo_people import DEMO_PEOPLE

_LOOK_AGAIN = timedelta(seconds=3)
_LOOKS = 100
# Every so-manieth account of a client stays unprotected, so that there is something to decide.
_LEAVE_OUT = 9


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
    ada = User.objects.with_email(DEMO_PEOPLE[0].email).get()
    items = Item.objects.filter(organization=organization)
    wanted = [pk for number, pk in enumerate(items.order_by("id").values_list("pk", flat=True)) if number % _LEAVE_OUT]
    for tab in Item.Tab.values:
        chosen = items.filter(pk__in=wanted, tab=tab)
        protect_items(items=chosen, organization=organization, actor=ada, now=timezone.now())
