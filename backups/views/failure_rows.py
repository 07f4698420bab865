"""Failures as pages and files list them: plain values, a fixed number of queries."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from backups.models import Failure
from backups.views.run_rows import KIND_ICONS
from organizations.views.figure_words import moment_words

# Whose fault each reason is, before what it is: "Microsoft 365: too large".
_OURS = frozenset({Failure.Reason.POISON, Failure.Reason.STORE})
COLUMNS = (
    "Object title", "Object path", "Account", "Object ID", "Backup status", "Issue title", "Message", "Tries",
    "First seen", "Last backup attempt", "Next try", "Request id",
)  # fmt: skip


@dataclass(frozen=True)
class FailureRow:
    """One failure in the list."""

    uuid: str
    title: str
    icon: str
    place: str
    badge: str
    badge_icon: str
    status: str
    issue: str
    message: str
    object_id: str
    short_id: str
    request_id: str
    tries: int
    last: str
    next: str
    note: str
    is_open: bool


def failure_row(failure: Failure, *, now: datetime) -> FailureRow:
    """Return the row of a failure that was read with its container, item and feed."""
    container = failure.container
    badge, icon, status = _status(failure)
    kind = container.get_kind_display()
    feed = failure.feed.name if failure.feed_id and failure.feed else ""
    is_open = failure.closed_at is None
    return FailureRow(
        uuid=str(failure.uuid),
        title=_title(failure),
        icon=KIND_ICONS[container.kind],
        place=" / ".join(filter(None, (str(container.item), kind, feed))),
        badge=badge,
        badge_icon=icon,
        status=status,
        issue=_issue(failure),
        message=failure.message if is_open else "",
        object_id=failure.object_id,
        short_id=_short(failure.object_id),
        request_id=failure.request_id,
        tries=failure.tries,
        last=moment_words(failure.last_seen_at, now),
        next=_next(failure, now) if is_open else "",
        note=f"Excluded by {failure.excluded_by}, {moment_words(failure.excluded_at, now)}"
        if failure.excluded_at
        else "",
        is_open=is_open,
    )


def failure_cells(failure: Failure) -> list:
    """Return the cells of a failure's line in a file, in the order of `COLUMNS`; moments in UTC."""
    feed = failure.feed.name if failure.feed_id and failure.feed else ""
    item = failure.container.item
    return [
        _title(failure),
        " / ".join(filter(None, (failure.container.get_kind_display(), feed))),
        item.address or item.name,
        failure.object_id,
        _status(failure)[2],
        _issue(failure),
        failure.message,
        failure.tries,
        *(_utc(one) for one in (failure.first_seen_at, failure.last_seen_at, failure.next_try_at)),
        failure.request_id,
    ]


def _title(failure: Failure) -> str:
    return failure.name or ("Without a name" if failure.object_id else "Everything of it")


def _status(failure: Failure) -> tuple[str, str, str]:
    if failure.closed_at is not None:
        if failure.closed_as == Failure.Ending.GONE:
            return "none", "none", "Not Available"
        return "success", "success", "Success"
    return ("none", "excluded", "Excluded") if failure.excluded_at else ("failed", "failed", "Failure")


def _issue(failure: Failure) -> str:
    if failure.closed_at is not None:
        if failure.closed_as == Failure.Ending.GONE:
            return "Deleted at the source before it could be saved"
        return f"Saved after {failure.tries} failed tr{'y' if failure.tries == 1 else 'ies'}"
    who = "Portico" if failure.reason in _OURS else "Microsoft 365"
    words = failure.get_reason_display()
    return f"{who}: {words[:1].lower()}{words[1:]}"


def _next(failure: Failure, now: datetime) -> str:
    if failure.next_try_at is None:
        return "with the next backup"
    return "with the next backup" if failure.next_try_at <= now else f"after {moment_words(failure.next_try_at, now)}"


def _short(object_id: str) -> str:
    return object_id if len(object_id) <= 24 else f"{object_id[:12]}…{object_id[-6:]}"


def _utc(moment: datetime | None) -> str:
    return (
        "" if moment is None else timezone.localtime(moment, timezone.get_fixed_timezone(0)).strftime("%Y-%m-%d %H:%M")
    )
