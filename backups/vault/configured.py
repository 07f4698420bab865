"""Which store and which root keys this installation uses.

VAULT_STORE       the store's address (see `stores.open`)
VAULT_ROOT_KEYS   root keys, the one that wraps first; or
VAULT_ROOT_FILE   a file that holds them
"""

import os
from pathlib import Path

from backups.vault.root_keys import RootKeys, root_keys_from_environment, root_keys_from_file
from backups.vault.stores.base import Store, StoreMisconfigured
from backups.vault.stores.open import open_store


def has_store() -> bool:
    """Return whether a store is named at all."""
    return bool(os.environ.get("VAULT_STORE"))


def configured_store(address: str = "") -> Store:
    """Return the store at ``address``, or the one in the environment.

    Raises `StoreMisconfigured` or `StoreUnavailable`.
    """
    address = address or os.environ.get("VAULT_STORE", "")
    if not address:
        raise StoreMisconfigured("No store is named. Nothing was done; set VAULT_STORE, or say --store.")
    return open_store(address)


def configured_root(file: Path | None = None) -> RootKeys:
    """Return the root keys in ``file``, or those of the environment. Raises `KeyMissing` or `KeyProblem`."""
    named = file or os.environ.get("VAULT_ROOT_FILE")
    return root_keys_from_file(Path(named)) if named else root_keys_from_environment()
