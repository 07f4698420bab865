"""What every store promises.

A store keeps objects: a name and bytes, written once and never changed. The suite of contract tests runs against every
store there is; what it does not test is not promised. Below the errors of `backups.vault.errors` stand

StoreProblem
  BadName              a name no store accepts; a mistake of ours, or an attack
  TooLarge             the object is bigger than a store may hold; the caller has to cut it
  CutShort             fewer bytes came than there should be; still so when asked again, the object is damaged
  StoreMisconfigured   the address is wrong, or the bucket or folder is not fit to be a store; the operator has to act
  StoreUnavailable
    StoreRefused       it does not let us in; asking again does not help before the operator acts
"""

import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from backups.vault.errors import AlreadyThere, NotInStore, StoreProblem, StoreUnavailable

# One request carries an object, and S3 takes no more than this in one.
MAX_SIZE = 5 * 2**30
MAX_NAME = 512
MAX_PART = 200
PIECE = 2**23
# A part never begins with a dot, so such names are free for what a store keeps for itself.
_NAME = re.compile(r"[a-z0-9_-][a-z0-9._-]*(?:/[a-z0-9_-][a-z0-9._-]*)*")

Data = bytes | bytearray | memoryview | Iterable[bytes]


class BadName(StoreProblem):
    pass


class TooLarge(StoreProblem):
    pass


class CutShort(StoreProblem):
    pass


class StoreMisconfigured(StoreProblem):
    pass


class StoreRefused(StoreUnavailable):
    pass


class Entry(NamedTuple):
    """One line of a listing: a name, its size in bytes, and when it was written (aware, by the store's own clock)."""

    name: str
    size: int
    modified_at: datetime


class Store(Protocol):
    """Five methods; all may be called from many threads and processes at once, on the same store.

    A name is one or more parts joined by ``/``; a part is of ``[a-z0-9._-]`` and does not begin with a dot. A name that
    is another's folder is not used. Every method raises `BadName` before anything is asked, and every other failure is
    a `StoreProblem` that carries the name.
    """

    lock_window: timedelta | None
    """How long a new object is locked against deletion; None where the store does not lock."""

    def put_if_absent(self, name: str, data: Data) -> datetime | None:
        """Keep ``data`` under ``name``; return until when it is locked, or None.

        Whole or absent: no reader and no crash ever shows a part of it. Durable when this returns, power loss included.
        Of any number of writers of one name exactly one returns; the others raise `AlreadyThere`, and then what lies
        there is durable as if they had written it. An iterable is read once and never held in memory whole. Whatever
        the iterable raises comes through, and nothing is kept. After
        `StoreUnavailable` and `StoreSlow` the object may be there or not; asking for the same again is safe.
        """

    def get_range(self, name: str, offset: int, length: int) -> bytes:
        """Return exactly ``length`` bytes from ``offset`` on; `CutShort` when the object ends before, `NotInStore`."""

    def get(self, name: str) -> bytes:
        """Return the whole object, so use `in_pieces` for a large one; `NotInStore`, `CutShort`."""

    def list(self, prefix: str = "") -> Iterator[Entry]:
        """Yield what lies in the folder ``prefix`` and below it, by name; everything for an empty prefix.

        What was put before the call is in it, what was deleted before is not; what changes meanwhile may be or not.
        """

    def delete(self, name: str) -> None:
        """Remove ``name`` durably. Quiet when it is not there; `StoreLocked` inside its lock window."""


class LockingStore(Store, Protocol):
    """A store whose ``lock_window`` is not None."""

    def locked_until(self, name: str) -> datetime | None:
        """Return until when nobody can delete ``name``, None when anybody who may can; `NotInStore`."""

    def extend_lock(self, name: str, until: datetime) -> None:
        """Lock ``name`` until then. A lock is only ever made longer: an earlier date raises `StoreLocked`."""


def check_name(name: str) -> None:
    """Raise `BadName` for anything but an ordinary object's name."""
    ordinary = isinstance(name, str) and len(name) <= MAX_NAME and _NAME.fullmatch(name)
    if not ordinary or max(map(len, name.split("/"))) > MAX_PART:
        raise BadName(f"{str(name)[:80]!r} is not a name a store accepts. Nothing was read or written.", name=str(name))


def check_prefix(prefix: str) -> str:
    """Return ``prefix`` as a folder with its slash at the end, or empty for everything; may raise `BadName`."""
    folder = prefix.removesuffix("/") if isinstance(prefix, str) else prefix
    if prefix != "":
        check_name(folder)
    return f"{folder}/" if folder else ""


def check_range(name: str, offset: int, length: int) -> None:
    """Raise ValueError for a range that no object has."""
    check_name(name)
    if offset < 0 or length < 0:
        raise ValueError(f"A range of {name} cannot begin at {offset} and be {length} bytes long.")


def in_hand(data: Data) -> memoryview | None:
    """Return ``data`` as a view when it lies in memory already, None when it is an iterable of pieces."""
    return memoryview(data).cast("B") if isinstance(data, bytes | bytearray | memoryview) else None


def already_there(name: str) -> AlreadyThere:
    """Return the error for a name that is taken."""
    return AlreadyThere(f"{name} is in the store already. What lies there was not touched.", name=name)


def not_in_store(name: str) -> NotInStore:
    """Return the error for a name nothing lies under."""
    return NotInStore(f"There is no {name} in the store. Everything else in it can still be read.", name=name)


def too_large(name: str, limit: int) -> TooLarge:
    """Return the error for an object above ``limit`` bytes."""
    return TooLarge(
        f"{name} is larger than the {limit} bytes a store holds in one object. Nothing was kept.", name=name
    )


def cut_short(name: str, *, wanted: int, got: int) -> CutShort:
    """Return the error for an answer that is too short."""
    return CutShort(
        f"{name} gave {got} bytes where {wanted} were expected. Nothing of it was used; "
        "if it happens again the object is damaged and has to come from a copy.",
        name=name,
    )


def in_pieces(store: Store, name: str, size: int, *, piece: int = PIECE) -> Iterator[bytes]:
    """Yield an object of ``size`` bytes in pieces, so that it never lies in memory whole."""
    for offset in range(0, size, piece):
        yield store.get_range(name, offset, min(piece, size - offset))


def get_ranges(store: Store, ranges: Iterable[tuple[str, int, int]], *, at_once: int = 8) -> Iterator[bytes]:
    """Yield each (name, offset, length) in the order asked, with ``at_once`` requests under way.

    Over a network this hides the round trips; no more than ``at_once`` answers wait in memory.
    """
    with ThreadPoolExecutor(at_once) as threads:
        waiting = []
        try:
            for wanted in ranges:
                waiting.append(threads.submit(store.get_range, *wanted))
                if len(waiting) >= at_once:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        finally:
            for answer in waiting:
                answer.cancel()
