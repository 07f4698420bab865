"""Replacing keys: the root key of an installation, and the master of an organization.

Neither moves any content. A new root key wraps each organization's few records again. A new epoch of an organization
gives it another master, which wraps the keys of its packs again (`rewrapping`); its identity, and with it the names of
blobs, stays. Both go on where they were when they are run again after they broke off.

The record of an epoch that wraps nothing any more is destroyed after `GRACE`, so that a job which began before the
rotation can end with the keys it has.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from backups.vault.errors import KeyProblem
from backups.vault.faults import fault_point
from backups.vault.key_records import put_record, remove_record
from backups.vault.keys import next_epoch, record_epoch, wrap_again
from backups.vault.root_keys import RootKeys
from backups.vault.stores.base import Store
from backups.vault.vault import Vault

GRACE = timedelta(days=7)


def rotate_root(organization: UUID, *, store: Store, root: RootKeys) -> int:
    """Wrap the records of an organization with the newest root key and return how many were not yet.

    Catalogue and store get the same records; one that the store had lost is put back. Raises a `KeyProblem` when a
    record does not open; then it is left as it is.
    """
    changed = 0
    # The rows stay locked, so that a key which is destroyed meanwhile is not put back into the store.
    with transaction.atomic(), connection.cursor() as cursor:
        _newest_epoch(cursor, organization)
        cursor.execute(
            "SELECT epoch, record FROM backups_vaultkey WHERE organization = %s AND record IS NOT NULL ORDER BY epoch",
            [organization],
        )
        for epoch, record in [(epoch, bytes(record)) for epoch, record in cursor.fetchall()]:
            if record_epoch(record)[1] != root.name:
                record = wrap_again(organization, record, root)
                cursor.execute(
                    "UPDATE backups_vaultkey SET record = %s, root_name = %s WHERE organization = %s AND epoch = %s",
                    [record, root.name, organization, epoch],
                )
                changed += 1
            put_record(store, organization, epoch, record)
            fault_point("rotation.record_stored")
    return changed


def begin_epoch(vault: Vault, *, root: RootKeys, now: datetime) -> Vault:
    """Give an organization a new master and return its vault with it; the epoch before is retired from ``now`` on.

    The record is durable in the store before anything is wrapped with it. Jobs that opened the vault before go on with
    the keys they have; what they write is wrapped again by the next `rewrapping.wrap_packs_again`. Raises `KeyProblem`
    when another rotation came first.
    """
    organization, store = vault.organization, vault.store
    keys, record = next_epoch(vault.keys, root)
    with transaction.atomic(), connection.cursor() as cursor:
        if _newest_epoch(cursor, organization) != vault.keys.epoch:
            raise KeyProblem(
                f"The keys of {organization} were rotated by somebody else meanwhile. Nothing was changed; open the"
                " vault again.",
                key=f"epoch {vault.keys.epoch}",
            )
        put_record(store, organization, keys.epoch, record)
        fault_point("rotation.epoch_stored")
        cursor.execute(
            "INSERT INTO backups_vaultkey (organization, epoch, record, root_name, created_at)"
            " VALUES (%s, %s, %s, %s, %s)",
            [organization, keys.epoch, record, root.name, now],
        )
        cursor.execute(
            "UPDATE backups_vaultkey SET retired_at = %s"
            " WHERE organization = %s AND epoch < %s AND retired_at IS NULL AND record IS NOT NULL",
            [now, organization, keys.epoch],
        )
    return Vault(organization, store, keys)


def destroy_retired(vault: Vault, *, now: datetime) -> list[int]:
    """Destroy the records of epochs that wrap nothing and were retired `GRACE` ago; return all that are destroyed."""
    organization = vault.organization
    with transaction.atomic(), connection.cursor() as cursor:
        newest = _newest_epoch(cursor, organization)
        cursor.execute(
            "UPDATE backups_vaultkey k SET record = NULL, destroyed_at = %s WHERE organization = %s AND epoch < %s"
            " AND record IS NOT NULL AND retired_at <= %s AND NOT EXISTS (SELECT 1 FROM backups_vaultpack p"
            "   WHERE p.organization = k.organization AND p.epoch = k.epoch AND p.wrapped_key IS NOT NULL)",
            [now, organization, newest, now - GRACE],
        )
        cursor.execute(
            "SELECT epoch FROM backups_vaultkey WHERE organization = %s AND record IS NULL ORDER BY epoch",
            [organization],
        )
        destroyed = [epoch for (epoch,) in cursor.fetchall()]
    fault_point("rotation.destroyed")
    # Also those of earlier times: the process may have died before it came to the store.
    for epoch in destroyed:
        remove_record(vault.store, organization, epoch)
    return destroyed


def _newest_epoch(cursor, organization: UUID) -> int:
    """Return the newest epoch, with all of them locked until the transaction ends.

    A commit holds the epochs of its packs, so none is in the middle then, and those that follow see what was done.
    """
    cursor.execute(
        "SELECT 1 FROM backups_vaultkey WHERE organization = %s ORDER BY epoch FOR NO KEY UPDATE", [organization]
    )
    # Asked anew: who held the lock may have added one.
    cursor.execute("SELECT max(epoch) FROM backups_vaultkey WHERE organization = %s", [organization])
    return cursor.fetchone()[0] or 0
