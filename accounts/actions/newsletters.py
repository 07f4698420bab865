"""Choosing newsletters and alerts."""

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


@transaction.atomic
def edit_alerts(*, membership: Membership, wants: bool, now: datetime) -> None:
    """Let a member of partner staff be told when a client's service is not accessible, or not any more."""
    user = membership.user
    if preferences.wants_alerts(user.pk) == wants:
        return
    preferences.set_wants_alerts(user_id=user.pk, wants=wants, at=now)
    audit.record(
        "alerts.edited",
        partner_id=membership.partner_id,
        actor=user,
        target=user,
        at=now,
        details={"alerts": ["off", "on"] if wants else ["on", "off"]},
    )
