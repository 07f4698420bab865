"""A store that fails on order, for tests: the n-th call of a method, before or after it did its work."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from backups.vault.errors import StoreProblem
from backups.vault.stores import base

METHODS = ("put_if_absent", "get_range", "get", "list", "delete")
Change = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Fault:
    """What one call does instead; `FaultyStore` has a method for each kind."""

    error: StoreProblem | None = None
    is_done_first: bool = False
    change: Change | None = None
    pause: float = 0


class FaultyStore:
    """Wraps a store. Calls are counted a method, from 1 on, in `calls`; a fault without ``at`` meets every call."""

    def __init__(self, store: base.Store, *, sleep: Callable[[float], None]) -> None:
        self.store, self.calls = store, Counter()
        self._sleep, self._lock = sleep, threading.Lock()
        self._faults: dict[tuple[str, int | None], Fault] = {}

    @property
    def lock_window(self) -> timedelta | None:
        return self.store.lock_window

    def fail(self, method: str, error: StoreProblem, *, at: int | None = None, after_doing_it: bool = False) -> None:
        """Raise ``error``; with ``after_doing_it`` only the answer is lost. A listing breaks off half way."""
        self._faults[method, at] = Fault(error=error, is_done_first=after_doing_it)

    def cut(self, method: str, *, at: int | None = None) -> None:
        """Hand out, or store, only the first half of the bytes and say nothing about it."""
        self._faults[method, at] = Fault(change=lambda data: data[: len(data) // 2])

    def flip(self, method: str, *, bit: int, at: int | None = None) -> None:
        """Hand out, or store, the bytes with one bit turned over."""
        self._faults[method, at] = Fault(change=lambda data: _flipped(data, bit))

    def slow(self, method: str, seconds: float, *, at: int | None = None) -> None:
        """Take that long before doing it."""
        self._faults[method, at] = Fault(pause=seconds)

    def heal(self) -> None:
        """Forget all faults and counts."""
        self._faults.clear()
        self.calls.clear()

    def put_if_absent(self, name: str, data: base.Data) -> datetime | None:
        fault = self._next("put_if_absent")
        if fault.change:
            data = fault.change(b"".join(data) if base.in_hand(data) is None else bytes(data))
        answer = self.store.put_if_absent(name, data)
        self._raise_late(fault)
        return answer

    def get_range(self, name: str, offset: int, length: int) -> bytes:
        return self._handed_out(self._next("get_range"), self.store.get_range(name, offset, length))

    def get(self, name: str) -> bytes:
        return self._handed_out(self._next("get"), self.store.get(name))

    def list(self, prefix: str = "") -> Iterator[base.Entry]:
        base.check_prefix(prefix)
        return self._listed(self._next("list", raises=False), prefix)

    def _listed(self, fault: Fault, prefix: str) -> Iterator[base.Entry]:
        entries = [*self.store.list(prefix)]
        yield from entries[: len(entries) // 2] if fault.error else entries
        if fault.error:
            raise fault.error

    def delete(self, name: str) -> None:
        fault = self._next("delete")
        self.store.delete(name)
        self._raise_late(fault)

    def _next(self, method: str, *, raises: bool = True) -> Fault:
        with self._lock:
            self.calls[method] += 1
            count = self.calls[method]
        fault = self._faults.get((method, count)) or self._faults.get((method, None)) or Fault()
        if fault.pause:
            self._sleep(fault.pause)
        if raises and fault.error and not fault.is_done_first:
            raise fault.error
        return fault

    def _handed_out(self, fault: Fault, data: bytes) -> bytes:
        self._raise_late(fault)
        return fault.change(data) if fault.change else data

    def _raise_late(self, fault: Fault) -> None:
        if fault.error:
            raise fault.error


def _flipped(data: bytes, bit: int) -> bytes:
    if not data:
        return data
    changed = bytearray(data)
    changed[bit // 8 % len(data)] ^= 1 << bit % 8
    return bytes(changed)
