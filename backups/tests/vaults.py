"""Vaults for tests: fixed organizations, keys that are the same every time, small stores."""

import hashlib
from uuid import UUID

from backups.vault.keys import OrganizationKeys, new_keys
from backups.vault.root_keys import HeldRootKeys

ACME = UUID("ac3e0000-0000-4000-8000-000000000001")
BOLT = UUID("b0170000-0000-4000-8000-000000000002")
ROOT = HeldRootKeys([hashlib.sha256(b"a root key for tests").digest()])


def fixed_bytes(word: str, length: int) -> bytes:
    """Return bytes that look random and are the same in every run."""
    return hashlib.shake_256(word.encode()).digest(length)


def acme_keys() -> OrganizationKeys:
    return new_keys(ACME, ROOT)[0]


def bolt_keys() -> OrganizationKeys:
    return new_keys(BOLT, ROOT)[0]
