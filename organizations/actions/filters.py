"""Applying an organization's user filter to its items."""

from datetime import datetime

from django.db import transaction
from django.db.models import Count, F, Q

from accounts import audit
from accounts.models import User
from organizations.actions.figures import recount
from organizations.models import Item, Organization, Policy
from organizations.models.user_filter import UserFilter


@transaction.atomic
def apply_filter(*, organization: Organization, actor: User | str, now: datetime) -> int:
    """Note on every user whether and why the filter leaves the user out; return how many were protected before and
    are skipped now.

    A choice by hand or by automation stays noted, so that switching the filter off brings it back.
    """
    # Always in this order: policy, organization, then the audit log; two at once then wait and never block each other.
    policy = Policy.objects.select_for_update().get(organization=organization)
    Organization.objects.select_for_update().get(pk=organization.pk)
    items = Item.objects.filter(organization=organization, kind=Item.Kind.USER)
    differing = items.annotate(reason=UserFilter.of(policy).reason()).exclude(reason=F("skipped_as"))
    losing = differing.filter(~Q(reason=""), protection=Item.Protection.PROTECTED)
    reasons = dict(losing.values_list("reason").annotate(Count("pk")).order_by("reason"))
    # The expression holds subqueries, so the rows are named first; a slice keeps each statement small.
    changes = list(differing.values_list("pk", "reason"))
    for reason in {reason for _, reason in changes}:
        ids = [pk for pk, wanted in changes if wanted == reason]
        for start in range(0, len(ids), 10_000):
            Item.objects.filter(pk__in=ids[start : start + 10_000]).update(skipped_as=reason)
    for reason, count in reasons.items():
        audit.record(
            "item.skipped",
            partner_id=organization.partner_id,
            organization_id=organization.pk,
            actor=actor,
            target=organization,
            at=now,
            details={"count": count, "reason": Item.Skip(reason).label},
        )
    recount(organization)
    return sum(reasons.values())
