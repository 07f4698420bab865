"""From the bytes of one object to its recipe and its blobs, without asking anybody anything."""

import hashlib
from typing import NamedTuple

from backups.vault import chunking, mime
from backups.vault.ids import blob_id
from backups.vault.keys import OrganizationKeys
from backups.vault.recipe import INLINE_BYTES, BlobRef, Part, Recipe, write_recipe


class Blob(NamedTuple):
    """A piece of content and its id."""

    blob_id: bytes
    plain: bytes | memoryview


class Taken(NamedTuple):
    """What became of one object: the hash of its bytes, its recipe, and the blobs the recipe needs."""

    sha256: bytes
    size: int
    recipe: bytes
    blobs: list[Blob]


def take(keys: OrganizationKeys, content: bytes, known_sha256: bytes | None = None) -> Taken | None:
    """Return the object's recipe and blobs; None if its bytes are those of ``known_sha256``."""
    sha256 = hashlib.sha256(content).digest()
    if sha256 == known_sha256:
        return None
    blobs: list[Blob] = []
    text, attachments = mime.split(content)
    parts = tuple(
        [
            Part(place, width, is_crlf, _blobs_of(keys, attached, blobs))
            for place, width, is_crlf, attached in attachments
        ]
    )
    recipe = Recipe(_blobs_of(keys, text, blobs), parts)
    return Taken(sha256, len(content), finish_recipe(keys, recipe, blobs), blobs)


def finish_recipe(keys: OrganizationKeys, recipe: Recipe, blobs: list[Blob]) -> bytes:
    """Return the recipe as it stands in a row; a long one goes into ``blobs`` and the row only names those."""
    written = write_recipe(recipe)
    if len(written) <= INLINE_BYTES:
        return written
    return write_recipe(Recipe(_blobs_of(keys, written, blobs), is_stored=True))


def _blobs_of(keys: OrganizationKeys, content: bytes, blobs: list[Blob]) -> tuple[BlobRef, ...]:
    """Cut ``content``, add the pieces to ``blobs`` and return the references to them."""
    id_key = keys.id_key
    refs = []
    for chunk in chunking.cut(content, keys.chunk_seed):
        chunk_id = blob_id(id_key, chunk)
        blobs.append(Blob(chunk_id, chunk))
        refs.append(BlobRef(chunk_id, len(chunk)))
    return tuple(refs)
