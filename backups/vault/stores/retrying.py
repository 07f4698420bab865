"""A store that asks again: for what may pass by itself, a few times, with growing and random pauses."""

import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from backups.vault.errors import AlreadyThere, NotInStore, StoreProblem, StoreSlow, StoreUnavailable
from backups.vault.stores import base

Answer = TypeVar("Answer")
_MAY_PASS = (StoreUnavailable, StoreSlow, base.CutShort)


class RetryingStore:
    """Wraps a store; its errors come through when ``attempts`` are used up or ``patience`` seconds are over.

    Asked again is what may pass: no answer, a late one, a failure inside the store, a body that was cut short. A full
    or read-only store, wrong credentials, a missing object or a taken name are answers, not failures. Pauses double
    from ``first_pause`` up to ``longest_pause`` and are drawn at random below that, so that many workers do not knock
    at the same moment.
    """

    def __init__(
        self,
        store: base.Store,
        *,
        attempts: int = 6,
        first_pause: float = 0.2,
        longest_pause: float = 15,
        patience: float = 120,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.store = store
        self.attempts, self.first_pause, self.longest_pause, self.patience = (
            attempts,
            first_pause,
            longest_pause,
            patience,
        )
        self._sleep, self._clock, self._chance = sleep, clock, chance

    @property
    def lock_window(self) -> timedelta | None:
        return self.store.lock_window

    def put_if_absent(self, name: str, data: base.Data) -> datetime | None:
        """Keep ``data``; an iterator that can be read only once is sent only once.

        When an attempt ended without an answer and the next one finds the name taken, what lies there is compared: our
        own bytes are a success, others are `AlreadyThere`.
        """
        again = base.in_hand(data) is not None or iter(data) is not data
        is_in_doubt = False

        def attempt() -> datetime | None:
            nonlocal is_in_doubt
            try:
                return self.store.put_if_absent(name, data)
            except AlreadyThere:
                if is_in_doubt and self._holds(name, data):
                    return self._lock_of(name)
                raise
            except _MAY_PASS:
                is_in_doubt = True
                raise

        return self._insist(attempt) if again else attempt()

    def get_range(self, name: str, offset: int, length: int) -> bytes:
        def attempt() -> bytes:
            data = self.store.get_range(name, offset, length)
            if len(data) != length:
                raise base.cut_short(name, wanted=length, got=len(data))
            return data

        return self._insist(attempt)

    def get(self, name: str) -> bytes:
        """Return the whole object. The store below says when a body ends early; this one does not know its length."""
        return self._insist(lambda: self.store.get(name))

    def list(self, prefix: str = "") -> Iterator[base.Entry]:
        """Yield what is there, by name; a listing that breaks off goes on behind the last name, none comes twice."""
        base.check_prefix(prefix)
        return self._listed(prefix)

    def _listed(self, prefix: str) -> Iterator[base.Entry]:
        tries = self._tries()
        last = ""
        while True:
            try:
                for entry in self.store.list(prefix):
                    if entry.name > last:
                        yield entry
                        last = entry.name
                return
            except _MAY_PASS as problem:
                tries.pause_or_raise(problem)

    def delete(self, name: str) -> None:
        self._insist(lambda: self.store.delete(name))

    def locked_until(self, name: str) -> datetime | None:
        """Return until when nobody can delete ``name``; only for a store that locks."""
        return self._insist(lambda: self.store.locked_until(name))

    def extend_lock(self, name: str, until: datetime) -> None:
        """Lock ``name`` until then; only for a store that locks."""
        self._insist(lambda: self.store.extend_lock(name, until))

    def _lock_of(self, name: str) -> datetime | None:
        return self.locked_until(name) if self.lock_window else None

    def _holds(self, name: str, data: base.Data) -> bool:
        whole = base.in_hand(data)
        offset = 0
        try:
            for piece in [whole] if whole is not None else data:
                if self.get_range(name, offset, len(piece)) != piece:
                    return False
                offset += len(piece)
            return self._ends_at(name, offset)
        except (base.CutShort, NotInStore):
            return False

    def _ends_at(self, name: str, size: int) -> bool:
        try:
            self.store.get_range(name, size, 1)
        except base.CutShort:
            return True
        return False

    def _insist(self, attempt: Callable[[], Answer]) -> Answer:
        tries = self._tries()
        while True:
            try:
                return attempt()
            except _MAY_PASS as problem:
                tries.pause_or_raise(problem)

    def _tries(self) -> "_Tries":
        return _Tries(self, self._clock() + self.patience)

    def _pause(self, number: int) -> float:
        return self._chance() * min(self.first_pause * 2**number, self.longest_pause)


class _Tries:
    """How often one call was tried."""

    def __init__(self, store: RetryingStore, deadline: float) -> None:
        self.store, self.deadline, self.failed = store, deadline, 0

    def pause_or_raise(self, problem: StoreProblem) -> None:
        """Wait before the next attempt; raise ``problem`` when there is none, or when it will not pass."""
        pause = self.store._pause(self.failed)
        self.failed += 1
        is_over = self.failed >= self.store.attempts or self.store._clock() + pause > self.deadline
        if is_over or isinstance(problem, base.StoreRefused):
            raise problem
        self.store._sleep(pause)
