"""Slips: the wrapped keys of a few packs, in an object that can be deleted.

A pack may be under a lock for weeks; its key must be destroyed today when somebody asks to be forgotten. So the keys
lie in objects of their own under keys/, which are never locked. A slip is named by the SHA-256 of its content.

    "PVS1"  organization (16)  then for each pack: pack id (16)  name of the pack (32)  epoch (4)  wrapped key (60)
"""

import hashlib
from collections.abc import Iterable
from struct import Struct
from typing import NamedTuple
from uuid import UUID

from backups.vault.errors import CommitDamaged, Swapped
from backups.vault.keys import WrappedKey

MAGIC = b"PVS1"
_HEAD = Struct(">4s16s")
_ENTRY = Struct(">16s32sI60s")


class SlipEntry(NamedTuple):
    """The key of one pack, as the slip holds it."""

    pack_id: bytes
    digest: bytes
    key: WrappedKey


def write_slip(organization: UUID, entries: Iterable[SlipEntry]) -> tuple[bytes, bytes]:
    """Return (SHA-256, content) of a slip."""
    rows = [_ENTRY.pack(pack_id, digest, key.epoch, key.wrapped) for pack_id, digest, key in entries]
    content = _HEAD.pack(MAGIC, organization.bytes) + b"".join(rows)
    return hashlib.sha256(content).digest(), content


def read_slip(organization: UUID, content: bytes, *, name: str) -> list[SlipEntry]:
    """Return what a slip holds. Raises `CommitDamaged` or `Swapped`."""
    body = content[_HEAD.size :]
    if not content.startswith(MAGIC) or len(body) % _ENTRY.size:
        raise CommitDamaged(
            f"The slip {name} is cut or altered. The keys in it may still be in the database; packs of other slips are"
            " not affected.",
            name=name,
        )
    if content[4:20] != organization.bytes:
        raise Swapped(f"The slip {name} belongs to another organization. It was not used.", name=name)
    return [
        SlipEntry(pack_id, digest, WrappedKey(epoch, wrapped))
        for pack_id, digest, epoch, wrapped in _ENTRY.iter_unpack(body)
    ]
