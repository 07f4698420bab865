"""QuickXorHash, the only hash that drives of companies tell. Follows Microsoft's page "Code Snippets: QuickXorHash".

A ring of 160 bits: each byte is XORed in eleven bits further on than the one before, and the length into the end. The
place of a byte is the same again 160 bytes later, so whole stretches are laid upon each other first, as one number.
"""

import base64

_RING, _STEP = 160, 11
# A multiple of the ring that fits into a processor's cache.
_STRETCH = _RING * 100
_LENGTH_BITS = 64


class QuickXorHash:
    """The hash of bytes that come in blocks, held against ``expected`` in Graph's spelling."""

    def __init__(self, expected: str = "") -> None:
        self.expected = expected
        self._laid, self._length = 0, 0

    def update(self, data: bytes) -> None:
        """Take in some more bytes."""
        with memoryview(data) as view:
            begin = 0
            while begin < len(view):
                place = self._length % _STRETCH
                piece = view[begin : begin + _STRETCH - place]
                number = int.from_bytes(piece, "little")
                self._laid ^= number << (8 * place) if place else number
                self._length += len(piece)
                begin += len(piece)

    def digest(self) -> str:
        """Return the hash of what came so far, as Graph spells it."""
        laid, cells = self._laid.to_bytes(_STRETCH, "little"), 0
        for begin in range(0, _STRETCH, _RING):
            cells ^= int.from_bytes(laid[begin : begin + _RING], "little")
        ring = 0
        for place, byte in enumerate(cells.to_bytes(_RING, "little")):
            ring ^= byte << (place * _STEP % _RING)
        # What stands out at the end of the ring goes on at its beginning.
        ring = (ring >> _RING) ^ (ring & ((1 << _RING) - 1))
        ring ^= (self._length & ((1 << _LENGTH_BITS) - 1)) << (_RING - _LENGTH_BITS)
        return base64.b64encode(ring.to_bytes(_RING // 8, "little")).decode()

    def matches(self) -> bool:
        """Return whether what came is what was expected."""
        return self.digest() == self.expected
