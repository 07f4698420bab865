"""What the catalogue is asked: SQL that only reads, in batches, past the ORM.

Every function is about one organization and belongs behind a door that knows whose it is.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import DatabaseError, InterfaceError, OperationalError, connection

from backups.vault.copying import byte_array, uuid_array
from backups.vault.errors import CatalogueUnavailable, KeyDestroyed
from backups.vault.keys import WrappedKey
from backups.vault.reading import PackPlace, Place

# Larger ones are no faster and hold more memory.
BATCH = 500
STILL = 2**63 - 1


class VersionRow(NamedTuple):
    """One saved state of an object, as the catalogue knows it."""

    object_id: UUID
    from_commit: int
    to_commit: int
    size: int
    sha256: bytes
    recipe: bytes
    meta: bytes


class ObjectRow(NamedTuple):
    """An object of an account with the version a restore point sees."""

    external_id: str
    version: VersionRow


# One probe of the primary key a blob. The planner must not see whose the blobs are: of an organization that is new
# since it last counted it expects a single row, and would read all of its blobs by their pack, each time.
_PROBED = """
    FROM unnest(%(ids)s::bytea[]) AS wanted (id)
    CROSS JOIN LATERAL (SELECT * FROM backups_vaultblob WHERE organization = (SELECT %(organization)s::uuid)
                        AND id = wanted.id LIMIT 1) b
"""
_VERSION = "v.object, v.from_commit, v.to_commit, v.size, v.sha256, v.recipe, v.meta"


def head(organization: UUID) -> tuple[int, bytes]:
    """Return (number, digest) of the newest accepted commit.

    Raises LookupError where there is no vault, and `KeyDestroyed` where the organization was erased.
    """
    rows = _rows(
        "SELECT head_number, head_digest, erased_at FROM backups_vaultorganization WHERE organization = %s",
        [organization],
    )
    if not rows:
        raise LookupError(f"Organization {organization} has no vault.")
    if rows[0][2] is not None:
        raise KeyDestroyed(f"Organization {organization} was erased. Nothing is stored for it any more.")
    return rows[0][0], bytes(rows[0][1])


def key_records(organization: UUID) -> list[bytes | None]:
    """Return the key records of all epochs, None for destroyed ones."""
    rows = _rows("SELECT record FROM backups_vaultkey WHERE organization = %s ORDER BY epoch", [organization])
    return [record and bytes(record) for (record,) in rows]


def filled_accounts(organization: UUID, accounts: Collection[str]) -> set[str]:
    """Return those accounts of which any object was ever stored."""
    rows = _rows(
        "SELECT wanted.account FROM unnest(%s::text[]) AS wanted (account) CROSS JOIN LATERAL (SELECT 1 FROM"
        " backups_vaultobject WHERE organization = (SELECT %s::uuid) AND account = wanted.account LIMIT 1) o",
        [list(accounts), organization],
    )
    return {account for (account,) in rows}


def packs_of_blobs(organization: UUID, blob_ids: Collection[bytes]) -> dict[bytes, bytes]:
    """Return {blob id: pack id} of those blobs that lie in packs which may be referred to."""
    found = {}
    for batch in _batches(blob_ids):
        rows = _rows(
            f"SELECT b.id, uuid_send(b.pack) {_PROBED}"
            " JOIN backups_vaultpack p ON p.organization = b.organization AND p.id = b.pack AND p.doomed_at IS NULL",
            {"ids": byte_array(batch), "organization": organization},
        )
        found.update([(bytes(blob_id), bytes(pack)) for blob_id, pack in rows])
    return found


def current_versions(organization: UUID, object_ids: Collection[UUID]) -> dict[UUID, VersionRow]:
    """Return the version that stands of each object that has one."""
    found = {}
    for batch in _batches(object_ids):
        rows = _rows(
            f"SELECT {_VERSION} FROM backups_vaultversion v"  # noqa: S608 - our own words
            " WHERE v.organization = %s AND v.object = ANY(%s::uuid[]) AND v.to_commit = %s",
            [organization, uuid_array(batch), STILL],
        )
        found.update([(row[0], _version(row)) for row in rows])
    return found


def version_at(organization: UUID, object_id: UUID, commit: int | None = None) -> VersionRow | None:
    """Return the version of an object that restore point ``commit`` sees; the newest that stands for None."""
    at = STILL - 1 if commit is None else commit
    rows = _rows(
        f"SELECT {_VERSION} FROM backups_vaultversion v WHERE v.organization = %s AND v.object = %s"  # noqa: S608
        " AND v.to_commit > %s ORDER BY v.to_commit LIMIT 1",
        [organization, object_id, at],
    )
    return _version(rows[0]) if rows and rows[0][1] <= at else None


def versions_of(organization: UUID, object_id: UUID, *, newest_first: bool = True) -> list[VersionRow]:
    """Return every kept version of an object."""
    order = "DESC" if newest_first else "ASC"
    rows = _rows(
        f"SELECT {_VERSION} FROM backups_vaultversion v WHERE v.organization = %s AND v.object = %s"  # noqa: S608
        f" ORDER BY v.to_commit {order}",
        [organization, object_id],
    )
    return [_version(row) for row in rows]


def objects_of(organization: UUID, account: str, commit: int | None = None) -> Iterator[ObjectRow]:
    """Yield every object of an account that restore point ``commit`` sees (None: now), a batch in memory at a time."""
    at, after = STILL - 1 if commit is None else commit, UUID(int=0)
    while True:
        rows = _rows(
            f"SELECT {_VERSION}, o.external_id FROM backups_vaultobject o"  # noqa: S608 - our own words
            " JOIN LATERAL (SELECT * FROM backups_vaultversion v WHERE v.organization = o.organization"
            "   AND v.object = o.id AND v.to_commit > %s ORDER BY v.to_commit LIMIT 1) v ON v.from_commit <= %s"
            " WHERE o.organization = %s AND o.account = %s AND o.id > %s ORDER BY o.id LIMIT %s",
            [at, at, organization, account, after, BATCH],
        )
        for row in rows:
            yield ObjectRow(row[7], _version(row))
        if len(rows) < BATCH:
            return
        after = rows[-1][0]


class CatalogueIndex:
    """Where blobs lie, by the catalogue; what `Reader` asks."""

    def __init__(self, organization: UUID) -> None:
        self.organization = organization

    def places(self, blob_ids: Collection[bytes]) -> dict[bytes, Place]:
        found = {}
        for batch in _batches(blob_ids):
            rows = _rows(
                f"SELECT b.id, uuid_send(b.pack), b.start, b.length, b.plain_length, b.flags {_PROBED}",
                {"ids": byte_array(batch), "organization": self.organization},
            )
            found.update([(bytes(row[0]), Place(bytes(row[1]), *row[2:])) for row in rows])
        return found

    def packs(self, pack_ids: Collection[bytes]) -> dict[bytes, PackPlace]:
        rows = _rows(
            "SELECT uuid_send(id), digest, epoch, wrapped_key FROM backups_vaultpack"
            " WHERE organization = %s AND id = ANY(%s::uuid[])",
            [self.organization, uuid_array(pack_ids)],
        )
        return {
            bytes(pack_id): PackPlace(bytes(digest), None if key is None else WrappedKey(epoch, bytes(key)))
            for pack_id, digest, epoch, key in rows
        }


def restore_point(organization: UUID, moment: datetime) -> int:
    """Return the newest commit made up to ``moment``, 0 when there was none yet."""
    rows = _rows(
        "SELECT max(number) FROM backups_vaultcommit WHERE organization = %s AND made_at <= %s", [organization, moment]
    )
    return rows[0][0] or 0


def _version(row) -> VersionRow:
    return VersionRow(row[0], row[1], row[2], row[3], bytes(row[4]), bytes(row[5]), bytes(row[6]))


def _batches(ids: Collection) -> Iterator[list]:
    listed = list(ids)
    for at in range(0, len(listed), BATCH):
        yield listed[at : at + BATCH]


def _rows(sql: str, values: list | dict) -> list[tuple]:
    with database_named(), connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


@contextmanager
def database_named() -> Iterator[None]:
    """Turn the database's own outages into `CatalogueUnavailable`."""
    try:
        yield
    except (DatabaseError, InterfaceError) as problem:
        # A connection that breaks during COPY is told by the class above all others.
        if not isinstance(problem, OperationalError | InterfaceError) and type(problem) is not DatabaseError:
            raise
        raise CatalogueUnavailable(
            f"The database did not answer: {problem}. What was committed is safe; whether the last commit counted is"
            " seen by the cursor in the database. Run the slice again from there."
        ) from problem
