"""A tiny model of Acme's vault, and the deaths a process may die, for the state machine of the collector."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connection

from backups.tests.vaults import fixed_bytes, mail_with
from backups.vault import codec, faults, intake, layout
from backups.vault.ids import blob_id
from backups.vault.keys import OrganizationKeys, WrappedKey
from backups.vault.lookups import STILL, CatalogueIndex, VersionRow
from backups.vault.pack import OpenPack, pack_id_of, read_rows
from backups.vault.reading import Reader
from backups.vault.slips import SlipEntry, read_slip
from backups.vault.vault import Vault

POINTS = (
    *faults.POINTS,
    "exchange.before_commit",
    "exchange.after_commit",
    "remove.after_delete",
    "erase.after_slips",
    "erase.before_removal",
    "retain.before_commit",
    "retain.after_commit",
)
ACCOUNTS = ("mail/eva", "mail/ida", "drive/ole")
IDS = tuple(f"object {number}" for number in range(6))
_ATTACHED = [fixed_bytes(f"attachment {number}", 700 + 400 * number) for number in range(5)]
CONTENTS = (
    b"",
    *[fixed_bytes(f"note {number}", 90 + 170 * number) for number in range(8)],
    *[mail_with(*_ATTACHED[number : number + 2], subject=f"Offer {number}") for number in range(4)],
    mail_with(*_ATTACHED),
)
Key = tuple[str, str]


class Died(BaseException):
    """What a kill looks like from inside; nothing may catch it."""


class Trap:
    """Dies at the n-th fault point of one name, once."""

    def __init__(self, point: str, nth: int) -> None:
        self.point, self.left = point, nth

    def step(self, point: str) -> None:
        if point == self.point:
            self.left -= 1
            if self.left == 0:
                raise Died(point)


@contextmanager
def dying_at(death: tuple[str, int] | None) -> Iterator[None]:
    """Let whatever runs inside die at a fault point, and swallow the death."""
    faults._trap = Trap(*death) if death else None
    try:
        yield
    except Died:
        pass
    finally:
        faults._trap = None


@dataclass
class Point:
    """What a restore point saw; ``only`` is the one account of which it is still promised, None for all."""

    seen: dict[Key, bytes]
    only: str | None = None

    def of_promised(self, seen: dict[Key, bytes]) -> dict[Key, bytes]:
        return {key: content for key, content in seen.items() if self.only in (None, key[0])}


@dataclass
class Model:
    """What the vault must hold: what stands, and what each kept restore point saw."""

    current: dict[Key, bytes] = field(default_factory=dict)
    points: dict[int, Point] = field(default_factory=dict)
    # Whatever was committed under a key, and never forgotten here.
    ever: dict[Key, set[bytes]] = field(default_factory=dict)

    def commit(self, number: int, account: str, changes: dict[str, bytes | None]) -> None:
        for external_id, content in changes.items():
            if content is None:
                self.current.pop((account, external_id), None)
            else:
                self.current[account, external_id] = content
                self.ever.setdefault((account, external_id), set()).add(content)
        self.points[number] = Point(dict(self.current))

    def forget_points(self, kept: set[int], held: str | None) -> None:
        """Give up points that are not kept; of an account under a legal hold they stay."""
        for number in self.points.keys() - kept:
            point = self.points.pop(number)
            if held is not None and point.only in (None, held):
                self.points[number] = Point(point.seen, held)

    def erase(self, account: str, external_ids: set[str] | None) -> None:
        for seen in (self.current, *[point.seen for point in self.points.values()]):
            for key in [key for key in seen if _is_of(key, account, external_ids)]:
                del seen[key]

    def split(self, account: str, external_ids: set[str] | None) -> tuple[set[bytes], set[bytes]]:
        """Return what was ever stored under these keys, and under others."""
        mine, others = set(), set()
        for key, contents in self.ever.items():
            (mine if _is_of(key, account, external_ids) else others).update(contents)
        return mine, others


def _is_of(key: Key, account: str, external_ids: set[str] | None) -> bool:
    return key[0] == account and (external_ids is None or key[1] in external_ids)


class Everything:
    """All remaining versions of a vault, each read once through the real reader."""

    def __init__(self, vault: Vault) -> None:
        reader = Reader(vault.keys, vault.store, CatalogueIndex(vault.organization))
        read: dict[bytes, bytes] = {}
        self.versions: list[tuple[Key, int, int, bytes]] = []
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT o.account, o.external_id, v.object, v.from_commit, v.to_commit, v.size, v.sha256, v.recipe,"
                " v.meta FROM backups_vaultversion v JOIN backups_vaultobject o ON o.organization = v.organization"
                " AND o.id = v.object WHERE v.organization = %s",
                [vault.organization],
            )
            rows = cursor.fetchall()
        for account, external_id, one, begin, end, size, sha256, recipe, meta in rows:
            version = VersionRow(one, begin, end, size, bytes(sha256), bytes(recipe), bytes(meta))
            content = read.get(version.recipe)
            if content is None:
                content = read[version.recipe] = reader.read(version)
            self.versions.append(((account, external_id), begin, end, content))

    def at(self, commit: int) -> dict[Key, bytes]:
        return {key: content for key, begin, end, content in self.versions if begin <= commit < end}

    def now(self) -> dict[Key, bytes]:
        return self.at(STILL - 1)


def blobs_of(keys: OrganizationKeys, contents: set[bytes]) -> set[bytes]:
    """Return the ids of all blobs that contents are made of."""
    return {blob.blob_id for content in contents for blob in intake.take(keys, content).blobs}


def blobs_that_open(vault: Vault, packs: dict[str, bytes], entries: list[SlipEntry]) -> set[bytes]:
    """Return what somebody reads who has these packs and these keys of them; every blob is really opened."""
    found = set()
    by_digest = {entry.digest: entry for entry in entries}
    for name, content in packs.items():
        entry = by_digest.get(layout.digest_in(name))
        if entry is None or pack_id_of(content[:20], name=name) != entry.pack_id:
            continue
        key = vault.keys.unwrap_pack_key(entry.pack_id, entry.key)
        opened = OpenPack(vault.organization, entry.pack_id, key, name=name)
        for row in read_rows(opened, len(content), lambda offset, length, held=content: held[offset : offset + length]):
            sealed = content[row.offset : row.offset + row.length]
            plain = codec.decompress(opened.open_blob(row.blob_id, row.offset, sealed), row.flags, row.plain_length)
            found.add(blob_id(vault.keys.id_key, plain))
    return found


def keys_left(vault: Vault, *, only_known: bool) -> list[SlipEntry]:
    """Return every pack's key that is left in catalogue or store; ``only_known``: of packs the catalogue knows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT uuid_send(id), digest, epoch, wrapped_key FROM backups_vaultpack WHERE organization = %s",
            [vault.organization],
        )
        rows = [(bytes(one), bytes(digest), epoch, key and bytes(key)) for one, digest, epoch, key in cursor.fetchall()]
    known = {digest for _, digest, _, _ in rows}
    entries = [SlipEntry(one, digest, WrappedKey(epoch, key)) for one, digest, epoch, key in rows if key]
    for entry in vault.store.list(layout.prefix(vault.organization, layout.KEYS)):
        if not entry.name.endswith("master"):
            entries += read_slip(vault.organization, vault.store.get(entry.name), name=entry.name)
    return [entry for entry in entries if not only_known or entry.digest in known]
