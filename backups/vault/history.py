"""What the store says by itself: packs with their keys and blobs, and manifests, commit after commit.

Both the catalogue's rebuild and the offline reader are made of this.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from backups.vault import layout
from backups.vault.chain import Chain
from backups.vault.commits import Commit, CommitPack
from backups.vault.errors import CommitDamaged, KeyDestroyed, KeyProblem, NotInStore, PackDamaged, VaultError
from backups.vault.fetching import each
from backups.vault.keys import OrganizationKeys, WrappedKey
from backups.vault.manifest import Entry, read_manifest
from backups.vault.pack import OpenPack, PackRow, read_rows
from backups.vault.reading import Index, Reader
from backups.vault.recipe import BlobRef
from backups.vault.slips import SlipEntry, read_slip
from backups.vault.stores.base import Store

_KEPT_SLIPS = 256


class PackFound(NamedTuple):
    """One pack as the store has it. Without ``key`` it was destroyed, without ``rows`` there is a ``problem``."""

    commit: int
    kind: str
    pack: CommitPack
    slip: bytes
    key: WrappedKey | None
    rows: list[PackRow] | None
    dropped_at: datetime | None
    problem: VaultError | None


class ManifestFound(NamedTuple):
    """One manifest that still counts: its place in the commit, and what it says of one account."""

    position: int
    blob_id: bytes
    account: str
    entries: list[Entry]


class History:
    """Reads packs and manifests of a chain. Packs that were given up and are gone from the store are left out."""

    def __init__(self, store: Store, keys: OrganizationKeys, chain: Chain) -> None:
        self.store, self.keys, self.chain = store, keys, chain
        self.organization = keys.organization
        self._slip_names = _names_by_digest(store, layout.prefix(self.organization, layout.KEYS))
        self._in_store = set(_names_by_digest(store, layout.prefix(self.organization, layout.PACKS)))
        self._slips: dict[bytes, dict[bytes, SlipEntry]] = {}

    def packs(self, *, after: int = 0) -> Iterator[PackFound]:
        """Yield the packs of the commits numbered above ``after``, in order, with what their footers say."""
        for _, found in each(self._look_into, self._named_packs(after)):
            if isinstance(found, VaultError):
                raise found
            yield found

    def manifests(self, commit: Commit, index: Index) -> Iterator[ManifestFound | VaultError]:
        """Yield the manifests of a commit that still stand, or what is wrong with one; ``index`` finds their blobs."""
        reader = Reader(self.keys, self.store, index)
        for position, named in enumerate(commit.manifests):
            blob_id = self.chain.newest(named, commit.number)
            if not blob_id:
                continue
            try:
                account, entries = read_manifest(_content_of(reader, index, blob_id))
            except VaultError as problem:
                yield problem
            else:
                yield ManifestFound(position, blob_id, account, entries)

    def commits(self, *, after: int = 0) -> Iterator[Commit]:
        """Yield what the commits numbered above ``after`` say, the rivals of the last one included."""
        for sealed in self.chain.commits(self.store, self.keys, after=after):
            yield sealed.commit
        yield from self.chain.rival_commits(self.store, self.keys)

    def _named_packs(self, after: int) -> Iterator[tuple[Commit, CommitPack]]:
        for commit in self.commits(after=after):
            for pack in commit.packs:
                if pack.digest in self._in_store or self.chain.dropped_at(pack) is None:
                    yield commit, pack

    def _look_into(self, named: tuple[Commit, CommitPack]) -> PackFound:
        commit, pack = named
        slip, key, rows, problem = self.chain.newest(pack.slip, commit.number), None, None, None
        try:
            key = self._key_of(pack, slip)
            rows = footer_of(self.store, self.keys, pack, key)
        except (NotInStore, PackDamaged, CommitDamaged, KeyProblem) as trouble:
            problem = trouble
        return PackFound(commit.number, commit.kind, pack, slip, key, rows, self.chain.dropped_at(pack), problem)

    def _key_of(self, pack: CommitPack, slip: bytes) -> WrappedKey:
        entry = self.keys_in(slip).get(pack.pack_id)
        if entry is None:
            raise KeyDestroyed(
                f"The key of pack {pack.digest.hex()} was destroyed: what lay in it was erased. Everything else stays"
                " readable.",
                key=pack.pack_id.hex(),
            )
        return entry.key

    def keys_in(self, slip: bytes) -> dict[bytes, SlipEntry]:
        """Return {pack id: entry} of a slip; raises `CommitDamaged` or `Swapped`."""
        return self._entries_of(slip) if slip else {}

    def is_in_store(self, digest: bytes) -> bool:
        """Return whether the store listed that pack."""
        return digest in self._in_store

    def _entries_of(self, digest: bytes) -> dict[bytes, SlipEntry]:
        if digest not in self._slips:
            name = self._slip_names.get(digest)
            if name is None:
                raise CommitDamaged(
                    f"The slip {digest.hex()} is missing from the store, so its packs do not open. Packs of other slips"
                    " are not affected; restore the slip from the other copy or from the database.",
                    name=digest.hex(),
                )
            content = self.store.get(name)
            if hashlib.sha256(content).digest() != digest:
                raise CommitDamaged(
                    f"The slip {name} was altered, so its packs are not opened with it. Packs of other slips are not"
                    " affected; restore it from the other copy or from the database.",
                    name=name,
                )
            entries = read_slip(self.organization, content, name=name)
            while len(self._slips) >= _KEPT_SLIPS:
                self._slips.pop(next(iter(self._slips)), None)
            self._slips[digest] = {entry.pack_id: entry for entry in entries}
        return self._slips[digest]


def footer_of(store: Store, keys: OrganizationKeys, pack: CommitPack, key: WrappedKey) -> list[PackRow]:
    """Return the blobs a pack says it holds. Raises `PackDamaged`, `NotInStore` or a `KeyProblem`."""
    name = layout.pack_name(keys.organization, pack.digest)
    opened = OpenPack(keys.organization, pack.pack_id, keys.unwrap_pack_key(pack.pack_id, key), name=name)
    return read_rows(opened, pack.size, lambda offset, length: store.get_range(name, offset, length))


def _content_of(reader: Reader, index: Index, blob_id: bytes) -> bytes:
    place = index.places([blob_id]).get(blob_id)
    if place is None:
        raise CommitDamaged(
            f"The manifest {blob_id.hex()} lies in no pack that opens. The objects it names cannot be listed; others"
            " are not affected. Restore its pack from the other copy.",
            blobs=(blob_id,),
        )
    return b"".join(reader.blobs([BlobRef(blob_id, place.plain_length)]))


def _names_by_digest(store: Store, prefix: str) -> dict[bytes, str]:
    """Return {SHA-256: name} of what lies in a folder; what is not named by one is left out."""
    names = {}
    for entry in store.list(prefix):
        try:
            names[layout.digest_in(entry.name)] = entry.name
        except ValueError:
            continue
    return names
