"""Noting that somebody takes a copy of an audit log along."""

from datetime import datetime

from django.db import models, transaction

from accounts import audit
from accounts.activity_files import FORMATS
from accounts.models import AuditChain, User
from accounts.models.audit_entry import AuditEntryQuerySet


@transaction.atomic
def note_export(
    whose: models.Model, *, entries: AuditEntryQuerySet, file_format: str, partner_id: int, actor: User, now: datetime,
    organization_id: int | None = None,
) -> AuditEntryQuerySet:  # fmt: skip
    """Write down who takes how many entries of the log of ``whose`` along, and return exactly those entries."""
    # Nobody adds one while they are counted.
    AuditChain.objects.select_for_update().filter(partner_id=partner_id).first()
    noted = audit.record(
        "log.exported",
        partner_id=partner_id,
        organization_id=organization_id,
        actor=actor,
        target=whose,
        at=now,
        details={"format": FORMATS[file_format], "entries": entries.count()},
    )
    return entries.filter(number__lt=noted.number)
