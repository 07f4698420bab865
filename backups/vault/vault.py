"""The vault of one organization: its id, its store and its keys, together."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError

from backups.vault import catalogue, layout, lookups
from backups.vault.errors import AlreadyThere, KeyDestroyed, KeyMissing
from backups.vault.keys import OrganizationKeys, new_keys, open_keys
from backups.vault.root_keys import RootKeys
from backups.vault.stores.base import Store


@dataclass(frozen=True)
class Vault:
    """What `Writer`, `Reader` and everything that keeps the vault in order work with."""

    organization: UUID
    store: Store
    keys: OrganizationKeys


def create_vault(organization: UUID, *, store: Store, root: RootKeys, now: datetime) -> Vault:
    """Make the vault of an organization that has none and return it.

    The key record is durable in the store before anything is sealed with it. One that a maker left behind who died, or
    that another one has just put there, is taken up. Raises `AlreadyThere`.
    """
    if lookups.key_records(organization):
        raise _there_already(organization)
    keys, record = new_keys(organization, root)
    try:
        store.put_if_absent(layout.master_name(organization, keys.epoch), record)
    except AlreadyThere:
        record = _left_behind(organization, store, keys.epoch)
        keys = open_keys(organization, [record], root)
    try:
        catalogue.add_organization(organization, epoch=keys.epoch, record=record, root_name=root.name, now=now)
    except IntegrityError as problem:
        raise _there_already(organization) from problem
    return Vault(organization, store, keys)


def _left_behind(organization: UUID, store: Store, epoch: int) -> bytes:
    """Return the key record in the store. Nothing may have been sealed with it that the catalogue does not know of."""
    if next(iter(store.list(layout.prefix(organization, layout.COMMITS))), None) is not None:
        raise AlreadyThere(
            f"The store has a vault of organization {organization} that this catalogue does not know. Nothing was"
            " changed; rebuild the catalogue from the store.",
            name=str(organization),
        )
    return store.get(layout.master_name(organization, epoch))


def _there_already(organization: UUID) -> AlreadyThere:
    return AlreadyThere(
        f"Organization {organization} has a vault already. Nothing was changed; open it instead.",
        name=str(organization),
    )


def open_vault(organization: UUID, *, store: Store, root: RootKeys) -> Vault:
    """Return the vault of an organization by the key records in the catalogue.

    Raises `KeyMissing` where there is none, `KeyDestroyed` after the organization was erased, and whatever `open_keys`
    raises.
    """
    records = lookups.key_records(organization)
    kept = [record for record in records if record is not None]
    if records and not kept:
        raise KeyDestroyed(
            f"The keys of organization {organization} were destroyed when it was erased. Nobody can read its content.",
            key=str(organization),
        )
    if not records:
        raise KeyMissing(
            f"Organization {organization} has no vault in this catalogue. If the store has one, rebuild the catalogue.",
            key=str(organization),
        )
    return Vault(organization, store, open_keys(organization, kept, root))
