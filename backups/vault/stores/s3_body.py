"""What is sent to S3: hashed before it goes, and never in memory whole when it is large."""

import hashlib
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from backups.vault.stores import base

IN_MEMORY = 2**25
_PIECE = 2**20


@dataclass(frozen=True)
class Body:
    """The bytes of one request, readable as often as needed."""

    size: int
    sha256: bytes
    _source: memoryview | IO[bytes]

    @property
    def content(self) -> memoryview | Iterator[bytes]:
        """Return the bytes from the start."""
        if isinstance(self._source, memoryview):
            return self._source
        self._source.seek(0)
        return iter(lambda: self._source.read(_PIECE), b"")

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that say how long it is and let the store check what arrived."""
        checksum = b64encode(self.sha256).decode()
        return {
            "content-length": str(self.size),
            "x-amz-sdk-checksum-algorithm": "SHA256",
            "x-amz-checksum-sha256": checksum,
        }


@contextmanager
def body_of(name: str, data: base.Data, limit: int) -> Iterator[Body]:
    """Yield ``data`` as a body; an iterable goes through a nameless file when it is large. May raise `TooLarge`.

    One request carries it, because only that is all or nothing on every server: a multipart upload's last request
    takes a condition at Amazon, and Ceph 16 ignores it and overwrites.
    """
    whole = base.in_hand(data)
    if whole is not None:
        if len(whole) > limit:
            raise base.too_large(name, limit)
        yield Body(len(whole), hashlib.sha256(whole).digest(), whole)
        return
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as file:
        size, seen = 0, hashlib.sha256()
        for piece in data:
            size += len(piece)
            if size > limit:
                raise base.too_large(name, limit)
            seen.update(piece)
            file.write(piece)
        yield Body(size, seen.digest(), file)
