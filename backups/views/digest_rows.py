"""Digests as the pages show them."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils import timezone

from backups.models import Digest

# state: (class of the badge, icon)
_BADGES = {
    Digest.State.SENT: ("success", "success"),
    Digest.State.SENDING: ("in_progress", "in_progress"),
    Digest.State.FAILED: ("failed", "failed"),
    Digest.State.UNKNOWN: ("partial", "question"),
    Digest.State.NOTHING: ("none", "none"),
    Digest.State.MISSED: ("failed", "clock"),
}


@dataclass(frozen=True)
class DigestRow:
    """One digest."""

    uuid: UUID
    day: date
    recipient: str
    due: str
    badge: str
    icon: str
    words: str
    why: str
    status: str
    status_badge: str


def digest_row(digest: Digest) -> DigestRow:
    """Return ``digest`` in words, in the zone of the reader."""
    badge, icon = _BADGES[digest.state]
    due = timezone.localtime(digest.due_at)
    return DigestRow(
        uuid=digest.uuid,
        day=digest.local_date,
        recipient=digest.recipient,
        due=f"{due.day} {due:%b %Y, %H:%M}",
        badge=badge,
        icon=icon,
        words=digest.state.label,
        why=digest.why[:1].upper() + digest.why[1:],
        status="" if digest.missed else digest.get_status_display(),
        status_badge=digest.status.lower(),
    )
