"""Many objects as one restore point sees them, in one question to the catalogue."""

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from backups.vault.copying import uuid_array
from backups.vault.lookups import BATCH, STILL, VersionRow, database_named


def versions_at(organization: UUID, object_ids: Collection[UUID], commit: int | None) -> dict[UUID, VersionRow]:
    """Return the version of each object that restore point ``commit`` sees (None: now); without those it does not see.

    Raises `CatalogueUnavailable`.
    """
    at, found, listed = STILL - 1 if commit is None else commit, {}, list(object_ids)
    for first in range(0, len(listed), BATCH):
        # One probe of the primary key an object; the planner must not see whose they are (see `lookups`).
        with database_named(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT v.object, v.from_commit, v.to_commit, v.size, v.sha256, v.recipe, v.meta"
                " FROM unnest(%(ids)s::uuid[]) AS wanted (id)"
                " CROSS JOIN LATERAL (SELECT * FROM backups_vaultversion"
                "   WHERE organization = (SELECT %(organization)s::uuid) AND object = wanted.id AND to_commit > %(at)s"
                "   ORDER BY to_commit LIMIT 1) v WHERE v.from_commit <= %(at)s",
                {"ids": uuid_array(listed[first : first + BATCH]), "organization": organization, "at": at},
            )
            rows = cursor.fetchall()
        found |= {row[0]: VersionRow(*row[:4], bytes(row[4]), bytes(row[5]), bytes(row[6])) for row in rows}
    return found


def names_of(organization: UUID, object_ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """Return (account, external id) of each object there is. Raises `CatalogueUnavailable`."""
    found, listed = {}, list(object_ids)
    for first in range(0, len(listed), BATCH):
        with database_named(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT o.id, o.account, o.external_id FROM unnest(%(ids)s::uuid[]) AS wanted (id)"
                " CROSS JOIN LATERAL (SELECT * FROM backups_vaultobject"
                "   WHERE organization = (SELECT %(organization)s::uuid) AND id = wanted.id LIMIT 1) o",
                {"ids": uuid_array(listed[first : first + BATCH]), "organization": organization},
            )
            found |= {row[0]: (row[1], row[2]) for row in cursor.fetchall()}
    return found
