"""What platform staff changes about the contacts of partners."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from support.models import Contact

_NOTED = ("function", "name", "email", "phone", "hours", "time_zone")


@transaction.atomic
def save_contact(*, contact: Contact, actor: User, now: datetime) -> Contact:
    """Keep a contact that is new or was changed, and note it in the partner's log, or the platform's for all. One that
    was given to another partner is noted as removed in the log of the first.
    """
    before = Contact.objects.select_for_update(of=("self",)).select_related("partner").filter(pk=contact.pk).first()
    contact.save()
    if before is None or before.partner_id != contact.partner_id:
        if before is not None:
            _record("contact.deleted", before, actor, now, {"name": str(before)})
        _record("contact.created", contact, actor, now, {"name": str(contact)})
        return contact
    pairs = {name: [getattr(before, name), getattr(contact, name)] for name in _NOTED}
    changes = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    if changes:
        _record("contact.edited", contact, actor, now, changes)
    return contact


@transaction.atomic
def delete_contact(*, contact: Contact, actor: User, now: datetime) -> None:
    """Remove a contact; the partner then sees the one of all partners, if there is one."""
    _record("contact.deleted", contact, actor, now, {"name": str(contact)})
    contact.delete()


def _record(action: str, contact: Contact, actor: User, now: datetime, details: dict) -> None:
    audit.record(
        action,
        partner_id=contact.partner_id,
        actor=actor,
        target=contact,
        at=now,
        details={"reach": contact.partner.name if contact.partner else "all partners", **details},
    )
