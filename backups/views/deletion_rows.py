"""Deletions as pages show them: plain values, so that a row costs no query."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from backups.models import Deletion
from backups.views.run_rows import bytes_words
from organizations.views.figure_words import moment_words

# state: (class of the badge, icon)
_BADGES = {
    Deletion.State.REQUESTED: ("partial", "question"),
    Deletion.State.AUTHORIZED: ("failed", "clock"),
    Deletion.State.EXECUTING: ("in_progress", "in_progress"),
    Deletion.State.DONE: ("none", "certificate"),
    Deletion.State.DECLINED: ("none", "x"),
    Deletion.State.CANCELLED: ("none", "x"),
}
_A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class DeletionRow:
    """One deletion in a list, or at the head of its page."""

    uuid: str
    organization: str
    organization_uuid: str
    what: str
    requested: str
    requested_by: str
    badge: str
    icon: str
    words: str
    objects: int
    size: str
    # How long it can still be cancelled, "" where no hold runs.
    days_words: str
    due_at: datetime | None


def deletion_row(deletion: Deletion, *, now: datetime) -> DeletionRow:
    """Return the row of a deletion that was read with its organization."""
    badge, icon = _BADGES[Deletion.State(deletion.state)]
    is_held = deletion.state == Deletion.State.AUTHORIZED
    asked = moment_words(deletion.requested_at, now)
    return DeletionRow(
        uuid=str(deletion.uuid),
        organization=deletion.organization.name,
        organization_uuid=str(deletion.organization.uuid),
        what=deletion.what[:1].upper() + deletion.what[1:],
        requested=asked[:1].upper() + asked[1:],
        requested_by=deletion.requested_by,
        badge=badge,
        icon=icon,
        words=deletion.get_state_display(),
        objects=deletion.objects_kept,
        size=bytes_words(deletion.bytes_kept),
        days_words=_days_words(deletion.due_at - now) if is_held else "",
        due_at=deletion.due_at,
    )


def _days_words(left: timedelta) -> str:
    """Return "30 days", begun ones counted, or that the last one runs."""
    days = -(-left // _A_DAY)
    return f"{days} days" if days > 1 else "Less than a day"
