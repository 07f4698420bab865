"""What people change about themselves."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import Membership, User
from accounts.models.membership import list_name_of


@transaction.atomic
def edit_profile(*, user: User, values: dict[str, str], membership: Membership | None, now: datetime) -> User:
    """Change own name, time zone and theme; ``values`` holds any of them."""
    user = User.objects.select_for_update().get(pk=user.pk)
    changes = {}
    for name in ("first_name", "last_name", "time_zone", "theme"):
        new = values.get(name, getattr(user, name))
        if new != getattr(user, name):
            changes[name] = [getattr(user, name), new]
            setattr(user, name, new)
    if changes:
        user.save(update_fields=list(changes))
        Membership.objects.filter(user=user, joined_at__isnull=False).update(
            list_name=list_name_of(user.first_name, user.last_name)
        )
        audit.record(
            "profile.edited",
            partner_id=membership.partner_id if membership else None,
            organization_id=membership.organization_id if membership else None,
            actor=user,
            target=user,
            at=now,
            details=changes,
        )
    return user
