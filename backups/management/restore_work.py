"""Helping with a restore from the command line until it is counted, or until it ends.

Whatever of it waits for a worker is done here; what a worker has taken is left to it.
"""

import time
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from backups.engine.restore_endings import COUNT_KIND, KIND
from backups.engine.restore_pace import ending_of
from backups.management.chosen import WrongUse
from backups.models import Restore, Snapshot
from backups.vault.progress import ProgressLine
from jobs import claims
from jobs.models import Job
from organizations.models import Item

_LOOK_AGAIN_SECONDS = 0.5


def restore_called(word: str) -> Restore:
    """Return the restore with this UUID. Raises `WrongUse`."""
    found = Restore.objects.select_related("organization", "connection", "source", "target")
    try:
        return found.get(uuid=UUID(word))
    except (ValueError, ValidationError, Restore.DoesNotExist) as problem:
        raise WrongUse(f"There is no restore {word!r}. `restore list ORGANIZATION` names them.") from problem


def snapshot_at(item: Item, word: str) -> Snapshot | None:
    """Return the newest snapshot of an item up to a moment, or None without one. Raises `WrongUse`."""
    if not word:
        return None
    moment = _moment(word)
    found = Snapshot.objects.filter(item=item, taken_at__lte=moment).order_by("-taken_at").first()
    if found is None:
        first = Snapshot.objects.filter(item=item).order_by("taken_at").first()
        since = f"The first point in time is {first.taken_at:%Y-%m-%d %H:%M} UTC." if first else "It has none yet."
        raise WrongUse(f"{item} has no point in time at or before {word}. {since}")
    return found


def follow(restore: Restore, *, shows: bool) -> Restore:
    """Help with a restore until no worker has to go on with it, keep a line up to date, and return it."""
    with ProgressLine(shows=shows) as line:
        while True:
            restore.refresh_from_db()
            if not restore.is_working:
                return restore
            line.tell(f"{restore.what}: {_words(restore)}", restore.restored + restore.failed, restore.to_restore)
            if not _do_one(restore):
                time.sleep(_LOOK_AGAIN_SECONDS)


def _words(restore: Restore) -> str:
    if restore.state != Restore.State.RUNNING:
        return restore.get_state_display().lower()
    likely = ending_of(restore, now=timezone.now()).likely
    return f"ends about {timezone.localtime(likely):%H:%M}" if likely else "running"


def _do_one(restore: Restore) -> bool:
    """Do one thing of the restore whose time has come; return whether there was one."""
    now = timezone.now()
    is_free = Q(state=Job.State.QUEUED, not_before__lte=now) | Q(state=Job.State.RUNNING, lease_until__lt=now)
    due = Job.objects.filter(is_free, kind__in=[KIND, COUNT_KIND], subject_id=restore.pk).order_by("not_before", "pk")
    return any(claims.run(pk) is not None for pk in due.values_list("pk", flat=True)[:1])


def _moment(word: str) -> datetime:
    try:
        moment = parse_datetime(word)
        if moment is None and (day := parse_date(word)):
            moment = datetime(day.year, day.month, day.day, 23, 59, 59)
    except ValueError:
        moment = None
    if moment is None:
        raise WrongUse(f"{word!r} is no moment. Type a day or a time, such as 2026-11-22 or 2026-11-22T10:00.")
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment
