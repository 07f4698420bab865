"""Counting a restore before it begins: what there is to put back, what of it is there already, what it will lack.

Nothing is written at the service. The rows that come out of it are those that are restored.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Count, Q, Sum
from django.utils import timezone

import sealing
from backups.connectors.base import ConnectorError, ProviderBusy
from backups.connectors.contract import Feed
from backups.connectors.restoring import Assignment, Mark, Restorer, Saved, There, lying
from backups.engine import restore_endings
from backups.engine.access import graph_of
from backups.engine.connecting import restorers_for
from backups.engine.restore_assignment import Restorers, assignment_of
from backups.engine.restore_endings import KIND
from backups.engine.restore_listing import list_objects
from backups.engine.restore_pace import seconds_each
from backups.engine.restore_rights import consent_problem
from backups.engine.restore_tree import DAMAGED, Located, SavedTree
from backups.engine.vaults import vault_of
from backups.models import Restore, RestoreContainer, RestoreObject
from jobs.claims import Claim
from jobs.requests import request_job
from organizations.models.source_app import SourceApp

SLICE = timedelta(minutes=4)
_BATCH = 200
_State = RestoreObject.State
# Why an object is left alone: it lies there with the very content, or something else is in its place.
SAME, OTHER = "SAME", "OTHER"
_OTHER = "Something else lies in its place. It was left alone, as chosen."
_ODD = (ValueError, TypeError, KeyError, AttributeError)


class _Over(Exception):
    """This slice has lasted long enough."""


class _Ended(Exception):
    """Somebody called it off."""


def count_restore(
    restore_id: int,
    claim: Claim,
    *,
    clock: Callable[[], datetime] = timezone.now,
    sleep: Callable[[float], None] = time.sleep,
    restorers: Restorers = restorers_for,
    slice_lasts: timedelta = SLICE,
) -> None:
    """Count a restore, or as much of it as one slice allows. Raises `LeaseLost`."""
    found = Restore.objects.select_related("connection__organization", "organization", "source", "target")
    restore = found.filter(pk=restore_id, state=Restore.State.COUNTING).first()
    if restore is None:
        return
    if restore.cancel_asked_at is not None:
        restore_endings.cancel(restore, claim, now=clock())
        return
    try:
        _count(_Counting(restore, claim, clock, clock() + slice_lasts), sleep, restorers)
    except _Over:
        claim.try_again(after=timedelta(), because="")
    except _Ended:
        restore_endings.cancel(restore, claim, now=clock())
    except ProviderBusy as problem:
        Restore.objects.filter(pk=restore.pk).update(waits_until=clock() + problem.wait)
        claim.try_again(after=problem.wait, because=str(problem))
    except (ConnectorError, sealing.CannotUnseal) as problem:
        restore_endings.stop(restore, f"{problem} Nothing was written.", now=clock(), claim=claim)


def _count(work: "_Counting", sleep: Callable[[float], None], restorers: Restorers) -> None:
    restore, clock = work.restore, work.clock
    parts = list(restore.parts.select_related("container__item", "restore").order_by("position"))
    if problem := consent_problem(restore.connection, [one.container.kind for one in parts]):
        restore_endings.stop(restore, problem, now=clock(), claim=work.claim)
        return
    vault = vault_of(restore.organization, now=clock())
    purpose = SourceApp.Purpose.RESTORE
    with graph_of(restore.connection, now=clock(), purpose=purpose, clock=clock, sleep=sleep) as (graph, _):
        known, rooms = restorers(graph), []
        for part in parts:
            work.check()
            restorer = known[part.container.kind]
            tree = SavedTree(vault, part.container, restore.commit, part)
            assignment = assignment_of(restore, part, tree)
            rooms.append(restorer.check(assignment).free)
            if not part.is_listed:
                list_objects(part, tree, restorer, work.claim)
            work.compare(part, tree, restorer, assignment)
            part.seconds_each = seconds_each(part.container.kind, restorer.cost, restore.connection)
            part.save(update_fields=["seconds_each"])
        work.end({part.pk: known[part.container.kind] for part in parts}, [one for one in rooms if one is not None])


class _Counting:
    """One slice of counting."""

    def __init__(self, restore: Restore, claim: Claim, clock: Callable[[], datetime], ends_at: datetime) -> None:
        self.restore, self.claim, self.clock, self.ends_at = restore, claim, clock, ends_at

    def check(self) -> None:
        """Raise when it is time to stop."""
        if not Restore.objects.filter(pk=self.restore.pk, state="COUNTING", cancel_asked_at=None).exists():
            raise _Ended
        if self.clock() >= self.ends_at:
            raise _Over

    def compare(self, part: RestoreContainer, tree: SavedTree, restorer: Restorer, assignment: Assignment) -> None:
        """Note of every object that was not touched yet what lies in its place at the target."""
        ours = set(part.rows.exclude(new_id="").values_list("new_id", flat=True))
        keys = part.rows.filter(state__in=[_State.WAITING, _State.SKIPPED]).order_by().values_list("feed_key")
        for (key,) in sorted(set(keys.distinct())):
            if key in part.compared:
                continue
            self.check()
            feed = tree.feed(key) or Feed(key, "Unknown place", "")
            # What this restore made itself is no obstacle to the rest of it.
            there = {name: one for name, one in restorer.marks_there(assignment, feed).items() if one.id not in ours}
            live = _live_ids(restorer, assignment, feed) if there else set()
            with transaction.atomic():
                self.claim.renew()
                _forget_what_was_there(part, key)
                if there:
                    self._mark(part, key, tree, partial(_mark_of, restorer, assignment), there, live)
                part.compared = [*part.compared, key]
                part.save(update_fields=["compared"])

    def _mark(
        self,
        part: RestoreContainer,
        key: str,
        tree: SavedTree,
        mark_of: Callable[[Saved], Mark],
        there: dict[str, There],
        live: set[str],
    ) -> None:
        rows, last = part.rows.filter(feed_key=key, state=_State.WAITING, may_be_made=False).order_by("pk"), 0
        while batch := list(rows.filter(pk__gt=last)[:_BATCH]):
            last = batch[-1].pk
            located = tree.locate([(row.object, row.commit) for row in batch])
            changed = []
            for row, saved in _read(tree, batch, located):
                mark = mark_of(saved)
                if found := lying(there, mark):
                    is_same = bool(mark.content) and found.content == mark.content
                    _note(row, found, is_same=is_same, is_live=found.id in live, of=self.restore)
                    changed.append(row)
            RestoreObject.objects.bulk_update(changed, ["there_id", "there_content", "state", "code", "problem"])
            self.claim.renew()

    @transaction.atomic
    def end(self, restorers: dict[int, Restorer], rooms: list[int]) -> None:
        """Write the forecast, and let whoever has started it already go on."""
        self.claim.renew()
        restore = Restore.objects.select_for_update(of=("self",)).get(pk=self.restore.pk)
        if restore.state != Restore.State.COUNTING or restore.cancel_asked_at is not None:
            raise _Ended
        lacks: Counter = Counter()
        is_there = Q(state=_State.SKIPPED)
        names = {"total": Count("pk"), "skipped": Count("pk", filter=is_there), "size": Sum("size", filter=~is_there)}
        sums: Counter = Counter()
        for part in restore.parts.all():
            counts = part.rows.aggregate(**names)
            part.objects_total, part.skipped, part.bytes_total = counts["total"], counts["skipped"], counts["size"] or 0
            part.save(update_fields=["objects_total", "skipped", "bytes_total"])
            sums.update(objects_total=part.objects_total, skipped=part.skipped, bytes_total=part.bytes_total)
            if part.left:
                lacks.update({less.value: part.left for less in restorers[part.pk].may_lack})
        for name, value in sums.items():
            setattr(restore, name, value)
        restore.may_lack, restore.room_free = dict(lacks), min(rooms, default=None)
        restore.counted_at, restore.waits_until = self.clock(), None
        restore.state = Restore.State.QUEUED if restore.starts_when_counted else Restore.State.READY
        if restore.starts_when_counted:
            restore.starts_when_counted = False
            request_job(KIND, subject_id=restore.pk, at=self.clock(), key=f"{KIND}:{restore.pk}")
        restore.save()
        self.claim.finish()


def _mark_of(restorer: Restorer, assignment: Assignment, saved: Saved) -> Mark:
    try:
        return restorer.mark(assignment, saved)
    except _ODD:
        # What makes no sense is known by nothing.
        return Mark("", "")


def _forget_what_was_there(part: RestoreContainer, key: str) -> None:
    """Begin anew with the objects of a feed that were compared before."""
    rows = part.rows.filter(feed_key=key, state__in=[_State.WAITING, _State.SKIPPED], may_be_made=False)
    known = rows.exclude(there_id="") | rows.filter(state=_State.SKIPPED)
    known.update(there_id="", there_content="", state=_State.WAITING, code="", problem="")


def _live_ids(restorer: Restorer, assignment: Assignment, feed: Feed) -> set[str]:
    """Return, for a restore into a folder, the ids of what lies in the original place, which the folder does not."""
    if not assignment.folder:
        return set()
    return {one.id for one in restorer.marks_there(replace(assignment, folder=""), feed).values()}


def _note(row: RestoreObject, found: There, *, is_same: bool, is_live: bool, of: Restore) -> None:
    """Note what lies in an object's place, and whether it is left alone for that."""
    skips = of.conflict == Restore.Conflict.SKIP
    if is_live and not (skips and is_same):
        # It lies in the original place, not in the folder: whatever was chosen, nothing is done to it.
        return
    row.there_id, row.there_content = found.id, found.content
    if skips:
        row.state, row.code = _State.SKIPPED, SAME if is_same else OTHER
        row.problem = "" if is_same else _OTHER


def _read(tree: SavedTree, batch: list[RestoreObject], located: dict[object, Located]):
    """Yield rows with their objects; without those that cannot be read, which fail when their turn comes."""
    rows = {row.object: row for row in batch if row.object in located}
    done: set = set()
    try:
        for (one, row), (_, saved) in zip(rows.items(), tree.read_many([located[one] for one in rows]), strict=True):
            done.add(one)
            yield row, saved
    except (*DAMAGED, *_ODD):
        for one, row in rows.items():
            if one not in done:
                yield from _read_alone(tree, row, located[one])


def _read_alone(tree: SavedTree, row: RestoreObject, located: Located):
    try:
        yield row, tree.read(located)
    except (*DAMAGED, *_ODD):
        return
