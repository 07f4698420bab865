"""What commits did to the past, done again: erasures, manifests written anew, and versions retention let go.

Before the head moves, everything older than it is brought to the state of the newest commit, so that a rebuild that
breaks off half way has brought nothing back.
"""

from collections.abc import Collection
from uuid import UUID

from django.db import connection, transaction

from backups.vault import copying, ids
from backups.vault.chain import Chain
from backups.vault.commits import Commit
from backups.vault.retention import apply_rule, rule_in
from backups.vault.vault import Vault

# In a commit's ``extra``: a rebuild put it behind a rival, whose manifests it could not know of.
ADOPTED = "adopted"
_PAGE = 5_000


class Replay:
    """Applies the chain of one organization to its catalogue, besides packs, blobs and new versions."""

    def __init__(self, vault: Vault, chain: Chain) -> None:
        self.vault, self.chain = vault, chain
        self.organization = vault.organization

    def begin(self, *, after: int) -> None:
        """Erase from an older catalogue what was erased since, and let its manifests be those that stand now."""
        if not after:
            return
        since = {digest: number for digest, number in self.chain.tombstones.items() if number > after}
        with transaction.atomic():
            if since:
                self._erase(since)
            self._replace_manifests(after)

    def apply(self, commit: Commit) -> None:
        """Do what a commit did besides its manifests, inside its transaction."""
        with connection.cursor() as cursor:
            if commit.kind == "retain":
                apply_rule(cursor, self.organization, self.vault.keys, rule_in(commit))
            if commit.tombstones and commit.extra.get(ADOPTED):
                self._erase(commit.tombstones)
            cursor.executemany(
                "INSERT INTO backups_vaulttombstone (organization, digest, commit, erased_at) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (organization, digest) DO UPDATE SET commit = EXCLUDED.commit,"
                " erased_at = EXCLUDED.erased_at",
                [(self.organization, digest, commit.number, commit.made_at) for digest in commit.tombstones],
            )

    def _erase(self, tombstones: Collection[bytes]) -> None:
        key, accounts = self.vault.keys.tombstone_key, {}
        erased: list[UUID] = []
        for page in self._objects():
            for one, account, external_id in page:
                if account not in accounts:
                    accounts[account] = ids.tombstone(key, account) in tombstones
                if accounts[account] or ids.tombstone(key, account, external_id) in tombstones:
                    erased.append(one)
        with connection.cursor() as cursor:
            for table, column in (("backups_vaultversion", "object"), ("backups_vaultobject", "id")):
                cursor.execute(
                    f"DELETE FROM {table} WHERE organization = %s AND {column} = ANY(%s::uuid[])",  # noqa: S608
                    [self.organization, copying.uuid_array(erased)],
                )

    def _objects(self):
        after = UUID(int=0)
        while True:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT id, account, external_id FROM backups_vaultobject WHERE organization = %s AND id > %s"
                    " ORDER BY id LIMIT %s",
                    [self.organization, after, _PAGE],
                )
                rows = cursor.fetchall()
            yield rows
            if len(rows) < _PAGE:
                return
            after = rows[-1][0]

    def _replace_manifests(self, after: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT commit, position, blob FROM backups_vaultmanifest"
                " WHERE organization = %s AND blob = ANY(%s::bytea[])",
                [self.organization, copying.byte_array(self.chain.replaced)],
            )
            for commit, position, blob in cursor.fetchall():
                newest = self.chain.newest(bytes(blob), after)
                change = "UPDATE backups_vaultmanifest SET blob = %s" if newest else "DELETE FROM backups_vaultmanifest"
                cursor.execute(
                    f"{change} WHERE organization = %s AND commit = %s AND position = %s",
                    [*([newest] if newest else []), self.organization, commit, position],
                )
