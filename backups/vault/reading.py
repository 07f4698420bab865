"""Reading a version back: verified blob by blob, and as a whole before its last bytes are handed out.

Needs keys, a store and an index that says where blobs lie; the catalogue is one, the offline reader has another.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import NamedTuple, Protocol

from backups.vault import codec, layout, mime
from backups.vault.errors import BlobDamaged, BlobMissing, ContentDamaged, KeyDestroyed, NotInStore
from backups.vault.ids import blob_id
from backups.vault.keys import OrganizationKeys, WrappedKey
from backups.vault.pack import OpenPack
from backups.vault.recipe import BlobRef, Recipe, read_recipe
from backups.vault.stores.base import Store

# What is looked up and fetched together.
WINDOW_BLOBS, WINDOW_BYTES = 500, 8 << 20
# Blobs this near to each other come in one request.
GAP_BYTES = 32 << 10
OPEN_PACKS = 64


class Place(NamedTuple):
    """Where a blob lies in its pack."""

    pack_id: bytes
    start: int
    length: int
    plain_length: int
    flags: int


class PackPlace(NamedTuple):
    """The SHA-256 that is a pack's name, and its key; without a key it was destroyed on purpose."""

    digest: bytes
    key: WrappedKey | None


class Index(Protocol):
    """Says where blobs lie and which key a pack has; leaves out what it does not know."""

    def places(self, blob_ids: Collection[bytes]) -> dict[bytes, Place]: ...

    def packs(self, pack_ids: Collection[bytes]) -> dict[bytes, PackPlace]: ...


class Readable(Protocol):
    """What a version has to say to be read."""

    size: int
    sha256: bytes
    recipe: bytes


class Reader:
    """Reads versions of one organization. It keeps keys of packs it has opened: make a new one for each piece of work.

    Not for several threads at once.
    """

    def __init__(self, keys: OrganizationKeys, store: Store, index: Index) -> None:
        self.keys, self.store, self.index = keys, store, index
        self._open: OrderedDict[bytes, OpenPack] = OrderedDict()

    def read(self, version: Readable) -> bytes:
        """Return the whole content. For what may be large use `stream`; raises the same."""
        return b"".join(self.stream(version))

    def stream(self, version: Readable) -> Iterator[bytes]:
        """Yield the content in pieces, compared with what the source gave before the last piece is handed out.

        A stream that ends without an error is right; one that raises was not, whatever came before. Raises
        `BlobMissing`, `BlobDamaged`, `ContentDamaged`, a `KeyProblem` or a `StoreProblem`.
        """
        digest, size, held = hashlib.sha256(), 0, b""
        for piece in self._pieces(self._recipe(version.recipe)):
            if held:
                yield held
            held = piece
            digest.update(piece)
            size += len(piece)
        if size != version.size or digest.digest() != version.sha256:
            raise ContentDamaged(
                f"The {size} bytes that were put together are not the {version.size} bytes the source gave. The last of"
                " them were not handed out; use another version, or rebuild the catalogue."
            )
        if held:
            yield held

    def read_range(self, version: Readable, begin: int, length: int) -> bytes:
        """Return ``length`` bytes from ``begin`` on, fewer at the end of the content. Each blob is verified.

        A mail is put together whole and compared; of a file only the blobs that hold the range are read.
        """
        recipe = self._recipe(version.recipe)
        if recipe.parts:
            return self.read(version)[begin : begin + length]
        wanted, at, skip = [], 0, 0
        for ref in recipe.blobs:
            if at + ref.length > begin and at < begin + length:
                skip = begin - at if not wanted else skip
                wanted.append(ref)
            at += ref.length
        return b"".join(self.blobs(wanted))[skip : skip + length]

    def blobs(self, refs: Iterable[BlobRef]) -> Iterator[bytes]:
        """Yield the plain bytes of blobs in order, each verified."""
        refs = iter(refs)
        while window := _window(refs):
            plains = self._fetch({ref.blob_id for ref in window})
            for ref in window:
                plain = plains[ref.blob_id]
                if len(plain) != ref.length:
                    raise ContentDamaged(f"Blob {ref.blob_id.hex()} has another length than the recipe says.")
                yield plain

    def _recipe(self, written: bytes) -> Recipe:
        recipe = read_recipe(written)
        if not recipe.is_stored:
            return recipe
        inner = read_recipe(b"".join(self.blobs(recipe.blobs)))
        if inner.is_stored:
            raise ContentDamaged("A stored recipe holds another stored one, which none of ours does.")
        return inner

    def _pieces(self, recipe: Recipe) -> Iterator[bytes]:
        if not recipe.parts:
            yield from self.blobs(recipe.blobs)
            return
        plains = iter(self.blobs(recipe.references()))
        text = b"".join(islice(plains, len(recipe.blobs)))
        at = 0
        for part in recipe.parts:
            yield text[at : part.place]
            content = b"".join(islice(plains, len(part.blobs)))
            yield mime.encode(content, part.width, part.is_crlf)
            at = part.place
        yield text[at:]

    def _fetch(self, ids: set[bytes]) -> dict[bytes, bytes]:
        """Return the plain bytes of blobs; looks them up anew once if they were moved meanwhile, by the collector or
        because something beside them was erased.
        """
        try:
            return self._fetch_from(self._places(ids))
        except (NotInStore, KeyDestroyed, BlobMissing):
            self._open.clear()
            return self._fetch_from(self._places(ids))

    def _places(self, ids: set[bytes]) -> list[tuple[bytes, Place]]:
        places = self.index.places(ids)
        missing = ids - places.keys()
        if missing:
            raise BlobMissing(
                f"{len(missing)} blobs are not in the catalogue, the first is {min(missing).hex()}. Versions that need"
                " them cannot be read; all others can. Rebuild the catalogue, or take the content from another copy.",
                blobs=tuple(sorted(missing)),
            )
        self._open_packs({place.pack_id for place in places.values()})
        return sorted(places.items(), key=lambda one: one[1])

    def _open_packs(self, pack_ids: set[bytes]) -> None:
        for pack_id in pack_ids & self._open.keys():
            self._open.move_to_end(pack_id)
        wanted = pack_ids - self._open.keys()
        if not wanted:
            return
        found = self.index.packs(wanted)
        for pack_id in wanted:
            pack = found.get(pack_id)
            if pack is None or pack.key is None:
                raise _without_key(pack_id, is_known=pack is not None)
            name = layout.pack_name(self.keys.organization, pack.digest)
            key = self.keys.unwrap_pack_key(pack_id, pack.key)
            self._open[pack_id] = OpenPack(self.keys.organization, pack_id, key, name=name)
        while len(self._open) > max(OPEN_PACKS, len(pack_ids)):
            self._open.popitem(last=False)

    def _fetch_from(self, places: list[tuple[bytes, Place]]) -> dict[bytes, bytes]:
        plains = {}
        for run in _runs(places):
            first, last = run[0][1], run[-1][1]
            pack = self._open[first.pack_id]
            fetched = memoryview(self.store.get_range(pack.name, first.start, last.start + last.length - first.start))
            for one, place in run:
                at = place.start - first.start
                plains[one] = self._opened(pack, one, place, fetched[at : at + place.length])
        return plains

    def _opened(self, pack: OpenPack, one: bytes, place: Place, sealed: memoryview) -> bytes:
        stored = pack.open_blob(one, place.start, sealed)
        plain = codec.decompress(stored, place.flags, place.plain_length)
        if blob_id(self.keys.id_key, plain) != one:
            raise BlobDamaged(
                f"Blob {one.hex()} in {pack.name} opens but is not what its id says. It was not handed out; check the"
                " pack and take the content from another copy.",
                name=pack.name,
                blobs=(one,),
            )
        return plain


def _window(refs: Iterator[BlobRef]) -> list[BlobRef]:
    window, length = [], 0
    while len(window) < WINDOW_BLOBS and length < WINDOW_BYTES and (ref := next(refs, None)):
        window.append(ref)
        length += ref.length
    return window


def _runs(places: list[tuple[bytes, Place]]) -> Iterator[list[tuple[bytes, Place]]]:
    """Group places, sorted by pack and start, into stretches worth one request each."""
    run: list[tuple[bytes, Place]] = []
    for one in places:
        if run:
            before, here = run[-1][1], one[1]
            is_near = here.pack_id == before.pack_id and here.start - before.start - before.length <= GAP_BYTES
            if not is_near or here.start + here.length - run[0][1].start > WINDOW_BYTES:
                yield run
                run = []
        run.append(one)
    if run:
        yield run


def _without_key(pack_id: bytes, *, is_known: bool) -> KeyDestroyed | BlobMissing:
    if is_known:
        return KeyDestroyed(
            f"The key of pack {pack_id.hex()} was destroyed when something in it was erased. What was not erased lies"
            " in another pack; look it up again.",
            key=pack_id.hex(),
        )
    return BlobMissing(f"Pack {pack_id.hex()} is not in the catalogue any more. Look the version up again.")
