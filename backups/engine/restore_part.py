"""Putting one kind of data back: objects are taken in hand, put back by a few threads, and noted, in small steps.

Each step is one transaction that also renews the lease: what became of objects, and which are in hand next. So after a
kill everything is known but the few that were in hand, and those are looked for before they are made again.
"""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from datetime import datetime

from django.db import transaction
from django.db.models import F

from backups.connectors.base import CannotBeRestored, ConnectorError, PermissionMissing, UnexpectedAnswer
from backups.connectors.restoring import INEVITABLE, Assignment, Restorer
from backups.engine.restore_assignment import key_of
from backups.engine.restore_pace import noted, work_done
from backups.engine.restore_putting import Put, Putter, as_failed, concerns_all
from backups.engine.restore_tree import SavedTree
from backups.engine.threads import DatabaseThreads
from backups.models import Restore, RestoreContainer, RestoreObject
from jobs.claims import Claim

# So many deaths of workers with the same object in hand, two of them with nothing else, are no accident.
MOST_DEATHS = 3
POISON = "POISON"
_POISONED = "The worker stopped each time it restored this object. It is left out; the others go on."
_WAIT_SECONDS = 1.0
_State = RestoreObject.State
_WRITTEN = ["state", "may_be_made", "new_id", "less", "problem", "code", "request_id"]


class StopWork(Exception):
    """It is time to stop; everything that was done is noted first."""


class PartWork:
    """What is left of one part, for one slice. ``check`` raises when it is time to stop."""

    def __init__(
        self,
        restore: Restore,
        part: RestoreContainer,
        tree: SavedTree,
        restorer: Restorer,
        assignment: Assignment,
        *,
        claim: Claim,
        clock: Callable[[], datetime],
        check: Callable[[], None],
    ) -> None:
        self.restore, self.part, self.tree, self.restorer, self.assignment = restore, part, tree, restorer, assignment
        self.claim, self.clock, self.check = claim, clock, check
        self.putter = Putter(tree, restorer, assignment, claim.renew)
        self.in_air: dict[Future, RestoreObject] = {}
        self.settled: list[Put] = []
        # What ends the slice, once everything in the air has come down.
        self.stop: Exception | None = None
        self.ends_with: Put | None = None
        # Why the rest of it ended early, in words.
        self.ended_for = ""
        self.is_careful = False

    def run(self) -> None:
        """Put back everything that waits. Raises what ends the slice, when all that was done is noted."""
        self._take_up()
        with DatabaseThreads(self.restorer.width, "restore") as threads:
            try:
                while self._fly(threads):
                    pass
            finally:
                # Whoever takes over looks for what was in hand.
                for future in self.in_air:
                    future.cancel()
        if self.stop is not None:
            raise self.stop
        if self.ends_with is not None:
            self._end_the_rest(self.ends_with)

    def end_for(self, problem: CannotBeRestored) -> None:
        """Let everything that waits fail because the target does not take this kind."""
        self._end_the_rest(Put(RestoreObject(), failed=str(problem), code=problem.obstacle.value))

    def _fly(self, threads: DatabaseThreads) -> bool:
        """Send objects up, wait for some to come down, and return whether any are in the air."""
        self._look_around()
        for row, located in self._step():
            taken_at, key = time.monotonic(), key_of(self.restore, row)
            self.in_air[threads.submit(self.putter.put, row, located, key, taken_at)] = row
        done, _ = wait(self.in_air, timeout=_WAIT_SECONDS, return_when=FIRST_COMPLETED)
        for future in done:
            del self.in_air[future]
            self._gather(future.result())
        return bool(self.in_air or self.settled)

    @transaction.atomic
    def _take_up(self) -> None:
        """Have what a dead worker had in hand looked for, and leave out what killed it."""
        self.claim.renew()
        in_hand = self.part.rows.filter(state=_State.IN_HAND)
        if self.claim.attempts > 1:
            in_hand.update(deaths=F("deaths") + 1)
        guilty = [Put(row, failed=_POISONED, code=POISON) for row in in_hand.filter(deaths__gte=MOST_DEATHS)]
        self._write(guilty)
        in_hand.update(state=_State.WAITING, may_be_made=True)
        self.is_careful = self.part.rows.filter(state=_State.WAITING, deaths__gt=0).exists()

    def _look_around(self) -> None:
        if self.stop is None:
            try:
                self.check()
            except StopWork as reason:
                self.stop = reason

    def _gather(self, put: Put) -> None:
        if put.problem is not None and not concerns_all(put.problem):
            put = self._judged(put)
        if put.problem is not None:
            self.stop = self.stop or put.problem
        if put.ends_part:
            self.ends_with = put
        self.settled.append(put)

    def _judged(self, put: Put) -> Put:
        """Return whether what went wrong is the object's own trouble, or everybody's: then the target says so too."""
        if isinstance(put.problem, PermissionMissing | UnexpectedAnswer):
            try:
                self.restorer.check(self.assignment)
            except ConnectorError as problem:
                return Put(put.row, problem=problem)
        return as_failed(put)

    def _step(self) -> list[tuple[RestoreObject, object]]:
        """Note what came down, take what comes next in hand, and return it with where its bytes lie."""
        free = 0 if self.stop or self.ends_with else self._width() - len(self.in_air)
        if not self.settled and free <= 0:
            return []
        with transaction.atomic():
            self.claim.renew()
            self._write(self.settled)
            rows = self._next(free)
            self.part.rows.filter(pk__in=[row.pk for row in rows]).update(state=_State.IN_HAND)
        self.settled = []
        if self.is_careful and not any(row.deaths for row in rows) and not self.in_air:
            self.is_careful = self.part.rows.filter(state=_State.WAITING, deaths__gt=0).exists()
        located = self.tree.locate([(row.object, row.commit) for row in rows]) if rows else {}
        return [(row, located.get(row.object)) for row in rows]

    def _width(self) -> int:
        # One more than there are threads waits for each of them, so that none waits for the database.
        return 1 if self.is_careful else 2 * self.restorer.width

    def _next(self, free: int) -> list[RestoreObject]:
        """Return rows of one turn: what comes later waits until everything before it is down."""
        if free <= 0:
            return []
        rows = list(self.part.rows.to_come().by_turn()[:free])
        turn = next((row.turn for row in self.in_air.values()), rows[0].turn if rows else 0)
        return [row for row in rows if row.turn == turn]

    def _write(self, settled: list[Put]) -> None:
        """Write what became of objects, and the figures."""
        figures: Counter = Counter()
        for put in settled:
            _settle(put)
            if put.problem is None:
                figures[_FIGURES[put.row.state]] += 1
                figures["bytes_done"] += put.row.size if put.outcome else 0
        if not settled:
            return
        RestoreObject.objects.bulk_update([put.row for put in settled], _WRITTEN)
        changes = {name: F(name) + value for name, value in figures.items() if value}
        current = settled[-1].row.folder
        RestoreContainer.objects.filter(pk=self.part.pk).update(current=current, **changes)
        Restore.objects.filter(pk=self.restore.pk).update(**changes, **self._pace())

    def _pace(self) -> dict:
        pace = noted(self.restore.pace, done=0, now=self.clock())
        if pace is self.restore.pace:
            return {}
        self.restore.pace = noted(self.restore.pace, done=work_done(self.restore), now=self.clock())
        return {"pace": self.restore.pace}

    def _end_the_rest(self, put: Put) -> None:
        """Let everything that waits fail for the reason that one object failed for."""
        self.ended_for = put.failed
        with transaction.atomic():
            self.claim.renew()
            facts = {"problem": put.failed[:300], "code": put.code, "request_id": put.request_id[:64]}
            number = self.part.rows.to_come().update(state=_State.FAILED, **facts)
            for rows in (RestoreContainer.objects.filter(pk=self.part.pk), Restore.objects.filter(pk=self.restore.pk)):
                rows.update(failed=F("failed") + number)


_FIGURES = {
    _State.CREATED: "created",
    _State.REPLACED: "replaced",
    _State.DEGRADED: "degraded",
    _State.FAILED: "failed",
}


def _settle(put: Put) -> None:
    """Write into an object's row what became of it."""
    row, outcome = put.row, put.outcome
    if put.problem is not None:
        row.state, row.may_be_made = _State.WAITING, True
    elif outcome is None:
        row.state, row.problem, row.code = _State.FAILED, put.failed[:300] or "It was refused.", put.code[:20]
        row.request_id = put.request_id[:64]
    else:
        row.new_id, row.less = outcome.id, [one.value for one in outcome.less]
        is_replaced = _State.REPLACED if outcome.replaced else _State.CREATED
        row.state = _State.DEGRADED if set(outcome.less) - INEVITABLE else is_replaced
        row.problem = row.code = ""
