"""Packs: many blobs sealed under one random key.

    "PVP1" pack id (16)  blob blob blob ...  sealed footer  length of the footer (4)  "PVP1"

Each blob is AES-256-GCM with its offset as nonce, bound to organization, format and its id. The footer lists the blobs.
The name of the pack is the SHA-256 of the whole, so that a storage host can check it without any key.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from struct import Struct
from typing import NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backups.vault import sealing
from backups.vault.errors import BlobDamaged, PackDamaged

MAGIC = b"PVP1"
PACK_BYTES = 16 << 20
# Footers of packs of very small blobs would otherwise outgrow the blobs' neighbours in memory.
MOST_BLOBS = 32_768
_HEAD = Struct(">4s16s")
_ROW = Struct(">32sIIIB")
_TAIL = Struct(">I4s")
HEAD_BYTES, ROW_BYTES, TAIL_BYTES = _HEAD.size, _ROW.size, _TAIL.size
# Enough for the footer of most packs, so that reading one takes one request.
TAIL_GUESS = 64 << 10


class PackRow(NamedTuple):
    """Where one blob stands in its pack; ``length`` is what is stored, the tag included."""

    blob_id: bytes
    offset: int
    length: int
    plain_length: int
    flags: int


@dataclass(frozen=True)
class FinishedPack:
    """A pack as it goes into the store: its parts one after the other are its content."""

    pack_id: bytes
    digest: bytes
    size: int
    rows: Sequence[PackRow]
    parts: Sequence[bytes] = field(repr=False)
    key: bytes = field(repr=False)


class PackBuilder:
    """Seals blobs one after the other. Not for several threads at once, and never for two processes."""

    def __init__(self, organization: UUID, *, limit: int = PACK_BYTES) -> None:
        self.pack_id = os.urandom(16)
        self.rows: list[PackRow] = []
        self.size = HEAD_BYTES
        self.limit = limit
        self._key = sealing.new_key()
        self._aead = AESGCM(self._key)
        self._blob_binding = sealing.binding(organization, "blob")
        self._footer_binding = sealing.binding(organization, "footer") + self.pack_id
        self._parts = [_HEAD.pack(MAGIC, self.pack_id)]
        self._process = os.getpid()

    @property
    def is_full(self) -> bool:
        return self.size >= self.limit or len(self.rows) >= MOST_BLOBS

    def add(self, blob_id: bytes, stored: bytes, plain_length: int, flags: int) -> None:
        """Seal one blob, already compressed as ``flags`` say."""
        if os.getpid() != self._process:
            # Two processes would seal different bytes with the same key and nonce.
            raise RuntimeError("A pack that was begun before a fork cannot be continued after it.")
        sealed = self._aead.encrypt(sealing.nonce_at(self.size), stored, self._blob_binding + blob_id)
        self.rows.append(PackRow(blob_id, self.size, len(sealed), plain_length, flags))
        self._parts.append(sealed)
        self.size += len(sealed)

    def finish(self) -> FinishedPack:
        """Return the whole pack; the builder is used up."""
        listed = b"".join([_ROW.pack(*row) for row in self.rows])
        footer = self._aead.encrypt(sealing.FOOTER_NONCE, listed, self._footer_binding)
        self._parts += [footer, _TAIL.pack(len(footer), MAGIC)]
        digest = hashlib.sha256()
        for part in self._parts:
            digest.update(part)
        self.size += len(footer) + TAIL_BYTES
        return FinishedPack(self.pack_id, digest.digest(), self.size, self.rows, self._parts, self._key)


class OpenPack:
    """What it takes to open the blobs of one pack."""

    def __init__(self, organization: UUID, pack_id: bytes, key: bytes, *, name: str = "") -> None:
        self.pack_id, self.name = pack_id, name
        self._aead = AESGCM(key)
        self._blob_binding = sealing.binding(organization, "blob")
        self._footer_binding = sealing.binding(organization, "footer") + pack_id

    def open_blob(self, blob_id: bytes, offset: int, sealed: bytes | memoryview) -> bytes:
        """Return the stored, still compressed, bytes of a blob. Raises `BlobDamaged`."""
        try:
            return self._aead.decrypt(sealing.nonce_at(offset), sealed, self._blob_binding + blob_id)
        except (InvalidTag, ValueError) as problem:
            raise BlobDamaged(
                f"Blob {blob_id.hex()} in {self.name or self.pack_id.hex()} was altered, cut or moved. It was not"
                " handed out; everything else stays readable. Check this pack and take it from the other copy.",
                name=self.name,
                blobs=(blob_id,),
            ) from problem

    def open_footer(self, footer: bytes | memoryview, *, begins_at: int) -> list[PackRow]:
        """Return the rows of the footer, which stands at ``begins_at``. Raises `PackDamaged`."""
        try:
            listed = self._aead.decrypt(sealing.FOOTER_NONCE, footer, self._footer_binding)
        except (InvalidTag, ValueError) as problem:
            raise self._damaged("its footer does not open") from problem
        rows = list(map(PackRow._make, _ROW.iter_unpack(listed)))
        ends = [HEAD_BYTES, *(row.offset + row.length for row in rows)]
        if [row.offset for row in rows] != ends[:-1] or ends[-1] != begins_at:
            raise self._damaged("its footer does not fit its length")
        return rows

    def _damaged(self, why: str) -> PackDamaged:
        return PackDamaged(
            f"Pack {self.name or self.pack_id.hex()} is damaged: {why}. Other packs are not affected; take this one"
            " from the other copy.",
            name=self.name,
        )


def pack_id_of(head: bytes, *, name: str) -> bytes:
    """Return the id in the first `HEAD_BYTES` of a pack. Raises `PackDamaged`."""
    if len(head) < HEAD_BYTES or not head.startswith(MAGIC):
        raise PackDamaged(f"{name} does not begin like a pack. Other packs are not affected.", name=name)
    return _HEAD.unpack_from(head)[1]


def footer_in(content: bytes | memoryview, *, name: str) -> tuple[int, int]:
    """Return (length of the footer, bytes from its beginning to the end of the pack) by the end of a pack.

    ``content`` may be the whole pack or only its end. Raises `PackDamaged`.
    """
    length, magic = _TAIL.unpack(content[-TAIL_BYTES:]) if len(content) >= TAIL_BYTES else (0, b"")
    if magic != MAGIC:
        raise PackDamaged(f"{name} does not end like a pack: it was cut or altered.", name=name)
    return length, length + TAIL_BYTES


def read_rows(opened: OpenPack, size: int, get_range) -> list[PackRow]:
    """Return the rows of a pack of ``size`` bytes; ``get_range(offset, length)`` reads from it.

    Raises `PackDamaged`.
    """
    begins_at = max(0, size - TAIL_GUESS)
    end = get_range(begins_at, size - begins_at)
    length, back = footer_in(end, name=opened.name)
    if back > size - HEAD_BYTES:
        raise PackDamaged(f"{opened.name} says its footer is longer than itself.", name=opened.name)
    if back > len(end):
        end = get_range(size - back, back)
    return opened.open_footer(memoryview(end)[len(end) - back : len(end) - TAIL_BYTES], begins_at=size - back)
