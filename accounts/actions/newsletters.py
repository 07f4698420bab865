"""Choosing newsletters."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import Membership, User
from notifications import preferences


@transaction.atomic
def edit_newsletters(*, user: User, categories: set[str], membership: Membership | None, now: datetime) -> None:
    """Subscribe ``user`` to exactly ``categories``."""
    before = set(preferences.subscribed_categories(user.pk))
    if before == categories:
        return
    preferences.set_preferences(user_id=user.pk, categories=categories, at=now)
    audit.record(
        "newsletters.edited",
        partner_id=membership.partner_id if membership else None,
        organization_id=membership.organization_id if membership else None,
        actor=user,
        target=user,
        at=now,
        details={"categories": [sorted(before), sorted(categories)]},
    )
