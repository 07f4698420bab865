"""Looks that an operator asks for on the command line."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from backups.engine.look import forget_cursors, lock_organization
from jobs.models import Job
from jobs.requests import request_job
from organizations.models import Connection


class BeingLookedAt(Exception):
    """A worker is looking at this client just now; the message says what to do."""


@transaction.atomic
def request_look(
    *, connection: Connection, actor: str, now: datetime, is_full: bool = False, accepts_shrinking: bool = False
) -> Job:
    """Ask for a look, or take the one that waits already, and return its job.

    ``is_full`` lists everything afresh; ``accepts_shrinking`` believes also a listing that lacks much, and lists afresh
    as well. Raises `BeingLookedAt`.
    """
    lock_organization(connection)
    kind, key = "discover_shrunken" if accepts_shrinking else "discover", f"discover:{connection.pk}"
    job = request_job(kind, subject_id=connection.pk, at=now, key=key)
    if job is None:
        job = Job.objects.select_for_update().filter(key=key, state=Job.State.QUEUED).first()
        if job is None:
            raise BeingLookedAt(f"A worker is looking at {connection.organization} just now. Try again afterwards.")
        job.kind = kind
        job.save(update_fields=["kind"])
    if is_full or accepts_shrinking:
        forget_cursors(connection)
    if not connection.is_looking:
        connection.discovery, connection.discovery_problem = Connection.Discovery.QUEUED, ""
        connection.save(update_fields=["discovery", "discovery_problem"])
    audit.record(
        "discovery.requested",
        partner_id=connection.organization.partner_id,
        organization_id=connection.organization_id,
        actor=actor,
        target=connection.organization,
        at=now,
        details={"lists_afresh": is_full or accepts_shrinking, "accepts_shrinking": accepts_shrinking},
    )
    return job
