"""The key records of an organization as they lie in its store: read, written, exchanged and removed.

A record is exchanged by way of a spare beside it (``master.next``), so that at every moment the store holds one that
opens; whoever reads takes both, and a crash in between is mended by doing it again.
"""

from contextlib import suppress
from uuid import UUID

from backups.vault import layout
from backups.vault.errors import AlreadyThere, KeyProblem, NotInStore
from backups.vault.keys import record_epoch
from backups.vault.stores.base import Store

_SPARE = ".next"


def stored_records(store: Store, organization: UUID) -> list[bytes]:
    """Return every key record in the store, spares included, the oldest epoch first."""
    names = [entry.name for entry in store.list(layout.prefix(organization, layout.KEYS))]
    return [store.get(name) for name in names if name.rpartition("/")[2].startswith("master")]


def best_records(records: list[bytes], root_name: bytes) -> list[bytes]:
    """Return one record an epoch, that of the root key called ``root_name`` where there is a choice."""
    best: dict[int, bytes] = {}
    for record in records:
        epoch, wrapped_by = record_epoch(record)
        if epoch not in best or wrapped_by == root_name:
            best[epoch] = record
    return [record for _, record in sorted(best.items())]


def put_record(store: Store, organization: UUID, epoch: int, record: bytes) -> None:
    """Make ``record`` the one the store holds for that epoch; repeating it after a crash is safe."""
    name = layout.master_name(organization, epoch)
    held, spare = _get(store, name), _get(store, name + _SPARE)
    if held is not None and held != record:
        if spare != record:
            store.delete(name + _SPARE)
            _put(store, name + _SPARE, record)
        store.delete(name)
    if held != record:
        _put(store, name, record)
    store.delete(name + _SPARE)


def remove_record(store: Store, organization: UUID, epoch: int) -> None:
    """Remove the record of one epoch from the store, spare included."""
    name = layout.master_name(organization, epoch)
    store.delete(name + _SPARE)
    store.delete(name)


def _get(store: Store, name: str) -> bytes | None:
    with suppress(NotInStore):
        return store.get(name)
    return None


def _put(store: Store, name: str, record: bytes) -> None:
    try:
        store.put_if_absent(name, record)
    except AlreadyThere:
        if store.get(name) != record:
            raise KeyProblem(
                f"Somebody else is changing the key record {name} at the same time. Nothing was lost; run this again"
                " when the other one has ended.",
                key=name,
            ) from None
