"""Putting a restore back: a job in slices, kind after kind, newest first, each object at most once."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

import sealing
from backups.connectors.base import (
    AccessRevoked,
    CannotBeRestored,
    ConnectorError,
    CredentialRefused,
    PermissionMissing,
    ProviderBusy,
)
from backups.engine import restore_closing, restore_endings
from backups.engine.access import graph_of
from backups.engine.connecting import restorers_for
from backups.engine.restore_assignment import Restorers, assignment_of
from backups.engine.restore_part import PartWork, StopWork
from backups.engine.restore_rights import consent_problem, may_still
from backups.engine.restore_tree import SavedTree
from backups.engine.vaults import vault_of
from backups.models import Restore, RestoreContainer
from backups.vault.errors import VaultError
from jobs.claims import Claim
from organizations.models.source_app import SourceApp

SLICE = timedelta(minutes=4)
# The first try may meet an object that kills workers; two more prove which it is, the fourth leaves it out.
MAX_ATTEMPTS = 6
_OTHERS_TURN = timedelta(seconds=15)
_NO_LONGER = "Whoever asked for it may not restore data of this client any more. Somebody who may can go on with it."


class _SliceOver(StopWork):
    pass


class _Cancelled(StopWork):
    pass


class _Paused(StopWork):
    pass


class _NoLongerAllowed(StopWork):
    pass


def restore_objects(
    restore_id: int,
    claim: Claim,
    *,
    clock: Callable[[], datetime] = timezone.now,
    sleep: Callable[[float], None] = time.sleep,
    restorers: Restorers = restorers_for,
    slice_lasts: timedelta = SLICE,
    looks_every: float = 1.0,
) -> None:
    """Put a restore back, or as much of it as one slice allows. Raises `LeaseLost`, and `VaultError` for the job to be
    tried again. ``looks_every`` so many seconds it looks whether somebody wants it to stop.
    """
    restore = _begin(restore_id, claim, clock())
    if restore is None:
        if not claim.has_ended:
            timing = {"clock": clock, "sleep": sleep, "most_attempts": MAX_ATTEMPTS, "others_turn": _OTHERS_TURN}
            restore_closing.close(restore_id, claim, restorers=restorers, **timing)
        return
    work = _Work(restore, claim, clock, clock() + slice_lasts, looks_every)
    try:
        _restore(work, sleep, restorers)
    except StopWork as reason:
        _end_slice(work, reason)
    except (ConnectorError, sealing.CannotUnseal) as problem:
        _end_for_the_service(work, problem)
    except VaultError as problem:
        if claim.attempts < MAX_ATTEMPTS:
            raise
        restore_endings.stop(restore, str(problem), now=clock(), claim=claim)
    else:
        restore_endings.complete(restore, claim, now=clock())


def _end_slice(work: "_Work", reason: StopWork) -> None:
    restore, claim, now = work.restore, work.claim, work.clock()
    match reason:
        case _SliceOver():
            claim.try_again(after=timedelta(), because="")
        case _Paused():
            restore_endings.pause(restore, claim, now=now)
        case _Cancelled():
            restore_endings.cancel(restore, claim, now=now)
        case _NoLongerAllowed():
            restore_endings.stop(restore, _NO_LONGER, now=now, claim=claim)


def _end_for_the_service(work: "_Work", problem: ConnectorError | sealing.CannotUnseal) -> None:
    restore, claim, now = work.restore, work.claim, work.clock()
    if isinstance(problem, ProviderBusy):
        Restore.objects.filter(pk=restore.pk).update(waits_until=now + problem.wait)
        claim.try_again(after=problem.wait, because=str(problem))
    elif isinstance(problem, AccessRevoked | PermissionMissing):
        restore_endings.stop(restore, restore_endings.service_stopped(restore), now=now, claim=claim)
    elif isinstance(problem, CredentialRefused | sealing.CannotUnseal):
        reason = f"{problem} This is for the operator of Portico to repair."
        restore_endings.stop(restore, reason, now=now, claim=claim)
    elif claim.attempts < MAX_ATTEMPTS:
        # The service answers what makes no sense, or cannot be reached; it may soon.
        raise problem
    else:
        restore_endings.stop(restore, str(problem), now=now, claim=claim)


class _Work:
    """One slice of a restore."""

    def __init__(
        self, restore: Restore, claim: Claim, clock: Callable[[], datetime], ends_at: datetime, looks_every: float
    ) -> None:
        self.restore, self.claim, self.clock, self.ends_at = restore, claim, clock, ends_at
        self.looks_every = looks_every
        self._looked_at = float("-inf")

    def check(self) -> None:
        """Raise a `StopWork` when it is time to stop; asks the database now and then."""
        if self.clock() >= self.ends_at:
            raise _SliceOver
        if time.monotonic() - self._looked_at < self.looks_every:
            return
        self._looked_at = time.monotonic()
        asked = Restore.objects.filter(pk=self.restore.pk, ended_at=None)
        found = asked.values_list("cancel_asked_at", "pause_asked_at").first()
        if found is None or found[0] is not None:
            raise _Cancelled
        if found[1] is not None:
            raise _Paused
        if not may_still(self.restore):
            raise _NoLongerAllowed


def _restore(work: _Work, sleep: Callable[[float], None], restorers: Restorers) -> None:
    restore, clock, claim = work.restore, work.clock, work.claim
    parts = list(restore.parts.select_related("container__item").order_by("position"))
    if consent_problem(restore.connection, [one.container.kind for one in parts]):
        raise AccessRevoked("The consent to write was withdrawn.")
    vault = vault_of(restore.organization, now=clock())
    purpose = SourceApp.Purpose.RESTORE
    with graph_of(restore.connection, now=clock(), purpose=purpose, clock=clock, sleep=sleep) as (graph, _):
        known = restorers(graph)
        for part in (one for one in parts if one.ended_at is None):
            restorer = known[part.container.kind]
            tree = SavedTree(vault, part.container, restore.commit, part)
            assignment = assignment_of(restore, part, tree)
            pieces = (restore, part, tree, restorer, assignment)
            _restore_part(work, part, PartWork(*pieces, claim=claim, clock=clock, check=work.check))


def _restore_part(work: _Work, part: RestoreContainer, putting: PartWork) -> None:
    restorer, assignment = putting.restorer, putting.assignment
    try:
        work.check()
        _begin_part(part, work.clock())
        restorer.check(assignment)
        putting.run()
    except CannotBeRestored as problem:
        # The target does not take this kind at all any more; the others are tried.
        putting.end_for(problem)
    restorer.finish(assignment)
    restore_endings.end_part(part, now=work.clock(), problem=putting.ended_for)


def _begin_part(part: RestoreContainer, now: datetime) -> None:
    part.started_at, part.state = part.started_at or now, RestoreContainer.State.RUNNING
    part.save(update_fields=["started_at", "state"])


@transaction.atomic
def _begin(restore_id: int, claim: Claim, now: datetime) -> Restore | None:
    """Return the restore to go on with, or None where there is nothing to do, or somebody else's turn at the target."""
    found = Restore.objects.select_for_update(of=("self",))
    restore = found.select_related("connection__organization", "organization", "source", "target").get(pk=restore_id)
    is_stopped = restore.cancel_asked_at is not None and not restore.has_ended
    if restore.state == Restore.State.COUNTING and is_stopped:
        restore_endings.cancel(restore, claim, now=now)
        return None
    if restore.state not in (Restore.State.QUEUED, Restore.State.RUNNING, Restore.State.PAUSED) or (
        restore.state == Restore.State.PAUSED and not is_stopped
    ):
        return None
    restore.state, restore.waits_until, restore.problem = Restore.State.RUNNING, None, ""
    try:
        with transaction.atomic():
            restore.save(update_fields=["state", "waits_until", "problem"])
    except IntegrityError:
        words = f"Another restore to {restore.target} is under way. This one waits for it."
        Restore.objects.filter(pk=restore_id).update(state=Restore.State.QUEUED, problem=words)
        if is_stopped:
            restore_endings.cancel(restore, claim, now=now)
        elif restore.pause_asked_at is not None:
            restore_endings.pause(restore, claim, now=now)
        else:
            claim.try_again(after=_OTHERS_TURN, because=words)
        return None
    return restore
