"""Contents that are too large to lie in memory: read once, cut, hashed and stowed on the way."""

import hashlib
import io
from collections.abc import Callable
from typing import Protocol

from backups.vault.chunking import cut_stream, fill
from backups.vault.ids import blob_id
from backups.vault.intake import Blob, Taken, finish_recipe
from backups.vault.keys import OrganizationKeys
from backups.vault.recipe import BlobRef, Recipe

# What is not longer is taken whole, and mails lose their attachments; the largest mails of the services are longer,
# and those are cut like files.
IN_HAND_BYTES = 32 << 20
STOW_BYTES = 4 << 20

Read = Callable[[int], bytes]


class Source(Protocol):
    """Anything that is read like a binary file."""

    def read(self, length: int, /) -> bytes:
        """Return up to ``length`` bytes, none only at the end."""


def in_hand(content: bytes | Source) -> bytes | Read:
    """Return the content as bytes if it is short enough, else a function that reads it from its beginning."""
    if isinstance(content, bytes):
        return content if len(content) <= IN_HAND_BYTES else io.BytesIO(content).read
    head = fill(content.read, IN_HAND_BYTES + 1)
    if len(head) <= IN_HAND_BYTES:
        return head
    first = io.BytesIO(head)
    return lambda length: first.read(length) or content.read(length)


def take_stream(keys: OrganizationKeys, read: Read, stow: Callable[[list[Blob]], None]) -> Taken:
    """Hand the content's blobs to ``stow`` a few at a time; return what became of it. Raises what ``read`` raises."""
    digest, size = hashlib.sha256(), 0
    refs: list[BlobRef] = []
    share: list[Blob] = []
    share_bytes = 0
    for chunk in cut_stream(read, keys.chunk_seed):
        digest.update(chunk)
        size += len(chunk)
        share.append(Blob(blob_id(keys.id_key, chunk), chunk))
        share_bytes += len(chunk)
        refs.append(BlobRef(share[-1].blob_id, len(chunk)))
        if share_bytes >= STOW_BYTES:
            stow(share)
            share, share_bytes = [], 0
    recipe = finish_recipe(keys, Recipe(tuple(refs)), share)
    stow(share)
    return Taken(digest.digest(), size, recipe, [])
