"""Ids in addresses, and references to saved states of objects as pages hand them around: "container:object:commit"."""

from dataclasses import dataclass
from uuid import UUID

MOST_REFERENCES = 10_000


@dataclass(frozen=True, slots=True)
class Reference:
    """One saved state: the container's uuid, the vault's id of the record, the commit the state began with."""

    container: UUID
    object: UUID
    from_commit: int

    def __str__(self) -> str:
        return f"{self.container}:{self.object}:{self.from_commit}"


def uuid_in(text: str) -> UUID | None:
    """Return the uuid that an address names, or None for what is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def read_reference(text: str) -> Reference | None:
    """Return what ``text`` refers to, or None for what is no reference."""
    container, _, rest = text.partition(":")
    one, _, commit = rest.partition(":")
    if not commit.isascii() or not commit.isdecimal() or len(commit) > 18:
        return None
    try:
        return Reference(UUID(container), UUID(one), int(commit))
    except ValueError:
        return None


def read_references(texts: list[str]) -> list[Reference]:
    """Return the references in ``texts`` in their order, each once; what is none is left out."""
    found = dict.fromkeys(filter(None, map(read_reference, texts[:MOST_REFERENCES])))
    return list(found)
