"""What a plan of a restore promises, and how far a restore is, as pages say it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.models import User
from backups.actions.restore_agreement import needs_second_person, replaced_by
from backups.engine.restore_pace import ending_of
from backups.models import Restore
from backups.views.restore_rows import less_rows
from backups.views.run_rows import bytes_words, span_words
from organizations.views.figure_words import moment_words


@dataclass(frozen=True)
class Forecast:
    """What a restore will do, counted against what is live."""

    objects: int
    to_restore: int
    skipped: int
    skipped_words: str
    failed: int
    size: str
    ends: str
    takes: str
    how: str
    counted: str
    less: list[tuple[str, int]]
    no_room: str
    # How many live objects go, and whether whoever looks at the plan has to leave its start to somebody else.
    replaced: int
    waits_for_another: bool


@dataclass(frozen=True)
class Progress:
    """How far a restore is."""

    percent: int
    failed_percent: int
    ends: str
    how: str
    pace: str
    bytes: str
    bytes_total: str
    whole: int


def forecast_of(restore: Restore, actor: User, *, now: datetime) -> Forecast:
    """Return what is known of a plan, as ``actor`` sees it."""
    ending = ending_of(restore, now=now)
    is_skipping = restore.conflict == Restore.Conflict.SKIP
    missing = restore.room_free is not None and restore.bytes_total > restore.room_free
    return Forecast(
        objects=restore.objects_total,
        to_restore=restore.to_restore,
        skipped=restore.skipped,
        skipped_words="skipped" if is_skipping else "",
        failed=restore.failed,
        size=bytes_words(restore.bytes_total),
        ends=_clock(ending.likely) if ending.likely else "",
        takes=span_words(ending.likely - now) if ending.likely else "",
        how=ending.how,
        counted=moment_words(restore.counted_at, now),
        less=less_rows(restore.may_lack),
        no_room=(
            f"There is room for {bytes_words(restore.room_free)} only. What does not fit stays saved here."
            if missing
            else ""
        ),
        replaced=replaced_by(restore),
        waits_for_another=needs_second_person(restore, actor, now=now),
    )


def progress_of(restore: Restore, *, now: datetime) -> Progress:
    """Return how far a restore is that was started."""
    ending = ending_of(restore, now=now)
    total = max(restore.to_restore, 1)
    begun = restore.started_at or now
    seconds = max(((restore.ended_at or now) - begun).total_seconds(), 1)
    between = ""
    if ending.earliest and ending.latest:
        between = f"Between {_clock(ending.earliest)} and {_clock(ending.latest)}. "
    waits = restore.waits_until and restore.waits_until > now and restore.is_working
    if waits:
        between = f"The service asked for a pause; it goes on at {_clock(restore.waits_until)}. "
    return Progress(
        percent=min(restore.restored * 100 // total, 100),
        failed_percent=min(restore.failed * 100 // total, 100),
        ends=_clock(ending.likely) if ending.likely else "",
        how=between + ending.how,
        pace=f"{restore.restored * 60 / seconds:,.0f} objects a minute" if restore.restored else "",
        bytes=bytes_words(restore.bytes_done),
        bytes_total=bytes_words(restore.bytes_total),
        whole=restore.created + restore.replaced,
    )


def _clock(moment: datetime) -> str:
    local, today = timezone.localtime(moment), timezone.localdate()
    return f"{local:%H:%M}" if local.date() == today else f"{local.day} {local:%b}, {local:%H:%M}"
