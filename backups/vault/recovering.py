"""A vault opened again from its recovery sheet, after the root key was lost."""

from collections.abc import Callable
from datetime import datetime

from backups.vault.chain import read_chain
from backups.vault.errors import KeyMissing
from backups.vault.key_records import put_record, stored_records
from backups.vault.keys import OrganizationKeys, open_keys, record_epoch
from backups.vault.rebuilding import Rebuilt, rebuild
from backups.vault.recovery import records_on_sheet
from backups.vault.root_keys import RootKeys
from backups.vault.stores.base import Store


def recover(
    sheet: str,
    passphrase: str,
    *,
    store: Store,
    root: RootKeys,
    now: datetime,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Rebuilt:
    """Wrap the keys on a sheet with ``root``, put them into store and catalogue, and bring that up to the store.

    Nothing is changed before it is certain that these keys read this store. Raises `KeyProblem` for a sheet or
    passphrase that is wrong, `KeyMissing` for a sheet made before the keys were rotated, and what `rebuild` raises.
    """
    organization, records = records_on_sheet(sheet, passphrase, root)
    keys = open_keys(organization, records, root)
    _require_current(store, keys)
    chain = read_chain(store, keys)
    if chain.problems and not chain.links:
        raise chain.problems[0]
    for record in records:
        put_record(store, organization, record_epoch(record)[0], record)
    return rebuild(organization, store=store, root=root, now=now, progress=progress)


def _require_current(store: Store, keys: OrganizationKeys) -> None:
    """Refuse a sheet whose keys are older than those in the store."""
    epochs = {record_epoch(record)[0] for record in stored_records(store, keys.organization)}
    newest = max(epochs, default=keys.epoch)
    if newest > keys.epoch:
        raise KeyMissing(
            f"The sheet holds the keys of epoch {keys.epoch}, and the store was rotated to epoch {newest} since."
            " Nothing was changed; use the sheet that was printed after the rotation, or the root key.",
            key=f"epoch {newest}",
        )
