"""A folder as a store: every object a file, flushed to the disk before anybody is told that it is there."""

import errno
import os
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from backups.vault.errors import StoreFull, StoreProblem, StoreReadOnly, StoreUnavailable
from backups.vault.stores import base
from backups.vault.stores.files import Files, Found, RealFiles

# Without this file the folder is no store: perhaps a disk that is not mounted, whose emptiness must not be believed.
MARK = ".portico-store"
TEMPORARY = ".tmp"
A_DAY = 24 * 3600
RESERVE = 2**30
_LOOK_EVERY = 2**26
_FULL = {errno.ENOSPC, errno.EDQUOT}
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}
_NOT_A_FOLDER = {errno.ENOTDIR, errno.ELOOP}
_NOTHING_THERE = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


class LocalStore:
    """Objects below one folder of a file system that knows hard links (ext4, XFS, Btrfs, ZFS, tmpfs, NFS).

    A file is written under a temporary name, flushed, given its name by a link that cannot replace anything, and the
    folder is flushed too; only then does `put_if_absent` return. A write that would leave less than ``reserve`` bytes
    free is refused. Nothing here keeps a person with rights on the disk from deleting: there is no lock.
    """

    lock_window = None

    def __init__(
        self,
        root: Path | None = None,
        *,
        create: bool = False,
        reserve: int = RESERVE,
        limit: int = base.MAX_SIZE,
        files: Files | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Open the store in ``root``, or make it there with ``create``; ``files`` stands in for the disk in tests."""
        self.root, self.reserve, self.limit, self.clock = root, reserve, limit, clock
        self.files = files or RealFiles(root)
        self._flushed_folders: set[str] = set()
        self._is_tidy = False
        if create:
            self._create()
        self._require_mark()

    def put_if_absent(self, name: str, data: base.Data) -> None:
        base.check_name(name)
        self._require_mark()
        with _speaking_of(name, "written"):
            self._make_folders(TEMPORARY)
            self._tidy_once()
            self._make_folders(name.rpartition("/")[0])
            taken = self.files.exists(name)
        if taken:
            self._refuse_taken(name)
        temporary = f"{TEMPORARY}/{uuid.uuid4().hex}"
        try:
            self._write(name, temporary, data)
            self._give_name(name, temporary)
        finally:
            # What cannot be removed now is swept a day later.
            with suppress(OSError):
                self.files.unlink(temporary)

    def get_range(self, name: str, offset: int, length: int) -> bytes:
        base.check_range(name, offset, length)
        data = self._read(name, offset, length)
        if len(data) != length:
            raise base.cut_short(name, wanted=length, got=len(data))
        return data

    def get(self, name: str) -> bytes:
        base.check_name(name)
        return self._read(name, 0, None)

    def list(self, prefix: str = "") -> Iterator[base.Entry]:
        folder = base.check_prefix(prefix)
        self._require_mark()
        return self._walk(folder)

    def delete(self, name: str) -> None:
        base.check_name(name)
        self._require_mark()
        with _speaking_of(name, "deleted"):
            # A folder is not an object, so there is nothing to delete.
            with suppress(*_NOTHING_THERE):
                self.files.unlink(name)
            # Also when it was gone: whoever removed it may not have come as far as flushing.
            with suppress(*_NOTHING_THERE):
                self.files.sync_folder(name.rpartition("/")[0])

    def _create(self) -> None:
        with _speaking_of(MARK, "made"):
            if self.root is not None:
                self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
                _flush_upwards(self.root.resolve())
            with suppress(FileExistsError):
                self.files.close(self.files.create(MARK))
            self.files.sync_folder("")

    def _require_mark(self) -> None:
        with _speaking_of(MARK, "read"), suppress(*_NOTHING_THERE):
            if self.files.exists(MARK):
                return
        raise StoreUnavailable(
            f"{self.root or 'The folder'} is not a store: the file {MARK} is missing. Perhaps the disk is not mounted. "
            "Nothing was read or written; mount it, or make a new store there on purpose."
        )

    def _tidy_once(self) -> None:
        if self._is_tidy:
            return
        self._is_tidy = True
        for found in self.files.entries(TEMPORARY):
            if found.changed < self.clock() - A_DAY:
                with suppress(FileNotFoundError):
                    self.files.unlink(f"{TEMPORARY}/{found.name}")

    def _make_folders(self, path: str) -> None:
        """Make sure of the folder and that its name and its parents' names are durable, once a process."""
        if not path or path in self._flushed_folders:
            return
        parent = path.rpartition("/")[0]
        self._make_folders(parent)
        with suppress(FileExistsError):
            self.files.make_folder(path)
        # Also when it was there: a process that died may have made it without flushing.
        self.files.sync_folder(parent)
        self._flushed_folders.add(path)

    def _refuse_taken(self, name: str) -> NoReturn:
        with _speaking_of(name, "flushed"):
            # The other writer may have died before it flushed, and our caller is going to rely on the object.
            self.files.sync_folder(name.rpartition("/")[0])
        raise base.already_there(name)

    def _give_name(self, name: str, temporary: str) -> None:
        try:
            with _speaking_of(name, "written", but=(FileExistsError,)):
                self.files.link(temporary, name)
        except FileExistsError:
            self._refuse_taken(name)
        with _speaking_of(name, "flushed"):
            self.files.sync_folder(name.rpartition("/")[0])

    def _write(self, name: str, temporary: str, data: base.Data) -> None:
        whole = base.in_hand(data)
        self._require_room(name, len(whole) if whole is not None else 0)
        with _speaking_of(name, "written"):
            handle = self.files.create(temporary)
        try:
            for piece in self._counted(name, [whole] if whole is not None else data):
                with _speaking_of(name, "written"):
                    self.files.write(handle, memoryview(piece))
            with _speaking_of(name, "written"):
                self.files.sync(handle)
        finally:
            with suppress(OSError):
                self.files.close(handle)

    def _counted(self, name: str, pieces: Iterable[bytes | memoryview]) -> Iterator[bytes | memoryview]:
        size = since_look = 0
        for piece in pieces:
            size += len(piece)
            since_look += len(piece)
            if size > self.limit:
                raise base.too_large(name, self.limit)
            if since_look >= _LOOK_EVERY:
                self._require_room(name, len(piece))
                since_look = 0
            yield piece

    def _require_room(self, name: str, size: int) -> None:
        with _speaking_of(name, "written"):
            free = self.files.free_bytes()
        if free - size < self.reserve:
            raise StoreFull(
                f"{name} was not written: {free // 2**20} MB are free and {self.reserve // 2**20} MB stay in reserve. "
                "Everything stored before is safe; make room and start again.",
                name=name,
            )

    def _read(self, name: str, offset: int, length: int | None) -> bytes:
        try:
            with _speaking_of(name, "read", but=_NOTHING_THERE):
                return self.files.read(name, offset, length)
        except _NOTHING_THERE:
            self._require_mark()
            raise base.not_in_store(name) from None

    def _walk(self, folder: str) -> Iterator[base.Entry]:
        with _speaking_of(folder, "listed"):
            try:
                lines = self.files.entries(folder.removesuffix("/"))
            except _NOTHING_THERE:
                return
        for found in sorted(lines, key=_by_whole_name):
            if found.name.startswith("."):
                continue
            if found.is_folder:
                yield from self._walk(f"{folder}{found.name}/")
            else:
                yield base.Entry(folder + found.name, found.size, datetime.fromtimestamp(found.changed, UTC))


def _by_whole_name(found: Found) -> str:
    # With the slash a folder stands where the names inside it belong among its neighbours.
    return f"{found.name}/" if found.is_folder else found.name


def _flush_upwards(folder: Path) -> None:
    for parent in (folder, *folder.parents):
        try:
            handle = os.open(parent, os.O_RDONLY | os.O_DIRECTORY)
        except PermissionError:
            # Not ours, so we did not make it.
            return
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _speaking_of(name: str, done: str, *, but: tuple[type[OSError], ...] = ()) -> Iterator[None]:
    """Turn what the operating system says about ``name`` into the vault's words; ``but`` what has a meaning there."""
    try:
        yield
    except but:
        raise
    except OSError as problem:
        raise _in_our_words(name, done, problem) from problem


def _in_our_words(name: str, done: str, problem: OSError) -> StoreProblem:
    reason = problem.strerror or str(problem)
    if problem.errno in _FULL:
        text = f"{name} was not {done}: the disk is full. Everything stored before is safe; make room and start again."
        return StoreFull(text, name=name)
    if problem.errno in _READ_ONLY:
        text = f"{name} was not {done}: the disk refuses it ({reason}). What is stored is safe; give the right back."
        return StoreReadOnly(text, name=name)
    if problem.errno in _NOT_A_FOLDER:
        text = f"{name} was not {done}: a file or a symbolic link lies where a folder should be. It was not followed."
        return StoreProblem(text, name=name)
    text = f"{name} was not {done}: the disk reports '{reason}'. Nothing wrong was kept or used; look at the disk."
    return StoreUnavailable(text, name=name)
