"""A store in memory with a clock of its own, for tests that need thousands of vaults; it locks if it is told to."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from backups.vault.errors import StoreLocked
from backups.vault.stores import base

LOCKED_FOLDERS = ("/packs/", "/commits/")


class MemoryStore:
    """What `Store` and `LockingStore` promise. ``kept_aside`` holds all that was ever put, as a thief would."""

    def __init__(self, *, clock: Callable[[], datetime], lock_window: timedelta | None = None) -> None:
        self.clock, self.lock_window = clock, lock_window
        self.objects: dict[str, tuple[bytes, datetime]] = {}
        self.locks: dict[str, datetime] = {}
        self.kept_aside: dict[str, bytes] = {}

    def put_if_absent(self, name: str, data: base.Data) -> datetime | None:
        base.check_name(name)
        held = base.in_hand(data)
        content = bytes(held) if held is not None else b"".join(data)
        if name in self.objects:
            raise base.already_there(name)
        self.objects[name] = content, self.clock()
        self.kept_aside[name] = content
        if self.lock_window and any(folder in name for folder in LOCKED_FOLDERS):
            self.locks[name] = self.clock() + self.lock_window
        return self.locks.get(name)

    def get_range(self, name: str, offset: int, length: int) -> bytes:
        base.check_range(name, offset, length)
        content = self.get(name)[offset : offset + length]
        if len(content) < length:
            raise base.cut_short(name, wanted=length, got=len(content))
        return content

    def get(self, name: str) -> bytes:
        base.check_name(name)
        if name not in self.objects:
            raise base.not_in_store(name)
        return self.objects[name][0]

    def list(self, prefix: str = "") -> Iterator[base.Entry]:
        folder = base.check_prefix(prefix)
        found = sorted(name for name in self.objects if name.startswith(folder))
        return iter([base.Entry(name, len(self.objects[name][0]), self.objects[name][1]) for name in found])

    def delete(self, name: str) -> None:
        base.check_name(name)
        if name in self.objects and self.locked_until(name):
            raise StoreLocked(f"{name} is locked until {self.locks[name]}. It was not deleted.", name=name)
        self.objects.pop(name, None)

    def locked_until(self, name: str) -> datetime | None:
        self.get(name)
        until = self.locks.get(name)
        return until if until and until > self.clock() else None

    def extend_lock(self, name: str, until: datetime) -> None:
        self.get(name)
        if until < self.locks.get(name, until):
            raise StoreLocked(f"{name} is locked until {self.locks[name]}, which is later.", name=name)
        self.locks[name] = until
