"""Runs as pages show them: plain values, so that a row costs no query."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from backups.models import Run, RunContainer, RunItem
from organizations.views.figure_words import moment_words

# state: (class of the badge, icon)
_BADGES = {
    Run.State.QUEUED: ("none", "clock"),
    Run.State.LOOKING: ("in_progress", "in_progress"),
    Run.State.RUNNING: ("in_progress", "in_progress"),
    Run.State.SUCCESS: ("success", "success"),
    Run.State.PARTIAL: ("partial", "partial"),
    Run.State.FAILED: ("failed", "failed"),
    Run.State.CANCELLED: ("none", "x"),
}
_PART_BADGES = {
    RunContainer.State.WAITING: ("none", "clock"),
    RunContainer.State.READING: ("in_progress", "in_progress"),
    RunContainer.State.SETTLING: ("in_progress", "in_progress"),
    RunContainer.State.SUCCESS: ("success", "success"),
    RunContainer.State.PARTIAL: ("partial", "partial"),
    RunContainer.State.FAILED: ("failed", "failed"),
    RunContainer.State.CANCELLED: ("none", "x"),
    RunContainer.State.NOT_AVAILABLE: ("none", "minus"),
}
KIND_ICONS = {
    "MAIL": "mail",
    "CALENDAR": "calendar",
    "CONTACTS": "contacts",
    "ONEDRIVE": "drive",
    "SHAREPOINT": "site",
    "TEAMS": "team",
}


@dataclass(frozen=True)
class RunRow:
    """One run in a list."""

    uuid: str
    started: str
    asked: str
    badge: str
    icon: str
    words: str
    is_open: bool
    accounts: str
    added: int
    changed: int
    removed: int
    failed: int
    read: str
    took: str
    problem: str


@dataclass(frozen=True)
class PartRow:
    """One kind of one item in a run."""

    kind: str
    kind_icon: str
    badge: str
    icon: str
    words: str
    current: str
    added: int
    changed: int
    removed: int
    failed: int
    read: str
    problem: str


@dataclass(frozen=True)
class ItemRow:
    """One item in a run, with its kinds."""

    name: str
    address: str
    parts: list[PartRow]
    is_waiting: bool
    waits: str


def run_row(run: Run, *, now: datetime) -> RunRow:
    """Return the row of a run that was read with its item."""
    badge, icon = _BADGES[Run.State(run.state)]
    end = run.ended_at or now
    return RunRow(
        uuid=str(run.uuid),
        started=_capital(moment_words(run.started_at or run.requested_at, now)),
        asked=asked_words(run),
        badge=badge,
        icon=icon,
        words=run.get_state_display(),
        is_open=run.is_open,
        accounts=str(run.item) if run.item else f"{run.items_done:,} of {run.items_total:,}",
        added=run.added,
        changed=run.changed,
        removed=run.removed,
        failed=run.failed,
        read=bytes_words(run.bytes_read),
        took=span_words(end - run.started_at) if run.started_at else "–",
        problem=run.problem,
    )


def asked_words(run: Run) -> str:
    """Return who or what asked for a run."""
    return run.requested_by if run.requested_by and run.trigger != Run.Trigger.SCHEDULE else run.get_trigger_display()


def item_row(run_item: RunItem, *, now: datetime) -> ItemRow:
    """Return the row of an item that was read with its containers."""
    parts = [part_row(one) for one in run_item.run_containers.all()]
    waits = run_item.waits_until and run_item.waits_until > now and run_item.state != RunItem.State.DONE
    return ItemRow(
        name=str(run_item.item),
        address=run_item.item.address if run_item.item.name else "",
        parts=parts,
        is_waiting=run_item.state == RunItem.State.WAITING,
        waits=moment_words(run_item.waits_until, now) if waits else "",
    )


def part_row(one: RunContainer) -> PartRow:
    """Return the row of one kind of an item."""
    badge, icon = _PART_BADGES[RunContainer.State(one.state)]
    is_reading = one.state == RunContainer.State.READING
    return PartRow(
        kind=one.container.get_kind_display(),
        kind_icon=KIND_ICONS[one.container.kind],
        badge=badge,
        icon=icon,
        words=one.get_state_display(),
        current=one.current if is_reading else "",
        added=one.added,
        changed=one.changed,
        removed=one.removed,
        failed=one.failed,
        read=bytes_words(one.bytes_read),
        problem=one.problem,
    )


def span_words(span: timedelta) -> str:
    """Return a duration: "under 1 s", "42 s", "12 m", "1 h 22 m", "3 d 4 h"."""
    seconds = max(int(span.total_seconds()), 0)
    if seconds < 1:
        return "under 1 s"
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} m"
    hours = minutes // 60
    if hours < 48:
        return f"{hours} h {minutes % 60:02} m"
    return f"{hours // 24} d {hours % 24} h"


def bytes_words(size: int) -> str:
    """Return bytes as people read them while they are moved: "0", "812 kB", "4.2 MB", "1.3 GB"."""
    if not size:
        return "0"
    for unit, factor in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6)):
        if size >= factor:
            amount = size / factor
            return f"{amount:,.1f} {unit}" if amount < 100 else f"{amount:,.0f} {unit}"
    return f"{max(size // 1000, 1):,} kB"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
