"""One volume of an export: a ZIP written straight into a parcel, with a list of everything that is in it.

An entry that breaks off is left out of the ZIP's directory, so that whoever unpacks it never meets half a file.
"""

import hashlib
import io
import json
import time
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import IO, Self

from backups.content.tables import csv_line
from backups.engine.parcels import ParcelWriter

MANIFEST, MANIFEST_LINES, README = "manifest.csv", "manifest.jsonl", "README.txt"
MOST_BYTES, MOST_ENTRIES = 2 * 10**9, 20_000
_COLUMNS = ("path", "account", "kind", "id", "commit", "size", "sha256", "original_sha256", "problem")
# Deflating what is small already takes longer than everything else.
_PACKED = frozenset(
    "7z avi docm docx gif gz heic jar jpeg jpg m4a mkv mov mp3 mp4 odp ods odt pdf png pptm pptx rar webm webp xlsm"
    " xlsx zip".split()
)
_LEVEL = 1
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_LATEST = 2107
_TRUNK = 1 << 16


class _Stream:
    """A parcel as `zipfile` wants to write to it: it cannot be turned back."""

    def __init__(self, parcel: ParcelWriter) -> None:
        self.parcel, self.size, self.is_abandoned = parcel, 0, False

    def write(self, data: bytes) -> int:
        self.size += len(data)
        return len(data) if self.is_abandoned else self.parcel.write(data)

    def flush(self) -> None:
        """Do nothing: the parcel keeps what does not fill a part."""


class _Packed:
    """Lines that are written one by one and read once at the end; a tenth of their length in memory meanwhile."""

    def __init__(self) -> None:
        self._box, self._held = zlib.compressobj(_LEVEL), io.BytesIO()

    def write(self, line: bytes) -> None:
        self._held.write(self._box.compress(line))

    def read(self) -> Iterator[bytes]:
        self._held.write(self._box.flush())
        self._held.seek(0)
        unpacked = zlib.decompressobj()
        while trunk := self._held.read(_TRUNK):
            yield unpacked.decompress(trunk)


class Volume:
    """What a worker writes into: files one after the other, and a line for each object."""

    def __init__(self, parcel: ParcelWriter, *, began_at: float | None = None) -> None:
        self._stream = _Stream(parcel)
        self._zip = zipfile.ZipFile(self._stream, "w", zipfile.ZIP_DEFLATED, allowZip64=True)
        self._lines, self._table = _Packed(), _Packed()
        self._table.write("\ufeff".encode() + csv_line(_COLUMNS))
        self._used: set[str] = set()
        self._began_at = time.monotonic() if began_at is None else began_at
        self.entries = self.objects_done = self.objects_failed = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_) -> None:
        if kind is not None:
            self.abandon()
            self._zip.close()

    def abandon(self) -> None:
        """Let nothing more into the parcel: what `zipfile` writes to end properly is not wanted any more."""
        self._stream.is_abandoned = True

    @property
    def size(self) -> int:
        """The bytes of the ZIP so far."""
        return self._stream.size

    def is_full(self, *, most_bytes: int, most_entries: int, seconds: float) -> bool:
        """Return whether the next object belongs into the next volume."""
        lasts = time.monotonic() - self._began_at
        return self.size >= most_bytes or self.entries >= most_entries or lasts >= seconds

    def free_name(self, path: str, apart: str) -> str:
        """Return ``path``, with ``apart`` before its ending where the volume has one of this name, in any case."""
        if path.casefold() in self._used:
            stem, dot, ending = path.rpartition(".")
            path = f"{stem} [{apart}].{ending}" if dot and "/" not in ending else f"{path} [{apart}]"
        self._used.add(path.casefold())
        return path

    def add(self, path: str, pieces: Iterable[bytes], *, at: datetime | None) -> tuple[int, str]:
        """Write a file and return its size and SHA-256. What ``pieces`` raise comes through, and no file is there."""
        digest, size = hashlib.sha256(), 0
        with self.opened(path, at=at) as entry:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                entry.write(piece)
        return size, digest.hexdigest()

    def add_folder(self, path: str, *, at: datetime | None) -> None:
        """Note a folder, which may have nothing in it."""
        self._zip.writestr(_info(f"{path}/", at), b"")
        self.entries += 1

    @contextmanager
    def opened(self, path: str, *, at: datetime | None) -> Iterator[IO[bytes]]:
        """Open a file to write to; nothing else may be written meanwhile. After an error the file is not there."""
        info = _info(path, at)
        try:
            with self._zip.open(info, "w", force_zip64=True) as entry:
                yield entry
        except BaseException:
            if info in self._zip.filelist:
                self._zip.filelist.remove(info)
                self._zip.NameToInfo.pop(info.filename, None)
            raise
        self.entries += 1

    def note(self, line: dict) -> None:
        """Write what became of an object into the lists; ``line`` has the columns that are known."""
        full = {name: line.get(name, "") for name in _COLUMNS}
        self._table.write(csv_line(full.values()))
        self._lines.write(json.dumps(full, ensure_ascii=False).encode("utf-8", "replace") + b"\n")

    def close(self, readme: str, *, at: datetime) -> None:
        """Write the lists and the ZIP's directory."""
        self.add(MANIFEST, self._table.read(), at=at)
        self.add(MANIFEST_LINES, self._lines.read(), at=at)
        self.add(README, [readme.encode()], at=at)
        self._zip.close()


def _info(path: str, at: datetime | None) -> zipfile.ZipInfo:
    moment = at.timetuple()[:6] if at and _EARLIEST[0] <= at.year <= _LATEST else _EARLIEST
    info = zipfile.ZipInfo(path, moment)
    is_packed = path.rpartition(".")[2].lower() in _PACKED or path.endswith("/")
    info.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
    # Python 3.13 gives it a public name.
    info._compresslevel = _LEVEL
    info.external_attr = (0o40755 if path.endswith("/") else 0o100644) << 16
    return info
