"""Files of any size whose bytes are made only where somebody reads, and whose hash is known without reading them.

A file is a row of equal blocks, each beginning with its number: no two places are alike, yet folding all of them takes
three steps, because an even number of equal blocks cancels out.
"""

import random
from collections.abc import Iterator
from functools import lru_cache

from simulators.microsoft365.drives.content.quick_xor import finish, fold

# A multiple of the 160 bytes after which the hash comes round.
BLOCK = 160 * 1024
_NUMBER = 8


def read_blocks(key: str, start: int, end: int) -> Iterator[bytes]:
    """Yield the bytes from ``start`` to before ``end``."""
    while start < end:
        number, place = divmod(start, BLOCK)
        piece = _block(key, number)[place : place + end - start]
        yield piece
        start += len(piece)


def hash_of_blocks(key: str, size: int) -> str:
    """Return the QuickXorHash of a file of ``size`` bytes."""
    whole, rest = divmod(size, BLOCK)
    folded = int.from_bytes(fold(_number(_xor_below(whole))), "little")
    if whole % 2:
        folded ^= int.from_bytes(fold(bytes(_NUMBER) + _body(key)), "little")
    folded ^= int.from_bytes(fold(_block(key, whole)[:rest]), "little")
    return finish(folded.to_bytes(160, "little"), size)


def _block(key: str, number: int) -> bytes:
    return _number(number) + _body(key)


def _number(number: int) -> bytes:
    return number.to_bytes(_NUMBER, "little")


@lru_cache(maxsize=16)
def _body(key: str) -> bytes:
    return random.Random(key).randbytes(BLOCK - _NUMBER)  # noqa: S311


def _xor_below(count: int) -> int:
    """Return 0 ^ 1 ^ … ^ (count - 1)."""
    last = count - 1
    return (last, 1, last + 1, 0)[last % 4] if count else 0
