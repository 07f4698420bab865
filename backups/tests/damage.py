"""What can happen to the objects of a store behind our back: one change at a time, each undone afterwards."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID


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
