"""Reading packs again, to know that they are still what was written: by their name alone, or down to every blob."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from backups.vault import codec, layout
from backups.vault.errors import (
    BlobDamaged,
    Damaged,
    KeyDestroyed,
    KeyProblem,
    NotInStore,
    PackDamaged,
    Swapped,
    VaultError,
)
from backups.vault.ids import blob_id
from backups.vault.keys import OrganizationKeys, WrappedKey
from backups.vault.pack import HEAD_BYTES, TAIL_BYTES, OpenPack, PackRow, footer_in, pack_id_of
from backups.vault.stores.base import CutShort, Store, in_pieces

Rows = Callable[[], list[PackRow]]


class PackToRead(NamedTuple):
    """What is known of a pack: enough to find it, to open it, and to tell whether it is the right one."""

    organization: UUID
    pack_id: bytes
    digest: bytes
    size: int
    key: WrappedKey | None

    @property
    def name(self) -> str:
        return layout.pack_name(self.organization, self.digest)


@dataclass
class PackRead:
    """What reading a pack through gave: its bytes and blobs, the ids in it, and everything that is wrong."""

    size: int = 0
    rows: list[PackRow] = field(default_factory=list)
    problems: list[VaultError] = field(default_factory=list)

    @property
    def damaged(self) -> set[bytes]:
        """Return the ids of blobs that cannot be read from this pack."""
        return {one for problem in self.problems if isinstance(problem, Damaged) for one in problem.blobs}


def hash_pack(store: Store, pack: PackToRead) -> None:
    """Read a pack and compare it with its name; no key is needed.

    Raises `PackDamaged` when it is missing, cut or altered, and another `StoreProblem` when the store does not answer.
    """
    digest = hashlib.sha256()
    try:
        for piece in in_pieces(store, pack.name, pack.size):
            digest.update(piece)
    except (NotInStore, CutShort) as problem:
        raise _damaged(pack, _short_word(problem)) from problem
    if digest.digest() != pack.digest:
        raise _damaged(pack, "its bytes are not those its name says")


def read_through(store: Store, keys: OrganizationKeys, pack: PackToRead, *, known_rows: Rows = list) -> PackRead:
    """Read a pack whole, open and decompress every blob, and compute its id again.

    ``known_rows`` gives what the catalogue says lies in it, for a pack whose own list does not open. What is wrong with
    the pack is in the answer; only a store that does not answer raises, a `StoreProblem`.
    """
    found = PackRead()
    try:
        content = memoryview(store.get(pack.name))
    except (NotInStore, CutShort) as problem:
        rows = known_rows()
        found.problems.append(_damaged(pack, _short_word(problem), blobs=rows))
        return found
    found.size = len(content)
    if hashlib.sha256(content).digest() != pack.digest:
        found.problems.append(_damaged(pack, "its bytes are not those its name says"))
    if pack.key is None:
        found.problems.append(
            KeyDestroyed(f"The key of {pack.name} was destroyed; nothing in it is needed.", key=pack.pack_id.hex())
        )
        return found
    try:
        opened = OpenPack(pack.organization, pack.pack_id, keys.unwrap_pack_key(pack.pack_id, pack.key), name=pack.name)
    except KeyProblem as problem:
        found.problems.append(problem)
        return found
    try:
        found.rows = _rows_in(opened, content)
    except (PackDamaged, Swapped) as problem:
        found.problems.append(problem)
        found.rows = known_rows()
    found.problems += _open_all(opened, keys.id_key, content, found.rows)
    return found


def _rows_in(opened: OpenPack, content: memoryview) -> list[PackRow]:
    if pack_id_of(bytes(content[:HEAD_BYTES]), name=opened.name) != opened.pack_id:
        raise Swapped(
            f"{opened.name} holds another pack than its key belongs to. Nothing of it was used; take the right one from"
            " the other copy.",
            name=opened.name,
        )
    _, back = footer_in(content, name=opened.name)
    begins_at = len(content) - back
    if begins_at < HEAD_BYTES:
        raise PackDamaged(f"{opened.name} says its footer is longer than itself.", name=opened.name)
    return opened.open_footer(content[begins_at : len(content) - TAIL_BYTES], begins_at=begins_at)


def _open_all(opened: OpenPack, id_key: bytes, content: memoryview, rows: list[PackRow]) -> list[VaultError]:
    problems: list[VaultError] = []
    open_blob, decompress, name_of = opened.open_blob, codec.decompress, blob_id
    for one, offset, length, plain_length, flags in rows:
        try:
            plain = decompress(open_blob(one, offset, content[offset : offset + length]), flags, plain_length)
        except BlobDamaged as problem:
            problem.name, problem.blobs = opened.name, (one,)
            problems.append(problem)
            continue
        if name_of(id_key, plain) != one:
            problems.append(
                BlobDamaged(
                    f"Blob {one.hex()} in {opened.name} opens but is not what its id says. It is never handed out.",
                    name=opened.name,
                    blobs=(one,),
                )
            )
    return problems


def _short_word(problem: VaultError) -> str:
    return "it is missing from the store" if isinstance(problem, NotInStore) else "it is cut"


def pack_damaged(name: str, why: str, blobs: tuple[bytes, ...] = ()) -> PackDamaged:
    """Return the error for a pack of that name."""
    return PackDamaged(
        f"Pack {name} is damaged: {why}. Nothing wrong is handed out, and other packs are not affected. Take this pack"
        " from the other copy of the store.",
        name=name,
        blobs=blobs,
    )


def _damaged(pack: PackToRead, why: str, blobs: list[PackRow] = ()) -> PackDamaged:
    return pack_damaged(pack.name, why, tuple(row.blob_id for row in blobs))
