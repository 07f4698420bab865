"""Putting one object back, in a thread: at most once, whatever breaks off on the way."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from backups.connectors.base import (
    AccessRevoked,
    CannotBeRestored,
    ConnectorError,
    CredentialRefused,
    Obstacle,
    OutcomeUnclear,
    ProviderBusy,
)
from backups.connectors.restoring import Assignment, Conflict, Outcome, Restorer, Saved, There
from backups.engine.restore_tree import DAMAGED, Located, SavedTree
from backups.models import RestoreObject
from backups.vault.errors import VaultError

log = logging.getLogger(__name__)

TRIES = 4
# Whoever held an object for longer before it was its turn makes sure that nobody has taken the work over.
_SURE_SECONDS = 10.0
# A saved object that makes no sense concerns nobody else.
_ODD = (ValueError, TypeError, KeyError, AttributeError)
GONE, SPOILT, UNCLEAR, ODD = "GONE", "DAMAGED", "UNCLEAR", "ODD"
_GONE = "It is not in the backup any more: it was erased, or the time it is kept for is over."
_UNCLEAR = "The connection broke each time it was written. Look for it at the target before it is tried again."
_ODD_WORDS = "What was saved of it makes no sense to the service it belongs to. It can be exported."


@dataclass
class Put:
    """What became of an object in hand: an outcome, or a problem of its own (``failed`` with a ``code``), or a
    problem that may concern more than this object.
    """

    row: RestoreObject
    outcome: Outcome | None = None
    failed: str = ""
    code: str = ""
    request_id: str = ""
    problem: ConnectorError | VaultError | None = None
    # Whether the rest of the part ends with the same reason.
    ends_part: bool = False


@dataclass
class Putter:
    """Puts objects of one part back. ``renew`` raises where another worker has taken the work over."""

    tree: SavedTree
    restorer: Restorer
    assignment: Assignment
    renew: Callable[[], None]
    monotonic: Callable[[], float] = field(default=time.monotonic)

    def put(self, row: RestoreObject, located: Located | None, key: str, taken_at: float) -> Put:
        """Put an object back and return what became of it. Raises `LeaseLost`, and nothing of a connector's."""
        if located is None:
            return Put(row, failed=_GONE, code=GONE)
        if self.monotonic() - taken_at > _SURE_SECONDS:
            self.renew()
        try:
            return Put(row, self._surely(row, self.tree.read(located), key))
        except CannotBeRestored as problem:
            ends = problem.obstacle in (Obstacle.NO_ROOM, Obstacle.TARGET_GONE)
            return _failed(row, problem, problem.obstacle.value, ends_part=ends)
        except OutcomeUnclear as problem:
            return Put(row, failed=_UNCLEAR, code=UNCLEAR, request_id=problem.request_id)
        except DAMAGED as problem:
            return Put(row, failed=str(problem), code=SPOILT)
        except (ConnectorError, VaultError) as problem:
            return Put(row, problem=problem)
        except _ODD:
            log.exception("Object %s of restore part %s makes no sense.", row.pk, row.part_id)
            return Put(row, failed=_ODD_WORDS, code=ODD)

    def _surely(self, row: RestoreObject, saved: Saved, key: str) -> Outcome:
        """Put an object back, looking first for what an earlier try may have made."""
        there = There(row.there_id, row.there_content) if row.there_id else None
        looks_first = row.may_be_made
        for tries in range(1, TRIES + 1):
            try:
                if looks_first and (found := self.restorer.find(self.assignment, saved, key)):
                    replaced = there is not None and self.assignment.conflict == Conflict.REPLACE
                    return Outcome(found, replaced=replaced)
                return self.restorer.put(self.assignment, saved, key, there)
            except OutcomeUnclear:
                looks_first = True
                if tries == TRIES:
                    raise
        raise AssertionError("unreachable")


def concerns_all(problem: ConnectorError | VaultError) -> bool:
    """Return whether a problem met at one object stops the work on all of them."""
    return isinstance(problem, ProviderBusy | AccessRevoked | CredentialRefused | VaultError)


def as_failed(put: Put) -> Put:
    """Return what became of an object whose problem turned out to be its own."""
    return _failed(put.row, put.problem, type(put.problem).__name__)


def _failed(row: RestoreObject, problem: ConnectorError, code: str, *, ends_part: bool = False) -> Put:
    return Put(row, failed=str(problem), code=code, request_id=problem.request_id, ends_part=ends_part)
