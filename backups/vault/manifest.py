"""Manifests: what a commit says about the objects of one account, so that the catalogue can be rebuilt.

A manifest is an ordinary blob. Its plain bytes:

    "PVM1"  account  then for each object:  1 id recipe sha256 size meta   (a new version)
                                            0 id                           (deleted at the source)

id, account, recipe and meta are a varint length and that many bytes; sha256 is 32 bytes; size is a varint.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from backups.vault.errors import CommitDamaged
from backups.vault.varints import Cursor, write_varint

MAGIC = b"PVM1"
# One manifest is a blob and has to fit in one.
MANIFEST_BYTES = 1 << 20


class Entry(NamedTuple):
    """One object in a manifest; without a recipe it was deleted at the source."""

    external_id: str
    recipe: bytes | None
    sha256: bytes = b""
    size: int = 0
    meta: bytes = b""


def write_manifests(account: str, entries: Iterable[Entry]) -> Iterator[bytes]:
    """Yield the plain bytes of as many manifests as the entries need."""
    head = MAGIC + _bytes(account.encode())
    parts, length = [head], len(head)
    for entry in entries:
        written = _write(entry)
        if length + len(written) > MANIFEST_BYTES and len(parts) > 1:
            yield b"".join(parts)
            parts, length = [head], len(head)
        parts.append(written)
        length += len(written)
    if len(parts) > 1:
        yield b"".join(parts)


def read_manifest(plain: bytes) -> tuple[str, list[Entry]]:
    """Return (account, entries). Raises `CommitDamaged`."""
    try:
        if not plain.startswith(MAGIC):
            raise ValueError("It does not begin like one.")
        cursor = Cursor(plain, len(MAGIC))
        account = cursor.text()
        entries = []
        while not cursor.is_at_end:
            entries.append(_read(cursor))
    except ValueError as problem:
        raise CommitDamaged(
            f"A manifest cannot be read: {problem} Other manifests are not affected; the catalogue, where it stands,"
            " still knows the objects."
        ) from problem
    return account, entries


def _write(entry: Entry) -> bytes:
    external_id = _bytes(entry.external_id.encode())
    if entry.recipe is None:
        return b"\x00" + external_id
    return b"".join(
        (b"\x01", external_id, _bytes(entry.recipe), entry.sha256, write_varint(entry.size), _bytes(entry.meta))
    )


def _read(cursor: Cursor) -> Entry:
    kind = cursor.number()
    external_id = cursor.text()
    if kind == 0:
        return Entry(external_id, None)
    if kind != 1:
        raise ValueError(f"It has an entry of the unknown kind {kind}.")
    recipe = cursor.take(cursor.number())
    return Entry(external_id, recipe, cursor.take(32), cursor.number(), cursor.take(cursor.number()))


def _bytes(data: bytes) -> bytes:
    return write_varint(len(data)) + data
