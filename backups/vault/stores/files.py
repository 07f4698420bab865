"""The file operations `LocalStore` is made of, and nothing more, so that a simulated disk can stand in for them.

Paths are relative to the store's folder, with ``/`` between their parts. No operation follows a symbolic link below
that folder: whoever can plant one must not make us read or write elsewhere.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Protocol

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NO_LINK = os.O_NOFOLLOW
# Without O_NONBLOCK, opening a planted named pipe would wait for ever.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Found(NamedTuple):
    """What lies in a folder: its name there, whether it is a folder, its size, its time of change (seconds)."""

    name: str
    is_folder: bool
    size: int
    changed: float


class Files(Protocol):
    """Each method does one thing to the disk and raises OSError as the operating system would."""

    def make_folder(self, path: str) -> None:
        """Make one folder; its entry is durable only after `sync_folder` of its parent."""

    def create(self, path: str) -> int:
        """Make an empty file and return a handle; FileExistsError when the name is taken."""

    def write(self, handle: int, data: memoryview) -> None:
        """Add all of ``data`` at the end; durable only after `sync`."""

    def sync(self, handle: int) -> None:
        """Return when the file's content is durable; its name is another matter."""

    def close(self, handle: int) -> None:
        """Let the handle go."""

    def link(self, path: str, new_path: str) -> None:
        """Give a file a second name, never replacing one: FileExistsError."""

    def unlink(self, path: str) -> None:
        """Take a name away."""

    def sync_folder(self, path: str) -> None:
        """Return when the names in this folder are durable."""

    def read(self, path: str, offset: int, length: int | None) -> bytes:
        """Return up to ``length`` bytes from ``offset`` on, all the rest for None."""

    def exists(self, path: str) -> bool:
        """Return whether something has this name."""

    def entries(self, path: str) -> list[Found]:
        """Return the ordinary files and folders in a folder; links, pipes and devices are passed over."""

    def free_bytes(self) -> int:
        """Return how much this process may still write."""


class RealFiles:
    """The operating system's files below ``root``, which itself may be a link: the operator chose it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @contextmanager
    def _folder(self, path: str) -> Iterator[int]:
        folder = os.open(self.root, _FOLDER)
        try:
            for part in path.split("/") if path else ():
                inner = os.open(part, _FOLDER | _NO_LINK, dir_fd=folder)
                os.close(folder)
                folder = inner
            yield folder
        finally:
            os.close(folder)

    @contextmanager
    def _place(self, path: str) -> Iterator[tuple[str, int]]:
        parent, _, name = path.rpartition("/")
        with self._folder(parent) as folder:
            yield name, folder

    def make_folder(self, path: str) -> None:
        with self._place(path) as (name, folder):
            os.mkdir(name, 0o700, dir_fd=folder)

    def create(self, path: str) -> int:
        with self._place(path) as (name, folder):
            # Nobody writes to it again, not even we.
            return os.open(name, _CREATE, 0o400, dir_fd=folder)

    def write(self, handle: int, data: memoryview) -> None:
        while data:
            data = data[os.write(handle, data) :]

    def sync(self, handle: int) -> None:
        os.fsync(handle)

    def close(self, handle: int) -> None:
        os.close(handle)

    def link(self, path: str, new_path: str) -> None:
        with self._place(path) as (name, folder), self._place(new_path) as (new_name, new_folder):
            os.link(name, new_name, src_dir_fd=folder, dst_dir_fd=new_folder, follow_symlinks=False)

    def unlink(self, path: str) -> None:
        with self._place(path) as (name, folder):
            os.unlink(name, dir_fd=folder)

    def sync_folder(self, path: str) -> None:
        with self._folder(path) as folder:
            os.fsync(folder)

    def read(self, path: str, offset: int, length: int | None) -> bytes:
        with self._place(path) as (name, folder):
            handle = os.open(name, _READ, dir_fd=folder)
        try:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                raise FileNotFoundError(2, "Not an ordinary file", path)
            left = max(found.st_size - offset, 0)
            return _read(handle, offset, left if length is None else min(left, length))
        finally:
            os.close(handle)

    def exists(self, path: str) -> bool:
        try:
            with self._place(path) as (name, folder):
                os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def entries(self, path: str) -> list[Found]:
        with self._folder(path) as folder, os.scandir(folder) as lines:
            return [found for line in lines if (found := _found(line))]

    def free_bytes(self) -> int:
        disk = os.statvfs(self.root)
        return disk.f_bavail * disk.f_frsize


def _read(handle: int, offset: int, length: int) -> bytes:
    # One call reads no more than 2 GiB, and a signal may end it early.
    first = os.pread(handle, length, offset)
    if len(first) == length:
        return first
    pieces, got = [first], len(first)
    while got < length and (piece := os.pread(handle, length - got, offset + got)):
        pieces.append(piece)
        got += len(piece)
    return b"".join(pieces)


def _found(line: os.DirEntry) -> Found | None:
    try:
        status = line.stat(follow_symlinks=False)
    except FileNotFoundError:
        # Deleted while we looked.
        return None
    if stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode):
        return Found(line.name, stat.S_ISDIR(status.st_mode), status.st_size, status.st_mtime)
    return None
