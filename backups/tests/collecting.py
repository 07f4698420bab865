"""Steps that tests of the collector and of erasures share."""

from datetime import datetime, timedelta

from backups.tests.vaults import NOW, back_up, fixed_bytes
from backups.vault import layout
from backups.vault.retention import KeepPoints, retain
from backups.vault.vault import Vault
from backups.vault.writer import Writer

LATER = NOW + timedelta(hours=84)


class StoreClock:
    """The clock of a store, which a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def files(word: str, count: int, length: int = 60_000) -> dict[str, bytes]:
    """Return contents that do not compress, by names that begin with ``word``."""
    return {f"{word} {number}": fixed_bytes(f"{word} {number}", length) for number in range(count)}


def let_go(vault: Vault, account: str, names) -> int:
    """Delete objects at the source and every version of them, so that their bytes are waste."""
    with Writer(vault) as writer:
        for name in names:
            writer.delete(account, name)
    return retain(vault, KeepPoints(frozenset()), now=NOW)


def back_up_often(vault: Vault, account: str, times: int) -> dict[str, bytes]:
    """Make that many small packs and return what is in them."""
    contents = files(account, times, 2_000)
    for name, content in contents.items():
        back_up(vault, account, {name: content})
    return contents


def packs_in_store(vault: Vault) -> set[str]:
    return {entry.name for entry in vault.store.list(layout.prefix(vault.organization, layout.PACKS))}


def names_in_store(vault: Vault) -> set[str]:
    return {entry.name for entry in vault.store.list(layout.prefix(vault.organization))}
