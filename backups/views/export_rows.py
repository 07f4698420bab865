"""Exports as pages show them: plain values, so that a row costs no query."""

from dataclasses import dataclass
from datetime import datetime

from backups.models import Export
from backups.views.run_rows import bytes_words, span_words
from organizations.views.figure_words import moment_words

_BADGES = {
    Export.State.DRAFT: ("none", "clock"),
    Export.State.QUEUED: ("none", "clock"),
    Export.State.RUNNING: ("in_progress", "in_progress"),
    Export.State.DONE: ("success", "success"),
    Export.State.PARTIAL: ("partial", "partial"),
    Export.State.FAILED: ("failed", "failed"),
    Export.State.CANCELLED: ("none", "x"),
    Export.State.EXPIRED: ("none", "minus"),
}


@dataclass(frozen=True)
class ExportRow:
    """One export in a list, or at the head of its page."""

    uuid: str
    what: str
    asked: str
    who: str
    badge: str
    icon: str
    words: str
    objects: str
    failed: int
    size: str
    expires: str
    took: str
    percent: int


def export_row(export: Export, *, now: datetime) -> ExportRow:
    """Return the row of an export."""
    badge, icon = _BADGES[Export.State(export.state)]
    seen, expected = export.objects_done + export.objects_failed, export.objects_expected
    objects = f"{seen:,}" if not export.is_open else f"{seen:,} of about {expected:,}"
    begun = export.started_at
    return ExportRow(
        uuid=str(export.uuid),
        what=export.what,
        asked=_capital(moment_words(export.requested_at, now)),
        who=export.requested_by,
        badge=badge,
        icon=icon,
        words=export.get_state_display(),
        objects=objects,
        failed=export.objects_failed,
        size=bytes_words(export.bytes_done) if export.bytes_done else "–",
        expires=_ahead(export.expires_at, now) if export.is_ready and export.expires_at else "–",
        took=span_words((export.ended_at or now) - begun) if begun else "–",
        percent=100 if export.is_ready else min(seen * 100 // expected, 99) if expected else 0,
    )


def _ahead(moment: datetime, now: datetime) -> str:
    """Return how long there is to go: "in 6 d 23 h"."""
    return f"in {span_words(moment - now)}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
