"""Recipes: how the bytes of one version are put together from blobs.

    1 blobs                      the blobs one after the other
    2 blobs parts                a mail: its text, into which encoded attachments are put back (see `mime`)
    3 blobs                      these blobs hold a recipe of kind 1 or 2, which would be too long for a row

blobs: a count, then for each an id (32) and its plain length. parts: a count, then for each the distance of its place
in the text from the place before, the width of a base64 line (0: unbroken), 0 for CRLF or 1 for LF, and its blobs. All
numbers are varints.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from backups.vault.errors import ContentDamaged
from backups.vault.ids import ID_BYTES
from backups.vault.varints import Cursor, write_varint

WHOLE, MAIL, STORED = 1, 2, 3
# A longer recipe goes into blobs of its own; about 60 chunks, or 5 MB of a file.
INLINE_BYTES = 2_048
_NUMBER = rb"[\x80-\xff]{0,8}[\x00-\x7f]"
_ONE_BLOB = rb"\x01(.{%d})" % ID_BYTES + _NUMBER
_WHOLE_OF_ONE = re.compile(bytes((WHOLE,)) + _ONE_BLOB, re.DOTALL)
# Text of one blob and how many parts follow, and a part of one blob.
_MAIL_HEAD = re.compile(bytes((MAIL,)) + _ONE_BLOB + rb"([\x00-\x7f])", re.DOTALL)
_MAIL_PART = re.compile(_NUMBER * 2 + rb"[\x00\x01]" + _ONE_BLOB, re.DOTALL)


class BlobRef(NamedTuple):
    """A blob and the length of its plain bytes."""

    blob_id: bytes
    length: int


class Part(NamedTuple):
    """An attachment taken out of a mail: where it goes back into the text, and how its lines were."""

    place: int
    width: int
    is_crlf: bool
    blobs: tuple[BlobRef, ...]


class Recipe(NamedTuple):
    """What `write_recipe` writes; ``is_stored`` when ``blobs`` hold the real recipe."""

    blobs: tuple[BlobRef, ...]
    parts: tuple[Part, ...] = ()
    is_stored: bool = False

    def references(self) -> Iterator[BlobRef]:
        """Yield every blob this recipe names itself; a stored recipe names more in its content."""
        yield from self.blobs
        for part in self.parts:
            yield from part.blobs


def write_recipe(recipe: Recipe) -> bytes:
    """Return the recipe as bytes."""
    kind = STORED if recipe.is_stored else MAIL if recipe.parts else WHOLE
    out = [bytes((kind,)), _refs(recipe.blobs)]
    if kind == MAIL:
        out.append(write_varint(len(recipe.parts)))
        before = 0
        for part in recipe.parts:
            out += [write_varint(part.place - before), write_varint(part.width), b"\x00" if part.is_crlf else b"\x01"]
            out.append(_refs(part.blobs))
            before = part.place
    return b"".join(out)


def read_recipe(data: bytes) -> Recipe:
    """Return what `write_recipe` was given. Raises `ContentDamaged`."""
    cursor = Cursor(data)
    try:
        kind = cursor.number()
        if kind not in (WHOLE, MAIL, STORED):
            raise ValueError(f"Kind {kind} is unknown to this release.")
        blobs = _read_refs(cursor)
        parts = tuple(_read_parts(cursor)) if kind == MAIL else ()
        if not cursor.is_at_end:
            raise ValueError("More follows than it says.")
    except ValueError as problem:
        raise ContentDamaged(
            f"A recipe cannot be read: {problem} This version cannot be restored from this catalogue; others can, and a"
            " rebuild brings the recipe back from its manifest."
        ) from problem
    return Recipe(blobs, parts, kind == STORED)


def referenced_ids(data: bytes) -> tuple[list[bytes], bool]:
    """Return the ids a recipe names itself, and whether those blobs hold a recipe that names more."""
    # Nearly all are so, and the collector reads millions.
    if whole := _WHOLE_OF_ONE.fullmatch(data):
        return [whole[1]], False
    if named := _named_by_mail(data):
        return named, False
    recipe = read_recipe(data)
    return [ref.blob_id for ref in recipe.references()], recipe.is_stored


def _named_by_mail(data: bytes) -> list[bytes] | None:
    """Return the ids in a mail's recipe whose text and attachments are one blob each; None for all others."""
    head = _MAIL_HEAD.match(data)
    if head is None:
        return None
    named, at = [head[1]], head.end()
    for _ in range(head[2][0]):
        part = _MAIL_PART.match(data, at)
        if part is None:
            return None
        named.append(part[1])
        at = part.end()
    return named if at == len(data) else None


def _refs(blobs: tuple[BlobRef, ...]) -> bytes:
    return write_varint(len(blobs)) + b"".join([ref.blob_id + write_varint(ref.length) for ref in blobs])


def _read_refs(cursor: Cursor) -> tuple[BlobRef, ...]:
    count = cursor.number()
    if count * (ID_BYTES + 1) > len(cursor.data):
        raise ValueError("It names more blobs than it holds.")
    return tuple([BlobRef(cursor.take(ID_BYTES), cursor.number()) for _ in range(count)])


def _read_parts(cursor: Cursor) -> Iterator[Part]:
    place = 0
    for _ in range(cursor.number()):
        place += cursor.number()
        width, ending = cursor.number(), cursor.number()
        if ending > 1:
            raise ValueError("It has an unknown line ending.")
        yield Part(place, width, ending == 0, _read_refs(cursor))
