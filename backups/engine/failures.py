"""What could not be saved: one open row for each object, which counts its tries and closes itself on success."""

from collections.abc import Collection
from datetime import datetime, timedelta

from backups.connectors.base import (
    AccessRevoked,
    CannotBeSaved,
    ConnectorError,
    DamagedOnTheWay,
    PermissionMissing,
    ProviderBusy,
)
from backups.models import Container, ContainerFeed, Failure

# After the first, second and third try; later ones wait for a day.
_PAUSES = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6))
_AFTER_THAT = timedelta(days=1)
POISONED = "The worker stopped while it copied this object. It is left out for a week; the others go on."
# Whoever stopped workers is left alone for longer.
_POISON_PAUSE = timedelta(days=7)


def note_failure(
    container: Container,
    *,
    object_id: str,
    reason: str,
    message: str,
    now: datetime,
    feed: ContainerFeed | None = None,
    part: str = "",
    name: str = "",
    code: str = "",
    request_id: str = "",
) -> Failure:
    """Open the row of an object (for "", of the container) or count one more try in it, in the caller’s transaction."""
    row = Failure.objects.filter(container=container, object_id=object_id, closed_at=None).first()
    if row is None:
        row = Failure(
            organization_id=container.organization_id,
            container=container,
            object_id=object_id,
            first_seen_at=now,
            tries=0,
        )
    row.tries += 1
    row.feed, row.part, row.name = feed, part[:60], name[:400] or row.name
    row.reason, row.message = reason, message[:300]
    row.code, row.request_id = code[:100], request_id[:64]
    row.last_seen_at, row.next_try_at = now, now + _pause(row)
    row.save()
    return row


def close_failures(
    container: Container, object_ids: Collection[str], *, now: datetime, ending: str = Failure.Ending.SAVED
) -> int:
    """Close the open rows of objects that were saved, or, as ``ending`` says, are not at the source any more."""
    rows = Failure.objects.open().filter(container=container, object_id__in=object_ids)
    return rows.update(closed_at=now, closed_as=ending)


def reason_of(problem: ConnectorError) -> str:
    """Return the class of reasons a connector's problem belongs to."""
    if isinstance(problem, CannotBeSaved):
        return problem.reason.value
    if isinstance(problem, PermissionMissing | AccessRevoked):
        return Failure.Reason.ACCESS
    if isinstance(problem, ProviderBusy):
        return Failure.Reason.BUSY
    if isinstance(problem, DamagedOnTheWay):
        return Failure.Reason.DAMAGED
    return Failure.Reason.ODD


def _pause(row: Failure) -> timedelta:
    if row.reason == Failure.Reason.POISON:
        return _POISON_PAUSE
    return _PAUSES[row.tries - 1] if row.tries <= len(_PAUSES) else _AFTER_THAT
