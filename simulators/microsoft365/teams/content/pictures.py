"""Small pictures."""

import struct
import zlib
from random import Random

PNG = "image/png"
_SIDE = 16


def picture(*seed: object) -> bytes:
    """Return the PNG of a few coloured points that belongs to ``seed``."""
    dice = Random("/".join(map(str, seed)))  # noqa: S311
    rows = b"".join(b"\x00" + dice.randbytes(3 * _SIDE) for _ in range(_SIDE))
    head = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
