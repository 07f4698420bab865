"""Restores as pages show them: plain values, so that a row costs no query."""

from dataclasses import dataclass
from datetime import datetime

from backups.connectors.restoring import WORDS, Less
from backups.models import Restore, RestoreContainer, RestoreObject
from backups.models.restore_object import FolderFigures
from backups.views.run_rows import KIND_ICONS, bytes_words, span_words
from organizations.views.figure_words import moment_words

# state: (class of the badge, icon)
BADGES = {
    "COUNTING": ("in_progress", "in_progress"),
    "READY": ("none", "clock"),
    "QUEUED": ("none", "clock"),
    "WAITING": ("none", "clock"),
    "RUNNING": ("in_progress", "in_progress"),
    "PAUSED": ("none", "pause"),
    "DONE": ("success", "success"),
    "PARTIAL": ("partial", "partial"),
    "FAILED": ("failed", "failed"),
    "CANCELLED": ("none", "x"),
}
_OBJECT_BADGES = {
    "WAITING": ("none", "clock"),
    "IN_HAND": ("in_progress", "in_progress"),
    "CREATED": ("success", "success"),
    "REPLACED": ("success", "success"),
    "SKIPPED": ("none", "minus"),
    "DEGRADED": ("partial", "partial"),
    "FAILED": ("failed", "failed"),
}


@dataclass(frozen=True)
class RestoreRow:
    """One restore in a list."""

    uuid: str
    what: str
    asked: str
    badge: str
    icon: str
    words: str
    target: str
    folder: str
    restored: int
    skipped: int
    failed: int
    size: str
    took: str
    problem: str


@dataclass(frozen=True)
class FolderRow:
    """One folder of a restore and how far it is."""

    folder: str
    icon: str
    badge: str
    badge_icon: str
    words: str
    restored: str
    skipped: int
    failed: int


@dataclass(frozen=True)
class ObjectRow:
    """What became of one object."""

    name: str
    folder: str
    badge: str
    icon: str
    words: str
    size: str
    why: list[str]
    request_id: str


def restore_row(restore: Restore, *, now: datetime) -> RestoreRow:
    """Return the row of a restore that was read with its items."""
    badge, icon = BADGES[restore.state]
    begun = restore.started_at
    return RestoreRow(
        uuid=str(restore.uuid),
        what=restore.what,
        asked=f"{restore.requested_by}, {moment_words(begun or restore.requested_at, now)}",
        badge=badge,
        icon=icon,
        words=restore.get_state_display(),
        target=str(restore.target) if restore.is_elsewhere else "The same",
        folder=restore.folder or "The original place",
        restored=restore.restored,
        skipped=restore.skipped,
        failed=restore.failed,
        size=bytes_words(restore.bytes_done),
        took=span_words((restore.ended_at or now) - begun) if begun else "–",
        problem=restore.problem,
    )


def folder_row(figures: FolderFigures, part: RestoreContainer) -> FolderRow:
    """Return the row of a folder."""
    to_restore = figures.total - figures.skipped
    done = figures.restored + figures.failed
    if done >= to_restore:
        state = ("partial", "partial", "Partial") if figures.failed else ("success", "success", "Done")
    elif part.state == RestoreContainer.State.RUNNING and (figures.in_hand or done):
        state = ("in_progress", "in_progress", "Restoring")
    else:
        state = ("none", "clock", "Waiting") if part.ended_at is None else ("none", "minus", "Not restored")
    return FolderRow(
        folder=figures.folder or part.container.get_kind_display(),
        icon=KIND_ICONS[part.container.kind] if not figures.folder else "folder",
        badge=state[0],
        badge_icon=state[1],
        words=state[2],
        restored=f"{figures.restored:,}" if done >= to_restore else f"{figures.restored:,} of {to_restore:,}",
        skipped=figures.skipped,
        failed=figures.failed,
    )


def object_row(row: RestoreObject) -> ObjectRow:
    """Return the line of the report about one object."""
    badge, icon = _OBJECT_BADGES[row.state]
    why = [WORDS[Less(code)] for code in row.less if code in Less.__members__]
    return ObjectRow(
        name=row.name or "Without a name",
        folder=row.folder,
        badge=badge,
        icon=icon,
        words=row.get_state_display(),
        size=bytes_words(row.size),
        why=[row.problem, *why] if row.problem else why,
        request_id=row.request_id,
    )


def less_rows(may_lack: dict[str, int]) -> list[tuple[str, int]]:
    """Return (words, number of objects) of what may be missing, most of it first."""
    known = [(WORDS[Less(code)], number) for code, number in may_lack.items() if code in Less.__members__]
    return sorted(known, key=lambda one: -one[1])
