"""The fourth level of checking: random versions go through the very path a restore takes, compared with the source."""

import random
from collections.abc import Callable, Iterator
from uuid import UUID

from django.db import connection

from backups.vault import lookups
from backups.vault.errors import VaultError
from backups.vault.findings import Finding
from backups.vault.lookups import CatalogueIndex, VersionRow
from backups.vault.reading import Reader
from backups.vault.vault import Vault

FIRST = UUID(int=0)
Progress = Callable[[int, int], None]


class Drill:
    """Reads ``sample`` versions of one organization, drawn by ``chance``, as a restore would."""

    def __init__(
        self,
        vault: Vault,
        *,
        sample: int,
        chance: random.Random,
        progress: Progress = lambda *_: None,
    ) -> None:
        self.vault, self.sample, self.chance, self.progress = vault, sample, chance, progress
        self.counts = {"versions_drilled": 0, "bytes_drilled": 0}

    def findings(self) -> Iterator[Finding]:
        """Yield a finding for each version that cannot be read or is not what the source gave."""
        reader = Reader(self.vault.keys, self.vault.store, CatalogueIndex(self.vault.organization))
        drawn = list(self._drawn())
        for done, (version, account, external_id) in enumerate(drawn, 1):
            try:
                for piece in reader.stream(version):
                    self.counts["bytes_drilled"] += len(piece)
            except VaultError as problem:
                yield Finding(problem, [(account, external_id)], 1)
            self.counts["versions_drilled"] += 1
            self.progress(done, len(drawn))

    def _drawn(self) -> Iterator[tuple[VersionRow, str, str]]:
        """Yield versions drawn at random: ids are keyed hashes, so they lie evenly, and so do the objects drawn."""
        newest = lookups.head(self.vault.organization)[0]
        seen = set()
        for _ in range(self.sample):
            moment = self.chance.randint(1, newest + 1)
            row = self._at_or_after(UUID(int=self.chance.getrandbits(128)), moment) or self._at_or_after(FIRST, moment)
            if row and (row[0].object_id, row[0].to_commit) not in seen:
                seen.add((row[0].object_id, row[0].to_commit))
                yield row

    def _at_or_after(self, object_id: UUID, moment: int) -> tuple[VersionRow, str, str] | None:
        """Return the version at a moment, or the last one, of the first object from ``object_id`` on."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT v.object, v.from_commit, v.to_commit, v.size, v.sha256, v.recipe, v.meta, o.account,"
                " o.external_id FROM (SELECT object FROM backups_vaultversion WHERE organization = %(owner)s AND object"
                " >= %(id)s   ORDER BY organization, object LIMIT 1) f"
                " JOIN backups_vaultversion v ON v.organization = %(owner)s AND v.object = f.object"
                " JOIN backups_vaultobject o ON o.organization = v.organization AND o.id = v.object"
                " ORDER BY v.to_commit <= %(moment)s, v.to_commit LIMIT 1",
                {"owner": self.vault.organization, "id": object_id, "moment": moment},
            )
            row = cursor.fetchone()
        return row and (VersionRow(*row[:4], *map(bytes, row[4:7])), row[7], row[8])
