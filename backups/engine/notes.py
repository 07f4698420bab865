"""What the vault is told about each version besides its bytes, and how records are written down.

A note belongs to the record of an object: which feed it lies in, which tags its record and parts had, and the values
people search by. It is what the next pass compares with, so that what has not changed is never fetched.
"""

import json
from dataclasses import dataclass, field
from typing import Any

RECORD, FEED = "record", "feed"


@dataclass(frozen=True, slots=True)
class Note:
    """The note of a record; ``parts`` are (tag, bytes) of the parts that are kept, ``size`` the bytes of the record."""

    tag: str
    feed: str
    parent: str = ""
    parts: dict[str, tuple[str, int]] = field(default_factory=dict, hash=False)
    size: int = 0
    facts: dict[str, Any] = field(default_factory=dict, hash=False)

    @property
    def tags(self) -> dict[str, str]:
        """The tags of the parts that are kept."""
        return {name: tag for name, (tag, _) in self.parts.items()}

    @property
    def whole_size(self) -> int:
        """The bytes of the record and all parts, as the source has them."""
        return self.size + sum(size for _, size in self.parts.values())

    def as_bytes(self) -> bytes:
        """Return the note as the vault keeps it."""
        plain = {"t": self.tag, "f": self.feed, "p": self.parent, "b": self.parts, "s": self.size, "x": self.facts}
        return canonical({name: value for name, value in plain.items() if value})


def read_note(meta: bytes) -> Note:
    """Return the note in ``meta``."""
    plain = json.loads(meta)
    return Note(
        tag=plain.get("t", ""),
        feed=plain.get("f", ""),
        parent=plain.get("p", ""),
        parts={name: tuple(part) for name, part in plain.get("b", {}).items()},
        size=plain.get("s", 0),
        facts=plain.get("x", {}),
    )


def canonical(value: Any) -> bytes:
    """Return JSON in its one form: the same value has the same bytes, whatever order it came in."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def external_id(name: str, object_id: str) -> str:
    """Return what the vault calls a part of an object: its name and the provider's id."""
    return f"{name}/{object_id}"


def object_id_in(external: str, name: str = RECORD) -> str | None:
    """Return whose ``name`` the vault's ``external`` is, or None for another part."""
    head, _, object_id = external.partition("/")
    return object_id if head == name else None
