"""Opening one saved object to look at it. Nobody looks without a line in the log."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts import audit
from accounts.models import User
from backups.models import Container, Preview, VaultVersion
from jobs.requests import request_job

# For how long what was read stays to be looked at.
LASTS = timedelta(hours=1)


class NothingKept(Exception):
    """There is no such version; it was erased, or never was."""


@transaction.atomic
def open_preview(
    *,
    container: Container,
    object_uuid: UUID,
    from_commit: int,
    actor: User,
    title: str,
    now: datetime,
    compared_with: int | None = None,
) -> Preview:
    """Ask a worker to read a saved state of an object of ``container``, and write down who looks at what.

    With ``compared_with``, the first commit of another state, also what changed since that. Raises `NothingKept`.
    """
    organization = container.organization
    wanted = {from_commit} if compared_with is None else {from_commit, compared_with}
    kept = VaultVersion.objects.filter(organization=organization.uuid, object=object_uuid, from_commit__in=wanted)
    if len(set(kept.values_list("from_commit", flat=True))) < len(wanted):
        raise NothingKept("This is not kept any more: it was erased since you found it.")
    preview = Preview.objects.create(
        organization=organization,
        person=actor,
        container=container,
        object=object_uuid,
        from_commit=from_commit,
        compared_with=compared_with,
        opened_at=now,
        expires_at=now + LASTS,
    )
    audit.record(
        "object.previewed",
        partner_id=organization.partner_id,
        organization_id=organization.pk,
        actor=actor,
        target=container.item,
        at=now,
        details={"kind": container.get_kind_display(), "name": title[:200] or "without a name"},
    )
    request_job("render_preview", subject_id=preview.pk, at=now)
    return preview


def end_previews(now: datetime) -> int:
    """Delete previews that nobody may look at any more, and return how many."""
    return Preview.objects.filter(expires_at__lte=now).delete()[0]
