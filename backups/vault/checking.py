"""Checking a vault, in four levels; each finding is a named error that lists the objects it touches.

    1  LISTING    the store's listing and the chain of commits against the catalogue: minutes
    2  ROTATION   the packs whose day it is, and those missed, by their hash; everything within 30 days
    3  CONTENT    every pack opened, every blob decompressed and named again, every reference followed
    4  DRILL      random versions through the very path a restore takes, compared with the source's hash

Nothing is changed but the catalogue's note of when a pack was last right. All levels may run beside backups.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from django.db import connection

from backups.vault import lookups
from backups.vault.copying import byte_array
from backups.vault.drill import Drill
from backups.vault.errors import BlobMissing, VaultError
from backups.vault.findings import Affected, Finding, needed_by, recipes
from backups.vault.listing_check import ListingCheck
from backups.vault.lookups import CatalogueIndex
from backups.vault.pack_rotation import PackCheck
from backups.vault.reading import Reader
from backups.vault.vault import Vault

DRILL_SAMPLE = 100
_ASKED_AT_ONCE = 2_000


class Level(IntEnum):
    """How deep a check goes; each level is a thing of its own and none includes another."""

    LISTING = 1
    ROTATION = 2
    CONTENT = 3
    DRILL = 4


@dataclass
class Checked:
    """What a check looked at; complete once its findings were all taken."""

    level: Level
    counts: dict[str, int] = field(default_factory=dict)
    findings: int = 0


def check(
    vault: Vault,
    level: Level,
    *,
    now: datetime,
    checked: Checked | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    goes_on: Callable[[], bool] = lambda: True,
    sample: int = DRILL_SAMPLE,
    seed: int | None = None,
) -> Iterator[Finding]:
    """Yield what is wrong with a vault; figures are in ``checked`` at the end.

    ``progress(done, total)`` is called as it goes, ``goes_on`` may end a rotation early. ``sample`` versions make a
    drill, drawn by ``seed``. Raises a `StoreProblem` when the store does not answer at all,
    and `CatalogueUnavailable` when the database does not.
    """
    if level is Level.LISTING:
        work = ListingCheck(vault)
        findings = work.findings()
    elif level is Level.DRILL:
        work = Drill(vault, sample=sample, chance=random.Random(seed), progress=progress)  # noqa: S311 - a sample
        findings = work.findings()
    else:
        work = PackCheck(vault, now=now, progress=progress)
        findings = work.todays(goes_on=goes_on) if level is Level.ROTATION else _content(vault, work)
    with lookups.database_named():
        for finding in findings:
            if checked is not None:
                checked.findings += 1
            yield finding
    if checked is not None:
        checked.counts = work.counts


def _content(vault: Vault, work: PackCheck) -> Iterator[Finding]:
    yield from work.everything()
    yield from _dangling(vault)


def _dangling(vault: Vault) -> Iterator[Finding]:
    """Yield a finding for blobs that versions or manifests need and the catalogue has nowhere."""
    index = CatalogueIndex(vault.organization)
    wanted: set[bytes] = set()
    missing: set[bytes] = set()
    for blob_id in _needed(vault, index):
        wanted.add(blob_id)
        if len(wanted) >= _ASKED_AT_ONCE:
            missing |= _missing(index, wanted)
            wanted = set()
    missing |= _missing(index, wanted)
    if missing:
        problem = BlobMissing(
            f"{len(missing)} blobs that versions need are nowhere in the catalogue. Versions that need none of them can"
            " be read. Rebuild the catalogue; what is missing then has to come from the other copy.",
            blobs=tuple(sorted(missing)),
        )
        yield from Affected(vault).findings([(problem, missing)])


def _missing(index: CatalogueIndex, wanted: set[bytes]) -> set[bytes]:
    """Return those ids that the catalogue does not know. Mostly none: so they are counted before they are fetched."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM backups_vaultblob WHERE organization = %s AND id = ANY(%s::bytea[])",
            [index.organization, byte_array(wanted)],
        )
        (known,) = cursor.fetchone()
    return set() if known == len(wanted) else wanted - index.places(wanted).keys()


def _needed(vault: Vault, index: CatalogueIndex) -> Iterator[bytes]:
    reader = Reader(vault.keys, vault.store, index)
    for _, written in recipes(vault.organization):
        try:
            yield from needed_by(reader, written)
        except VaultError:
            # Named by the pack its stored recipe lies in.
            continue
    with connection.cursor() as cursor:
        cursor.execute("SELECT blob FROM backups_vaultmanifest WHERE organization = %s", [vault.organization])
        yield from [bytes(row[0]) for row in cursor.fetchall()]
