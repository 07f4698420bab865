"""A disk in memory that can lose its power: the twin of `RealFiles`, for tests.

It is harsher than any file system there is. What was written and not flushed may be lost, kept, or kept in some sectors
of 512 bytes and not in others; a name that was given or taken and not flushed in its folder may be so or not, each by
itself and in any order. Only what a flush returned for is sure.
"""

import errno
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from backups.vault.stores.files import Found

SECTOR = 512
Keep = Callable[[], bool]
"""Asked once for every unflushed sector and name: did this one reach the disk?"""


@dataclass
class _File:
    content: bytearray = field(default_factory=bytearray)
    durable: bytes = b""
    changed: float = 0.0


@dataclass
class _Folder:
    names: dict[str, "_File | _Folder"] = field(default_factory=dict)
    durable: dict[str, "_File | _Folder"] = field(default_factory=dict)
    unflushed: list[tuple[str, "_File | _Folder | None"]] = field(default_factory=list)

    def set(self, name: str, what: "_File | _Folder | None") -> None:
        """Give ``name`` to a file or folder, or take it away with None; unflushed."""
        self.unflushed.append((name, what))
        _apply(self.names, name, what)


class SimulatedFiles:
    """Everything `Files` promises, on a disk of ``size`` bytes, with a log of what was done to it.

    `log` holds every operation that changes something; `replayed(n)` is the disk after the first ``n`` of them, and
    `after_power_loss` what is found on a disk when the power returns.
    """

    def __init__(self, *, size: int = 2**40, clock: Callable[[], float] = float) -> None:
        self.size, self.clock = size, clock
        self.root = _Folder()
        self.log: list[tuple] = []
        self.fail_at: dict[int, int] = {}
        """Position in the log -> error number: that operation fails and changes nothing."""
        self._handles: dict[int, _File] = {}
        self._lock = threading.RLock()

    def make_folder(self, path: str) -> None:
        self._do("make_folder", path)

    def create(self, path: str) -> int:
        return self._do("create", path)

    def write(self, handle: int, data: memoryview) -> None:
        self._do("write", handle, bytes(data))

    def sync(self, handle: int) -> None:
        self._do("sync", handle)

    def close(self, handle: int) -> None:
        """Handles are numbers of the log, never used again."""

    def link(self, path: str, new_path: str) -> None:
        self._do("link", path, new_path)

    def unlink(self, path: str) -> None:
        self._do("unlink", path)

    def sync_folder(self, path: str) -> None:
        self._do("sync_folder", path)

    def read(self, path: str, offset: int, length: int | None) -> bytes:
        with self._lock:
            found = self._find(path)
            if isinstance(found, _Folder):
                raise IsADirectoryError(errno.EISDIR, "Is a directory", path)
            return bytes(found.content[offset:] if length is None else found.content[offset : offset + length])

    def exists(self, path: str) -> bool:
        with self._lock:
            folder, name = self._place(path)
            return name in folder.names

    def entries(self, path: str) -> list[Found]:
        with self._lock:
            return [
                Found(name, True, 0, 0.0)
                if isinstance(what, _Folder)
                else Found(name, False, len(what.content), what.changed)
                for name, what in self._folder(path).names.items()
            ]

    def free_bytes(self) -> int:
        with self._lock:
            return self.size - sum(len(file.content) for file in _files_of(self.root))

    def replayed(self, count: int) -> "SimulatedFiles":
        """Return the disk as it was after the first ``count`` operations, flushed or not."""
        disk = SimulatedFiles(size=self.size, clock=self.clock)
        for method, *arguments in self.log[:count]:
            disk._do(method, *arguments)
        return disk

    def after_power_loss(self, keep: Keep) -> "SimulatedFiles":
        """Return the disk when the power is back: what was flushed, and of the rest what ``keep`` says."""
        disk = SimulatedFiles(size=self.size, clock=self.clock)
        with self._lock:
            disk.root = _survivors(self.root, keep, {})
        return disk

    def _do(self, method: str, *arguments):
        with self._lock:
            at = len(self.log)
            if at in self.fail_at:
                number = self.fail_at.pop(at)
                raise OSError(number, f"simulated {errno.errorcode[number]}")
            answer = getattr(self, f"_{method}")(*arguments)
            self.log.append((method, *arguments))
            return answer

    def _make_folder(self, path: str) -> None:
        folder, name = self._free_place(path)
        folder.set(name, _Folder())

    def _create(self, path: str) -> int:
        folder, name = self._free_place(path)
        file = _File(changed=self.clock())
        folder.set(name, file)
        handle = len(self.log)
        self._handles[handle] = file
        return handle

    def _write(self, handle: int, data: bytes) -> None:
        if len(data) > self.free_bytes():
            raise OSError(errno.ENOSPC, "No space left on device")
        self._handles[handle].content += data

    def _sync(self, handle: int) -> None:
        file = self._handles[handle]
        file.durable = bytes(file.content)

    def _link(self, path: str, new_path: str) -> None:
        file = self._find(path)
        folder, name = self._free_place(new_path)
        folder.set(name, file)

    def _unlink(self, path: str) -> None:
        folder, name = self._place(path)
        if name not in folder.names:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", path)
        if isinstance(folder.names[name], _Folder):
            raise IsADirectoryError(errno.EISDIR, "Is a directory", path)
        folder.set(name, None)

    def _sync_folder(self, path: str) -> None:
        folder = self._folder(path)
        folder.durable, folder.unflushed = dict(folder.names), []

    def _place(self, path: str) -> tuple[_Folder, str]:
        parent, _, name = path.rpartition("/")
        return self._folder(parent), name

    def _free_place(self, path: str) -> tuple[_Folder, str]:
        folder, name = self._place(path)
        if name in folder.names:
            raise FileExistsError(errno.EEXIST, "File exists", path)
        return folder, name

    def _folder(self, path: str) -> _Folder:
        folder = self._find(path) if path else self.root
        if not isinstance(folder, _Folder):
            raise NotADirectoryError(errno.ENOTDIR, "Not a directory", path)
        return folder

    def _find(self, path: str) -> _File | _Folder:
        folder, name = self._place(path)
        if name not in folder.names:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", path)
        return folder.names[name]


def _apply(names: dict, name: str, what: _File | _Folder | None) -> None:
    if what is None:
        names.pop(name, None)
    else:
        names[name] = what


def _files_of(folder: _Folder) -> list[_File]:
    # A file with two names is on the disk once.
    found: dict[int, _File] = {}
    for what in folder.names.values():
        files = _files_of(what) if isinstance(what, _Folder) else [what]
        found.update((id(file), file) for file in files)
    return list(found.values())


def _survivors(folder: _Folder, keep: Keep, files: dict[int, _File]) -> _Folder:
    names = dict(folder.durable)
    for name, what in folder.unflushed:
        if keep():
            _apply(names, name, what)
    survivor = _Folder()
    for name, what in names.items():
        if isinstance(what, _Folder):
            survivor.names[name] = _survivors(what, keep, files)
        else:
            # Two names of one file lead to the same remains.
            survivor.names[name] = files.setdefault(id(what), _remains(what, keep))
    survivor.durable = dict(survivor.names)
    return survivor


def _remains(file: _File, keep: Keep) -> _File:
    content = bytearray(file.durable)
    written, start = file.content, len(file.durable)
    while start < len(written):
        end = min((start // SECTOR + 1) * SECTOR, len(written))
        if keep():
            # A later sector may arrive where an earlier did not: the hole reads as zeros.
            content.extend(bytes(start - len(content)))
            content += written[start:end]
        start = end
    return _File(content, bytes(content), file.changed)
