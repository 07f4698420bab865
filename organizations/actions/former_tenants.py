"""What becomes of a former tenant's items once another tenant is connected."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from organizations.actions.figures import recount
from organizations.models import Connection, Group, Item


@transaction.atomic
def retire_former_items(*, connection: Connection, actor: User, now: datetime) -> int:
    """Note that everything found in other tenants of the organization is gone; return how many there were.

    They count as protected no longer, and keep their name, their choice and what was saved. If their tenant is
    connected again one day, its first look lists everything afresh and brings them back.
    """
    organization = connection.organization
    former = Item.objects.filter(organization=organization).exclude(connection=connection)
    count = former.exclude(presence=Item.Presence.GONE).update(presence=Item.Presence.GONE, gone_at=now)
    Group.objects.filter(organization=organization).exclude(connection=connection).update(is_gone=True)
    if count:
        audit.record(
            "item.gone",
            partner_id=organization.partner_id,
            organization_id=organization.pk,
            actor=actor,
            target=organization,
            at=now,
            details={"count": count, "reason": "another tenant was connected"},
        )
        recount(organization)
    return count
