"""What a commit of a vault saved: which objects got a new version, and the versions that are not in the index yet."""

from collections.abc import Collection, Iterator
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from backups.engine.notes import RECORD, external_id, object_id_in
from backups.vault import copying, ids
from backups.vault.errors import Damaged, KeyDestroyed, NotInStore
from backups.vault.lookups import CatalogueIndex, VersionRow
from backups.vault.manifest import read_manifest
from backups.vault.reading import Reader
from backups.vault.recipe import BlobRef
from backups.vault.vault import Vault

# What reading raises where one thing cannot be read, and others can.
UNREADABLE = (Damaged, NotInStore, KeyDestroyed)


class Saved(NamedTuple):
    """A version of the record of an object."""

    account: str
    object_id: str
    version: VersionRow


def reader_of(vault: Vault) -> Reader:
    """Return a reader of the vault by its catalogue."""
    return Reader(vault.keys, vault.store, CatalogueIndex(vault.organization))


def commits_after(organization: UUID, commit: int) -> list[int]:
    """Return the numbers of the commits above ``commit`` that saved anything, in order."""
    rows = _rows(
        "SELECT DISTINCT commit FROM backups_vaultmanifest WHERE organization = %s AND commit > %s ORDER BY commit",
        [organization, commit],
    )
    return [number for (number,) in rows]


def touched(vault: Vault, commit: int) -> Iterator[tuple[str, list[str]]]:
    """Yield (account, object ids) of what a commit saved, by its manifests; by the catalogue where one is damaged."""
    reader = reader_of(vault)
    manifests = _rows(
        "SELECT account, blob FROM backups_vaultmanifest WHERE organization = %s AND commit = %s ORDER BY position",
        [vault.organization, commit],
    )
    for account, blob in manifests:
        try:
            found = _told(reader, bytes(blob))
        except UNREADABLE:
            found = _known(vault.organization, account, commit)
        object_ids = [one for one in map(object_id_in, found) if one is not None]
        if object_ids:
            yield account, object_ids


def unindexed(vault: Vault, account: str, object_ids: Collection[str], commit: int) -> list[Saved]:
    """Return the versions of objects that ``commit`` made, are kept still and have no entry yet."""
    by_id = {ids.object_id(vault.keys.object_key, account, external_id(RECORD, one)): one for one in object_ids}
    rows = _rows(
        "SELECT v.* FROM unnest(%s::uuid[]) AS wanted (id) CROSS JOIN LATERAL ("
        "  SELECT object, from_commit, to_commit, size, sha256, recipe, meta FROM backups_vaultversion"
        "  WHERE organization = (SELECT %s::uuid) AND object = wanted.id AND from_commit = %s LIMIT 1) v"
        " WHERE NOT EXISTS (SELECT 1 FROM backups_searchentry e WHERE e.organization = (SELECT %s::uuid)"
        "  AND e.object = v.object AND e.from_commit = v.from_commit)",
        [copying.uuid_array(by_id), vault.organization, commit, vault.organization],
    )
    return [Saved(account, by_id[row[0]], _version(row)) for row in rows]


def parts_at(vault: Vault, account: str, external_ids: Collection[str], commit: int) -> dict[str, VersionRow]:
    """Return {external id: version} of those that a commit sees."""
    by_id = {ids.object_id(vault.keys.object_key, account, one): one for one in external_ids}
    rows = _rows(
        "SELECT v.* FROM unnest(%s::uuid[]) AS wanted (id) CROSS JOIN LATERAL ("
        "  SELECT object, from_commit, to_commit, size, sha256, recipe, meta FROM backups_vaultversion"
        "  WHERE organization = (SELECT %s::uuid) AND object = wanted.id AND to_commit > %s"
        "  ORDER BY to_commit LIMIT 1) v WHERE v.from_commit <= %s",
        [copying.uuid_array(by_id), vault.organization, commit, commit],
    )
    return {by_id[row[0]]: _version(row) for row in rows}


def _told(reader: Reader, blob_id: bytes) -> list[str]:
    place = reader.index.places([blob_id]).get(blob_id)
    if place is None:
        raise NotInStore("A manifest lies in no pack that the catalogue knows.")
    _, entries = read_manifest(b"".join(reader.blobs([BlobRef(blob_id, place.plain_length)])))
    return [entry.external_id for entry in entries if entry.recipe is not None]


def _known(organization: UUID, account: str, commit: int) -> list[str]:
    rows = _rows(
        "SELECT o.external_id FROM backups_vaultobject o CROSS JOIN LATERAL ("
        "  SELECT 1 FROM backups_vaultversion v WHERE v.organization = o.organization AND v.object = o.id"
        "  AND v.from_commit = %s LIMIT 1) v WHERE o.organization = %s AND o.account = %s",
        [commit, organization, account],
    )
    return [external for (external,) in rows]


def _version(row: tuple) -> VersionRow:
    return VersionRow(row[0], row[1], row[2], row[3], bytes(row[4]), bytes(row[5]), bytes(row[6]))


def _rows(sql: str, values: list) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
