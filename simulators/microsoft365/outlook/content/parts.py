"""Attachments: what is known of one without its bytes, and the bytes when they are wanted."""

import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.outlook.content.dice import dice_for

FILE, ITEM, REFERENCE = "file", "item", "reference"
_FILES = (
    ("invoice.pdf", "application/pdf"),
    ("figures.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("contract.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("Fotos März.zip", "application/zip"),
    ("notes.txt", "text/plain"),
    ("scan.png", "image/png"),
    ("export.csv", "text/csv"),
)


@dataclass(frozen=True)
class Part:
    """One attachment of an item."""

    id: UUID
    kind: str
    name: str
    content_type: str
    size: int
    at: datetime
    # The bytes of a file; the RFC 822 text of a message inside.
    make: Callable[[], bytes] = field(compare=False)
    is_inline: bool = False
    content_id: str = ""
    # For an item inside: the mail, or the item as somebody posted it.
    inner: object = field(default=None, compare=False)


def derived_file(item_id: UUID, edition: int, number: int, at: datetime, *, most: int = 40_000) -> Part:
    """Return file ``number`` of an item."""
    dice = dice_for(item_id, edition, "file", number)
    name, content_type = dice.choice(_FILES)
    stem, _, ending = name.rpartition(".")
    size = dice.randrange(200, most)
    return Part(
        id=derived_id(item_id, edition, "attachment", number),
        kind=FILE,
        name=f"{stem} {number + 1}.{ending}",
        content_type=content_type,
        size=size,
        at=at,
        make=lambda: file_bytes(dice_for(item_id, edition, "bytes", number), content_type, size),
    )


def inline_picture(item_id: UUID, edition: int, at: datetime) -> Part:
    """Return the logo that stands within a letter."""
    content = picture(dice_for(item_id, edition, "logo"))
    return Part(
        id=derived_id(item_id, edition, "attachment", "logo"),
        kind=FILE,
        name="logo.png",
        content_type="image/png",
        size=len(content),
        at=at,
        make=lambda: content,
        is_inline=True,
        content_id=f"logo@{item_id.hex[:12]}",
    )


def file_bytes(dice: random.Random, content_type: str, size: int) -> bytes:
    """Return ``size`` bytes that begin as such a file does; some shrink well, some do not."""
    head = {"application/pdf": b"%PDF-1.7\n", "application/zip": b"PK\x03\x04", "image/png": b"\x89PNG\r\n\x1a\n"}
    begin = head.get(content_type, b"PK\x03\x04" if "openxml" in content_type else b"")
    if content_type.startswith("text/"):
        line = f"{dice.randrange(10**9)};Überweisung;{dice.randrange(10**6)}\r\n".encode()
        return (line * (size // len(line) + 1))[:size]
    return (begin + dice.randbytes(max(0, size - len(begin))))[:size]


def picture(dice: random.Random, side: int = 8) -> bytes:
    """Return a small picture as PNG."""
    rows = b"".join(b"\x00" + dice.randbytes(3 * side) for _ in range(side))
    header = side.to_bytes(4) + side.to_bytes(4) + b"\x08\x02\x00\x00\x00"
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)
