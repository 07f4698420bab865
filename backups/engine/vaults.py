"""The vault of a client, made when it is first needed."""

from datetime import datetime

from backups.models import VaultOrganization
from backups.vault.configured import configured_root, configured_store
from backups.vault.errors import AlreadyThere
from backups.vault.vault import Vault, create_vault, open_vault
from organizations.models import Organization


def vault_of(organization: Organization, *, now: datetime) -> Vault:
    """Return the vault of ``organization``.

    Raises `StoreMisconfigured` where the installation names no store, and whatever opening raises.
    """
    store, root = configured_store(), configured_root()
    if not VaultOrganization.objects.filter(organization=organization.uuid).exists():
        try:
            return create_vault(organization.uuid, store=store, root=root, now=now)
        except AlreadyThere:
            # Another worker was faster.
            pass
    return open_vault(organization.uuid, store=store, root=root)
