"""The vault of one organization: its id, its store and its keys, together."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

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

    The key record is durable in the store before anything is sealed with it. Raises `AlreadyThere`.
    """
    keys, record = new_keys(organization, root)
    if lookups.key_records(organization):
        raise AlreadyThere(
            f"Organization {organization} has a vault already. Nothing was changed; open it instead.",
            name=str(organization),
        )
    store.put_if_absent(layout.master_name(organization, keys.epoch), record)
    catalogue.add_organization(organization, epoch=keys.epoch, record=record, root_name=root.name, now=now)
    return Vault(organization, store, keys)


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
