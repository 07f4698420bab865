"""Figures about a vault, as the catalogue knows them."""

from uuid import UUID

from django.db import connection

from backups.vault import lookups

_SQL = """
SELECT (SELECT head_number FROM backups_vaultorganization WHERE organization = %(one)s) AS commits,
       (SELECT max(epoch) FROM backups_vaultkey WHERE organization = %(one)s) AS epoch,
       (SELECT count(*) FROM backups_vaultobject WHERE organization = %(one)s) AS objects,
       (SELECT count(DISTINCT account) FROM backups_vaultobject WHERE organization = %(one)s) AS accounts,
       (SELECT count(*) FROM backups_vaultversion WHERE organization = %(one)s) AS versions,
       (SELECT coalesce(sum(size), 0)::bigint FROM backups_vaultversion WHERE organization = %(one)s) AS version_bytes,
       (SELECT count(*) FROM backups_vaultblob WHERE organization = %(one)s) AS blobs,
       p.*
FROM (SELECT count(*) FILTER (WHERE doomed_at IS NULL) AS packs,
             coalesce(sum(size) FILTER (WHERE doomed_at IS NULL), 0)::bigint AS pack_bytes,
             coalesce(sum(live_bytes) FILTER (WHERE doomed_at IS NULL), 0)::bigint AS live_bytes,
             count(*) FILTER (WHERE doomed_at IS NOT NULL) AS doomed_packs,
             coalesce(sum(size) FILTER (WHERE doomed_at IS NOT NULL), 0)::bigint AS doomed_bytes,
             count(*) FILTER (WHERE doomed_at IS NULL AND checked_at IS NULL) AS packs_never_read_again,
             min(checked_at) FILTER (WHERE doomed_at IS NULL) AS oldest_check
      FROM backups_vaultpack WHERE organization = %(one)s) p
"""


def statistics_of(organization: UUID) -> dict:
    """Return counts and bytes of one organization; ``oldest_check`` is when the pack checked longest ago was right.

    Raises LookupError where there is no vault.
    """
    lookups.head(organization)
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"one": organization})
        columns = [column.name for column in cursor.description]
        return dict(zip(columns, cursor.fetchone(), strict=True))
