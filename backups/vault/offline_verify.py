"""Verifying a store without a catalogue: every pack opened, every reference followed, every version put together."""

from collections.abc import Callable, Iterator

from backups.vault.errors import BlobMissing, VaultError
from backups.vault.fetching import each
from backups.vault.offline_index import OfflineIndex, OfflineVersion
from backups.vault.reading import Reader
from backups.vault.recipe import Recipe, read_recipe
from backups.vault.rereading import PackToRead, read_through

_THREADS = 2


class Verification:
    """Reads a whole organization; for one run."""

    def __init__(self, reader: Reader, index: OfflineIndex) -> None:
        self.reader, self.index = reader, index
        self.counts = {"packs": 0, "blobs": 0, "versions": 0}
        self.problems = 0
        self._damaged: set[bytes] = set()

    def run(
        self, *, restores: bool, progress: Callable[[str, int, int], None]
    ) -> Iterator[tuple[VaultError, OfflineVersion | None]]:
        """Yield (problem, version it concerns or None); with ``restores`` every version is read as a restore would."""
        for found in self._packs(progress):
            self.problems += 1
            yield found, None
        for problem, version in self._versions(restores, progress):
            self.problems += 1
            yield problem, version

    def _packs(self, progress) -> Iterator[VaultError]:
        total = self.index.count("pack")
        for _, read in each(self._read, list(self.index.all_packs()), at_once=_THREADS):
            self.counts["packs"] += 1
            progress("packs", self.counts["packs"], total)
            if isinstance(read, VaultError):
                yield read
                continue
            self.counts["blobs"] += len(read.rows)
            self._damaged |= read.damaged
            yield from read.problems[:1]

    def _read(self, pack: PackToRead):
        return read_through(self.reader.store, self.reader.keys, pack)

    def _versions(self, restores: bool, progress) -> Iterator[tuple[VaultError, OfflineVersion]]:
        total = self.index.count("version")
        for version in self.index.versions(every=True):
            self.counts["versions"] += 1
            progress("versions", self.counts["versions"], total)
            try:
                self._restore(version) if restores else self._follow(version)
            except VaultError as problem:
                yield problem, version

    def _restore(self, version: OfflineVersion) -> None:
        for _ in self.reader.stream(version):
            pass

    def _follow(self, version: OfflineVersion) -> None:
        recipe = read_recipe(version.recipe)
        self._require(recipe)
        if recipe.is_stored:
            self._require(read_recipe(b"".join(self.reader.blobs(recipe.blobs))))

    def _require(self, recipe: Recipe) -> None:
        wanted = {ref.blob_id for ref in recipe.references()}
        missing = (wanted - self.index.places(wanted).keys()) | (wanted & self._damaged)
        if missing:
            raise BlobMissing(
                f"{len(missing)} of its {len(wanted)} blobs are damaged or missing. It cannot be read; versions that"
                " need none of them can.",
                blobs=tuple(sorted(missing)),
            )
