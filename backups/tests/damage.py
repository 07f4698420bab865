"""What can happen to the objects of a store behind our back: one change at a time, each undone afterwards."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from backups.tests.vaults import ACME, BOLT, EVAS_MAIL, back_up, fixed_bytes, make_vault, reader_of
from backups.vault import lookups
from backups.vault.errors import VaultError
from backups.vault.vault import Vault

IDAS_MAIL = "mail/ida"


def files_of(folder: Path, organization: UUID, kind: str) -> list[Path]:
    """Return the files of one sort of objects, "packs", "commits" or "keys", by name."""
    return sorted(path for path in (folder / str(organization) / kind).rglob("*") if path.is_file())


@contextmanager
def changed(path: Path, content: bytes | None) -> Iterator[None]:
    """Let the file hold ``content``, or be gone for None, and put it right again at the end."""
    before = path.read_bytes()
    path.chmod(0o600)
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    try:
        yield
    finally:
        path.write_bytes(before)


def flipped(content: bytes, at: int, bit: int = 0) -> bytes:
    """Return the content with one bit turned over."""
    altered = bytearray(content)
    altered[at] ^= 1 << bit
    return bytes(altered)


def random_change(chance: random.Random, content: bytes, others: list[bytes]) -> tuple[str, bytes | None]:
    """Return a word for a change and what the file holds after it; ``others`` are contents it may be swapped for."""
    kind = chance.choice(["flip", "cut", "zeroes", "doubled", "moved", "longer", "swap", "empty", "gone"])
    at = chance.randrange(len(content))
    to = min(len(content), at + chance.randint(1, 4_096))
    match kind:
        case "flip":
            after = flipped(content, at, chance.randrange(8))
        case "cut":
            after = content[:at]
        case "zeroes":
            after = content[:at] + bytes(to - at) + content[to:]
        case "doubled":
            after = content[:to] + content[at:to] + content[to:]
        case "moved":
            after = content[:at] + content[to:] + content[at:to]
        case "longer":
            after = content + chance.randbytes(chance.randint(1, 64))
        case "swap":
            after = chance.choice(others)
        case "empty":
            after = b""
        case _:
            after = None
    return (kind, after) if after != content else random_change(chance, content, others)


def vault_to_damage(folder: Path) -> Vault:
    """Return Acme's vault beside Bolt's: two mailboxes in four commits; one object changed and one is large."""
    vault = make_vault(folder)
    back_up(vault, EVAS_MAIL, {f"eva {number}": fixed_bytes(f"e{number}", 900) for number in range(20)})
    back_up(vault, IDAS_MAIL, {f"ida {number}": b"Dear Eva, " * number for number in range(20)})
    back_up(vault, EVAS_MAIL, {"eva 0": b"changed", "empty": b""})
    back_up(vault, IDAS_MAIL, {"film": fixed_bytes("film", 2_500_000)})
    bolts = make_vault(folder, BOLT)
    back_up(bolts, EVAS_MAIL, {f"eva {number}": fixed_bytes(f"e{number}", 900) for number in range(20)})
    return vault


def unreadable_objects(vault: Vault, right: dict | None = None) -> set[tuple[str, str]]:
    """Return the objects that raise a named error; anything that is read must be ``right``, if that is given."""
    reader, unreadable = reader_of(vault), set()
    for account in (EVAS_MAIL, IDAS_MAIL):
        for row in lookups.objects_of(ACME, account):
            try:
                content = reader.read(row.version)
            except VaultError:
                unreadable.add((account, row.external_id))
            else:
                assert right is None or content == right[account][row.external_id]
    return unreadable
