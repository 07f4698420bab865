"""A file of any length that does not compress, has no two chunks alike, and takes little memory."""

from random import Random

_BLOCK = 1 << 16
_POOL = 16 << 20


class Film:
    """Numbered blocks of 64 KiB over a pool of noise that repeats far behind what compressors look back."""

    def __init__(self, length: int) -> None:
        self.length, self.at = length, 0
        self._pool = Random(3).randbytes(_POOL)  # noqa: S311 (the same at every run)

    def read(self, length: int) -> bytes:
        """Return up to ``length`` bytes, as a network hands them out: never across a block."""
        begin = self.at % _BLOCK
        length = min(length, self.length - self.at, _BLOCK - begin)
        place = (self.at - begin) % _POOL
        block = (self.at - begin).to_bytes(8, "big") + self._pool[place + 8 : place + _BLOCK]
        self.at += length
        return block[begin : begin + length]

    def exactly(self, length: int) -> bytes:
        """Return the next ``length`` bytes, fewer only at the end."""
        pieces, missing = [], length
        while missing and (piece := self.read(missing)):
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)
