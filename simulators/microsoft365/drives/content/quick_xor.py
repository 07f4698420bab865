"""QuickXorHash, the only hash that drives of companies tell. Microsoft's page "QuickXorHash algorithm".

A ring of 160 bits; each byte is XORed in, eleven bits further than the one before; at last the length is XORed into
the end. After 160 bytes the place is the same again, so everything can be folded onto 160 bytes first.
"""

import base64

_RING = 160
_SHIFT = 11
_FOLD = _RING << 12
_MASK = (1 << _RING) - 1


class QuickXor:
    """The hash of bytes that come in pieces."""

    def __init__(self) -> None:
        self.folded, self.length = bytes(_RING), 0

    def update(self, data: bytes) -> None:
        """Take in some more bytes."""
        for start in range(0, len(data), _FOLD):
            piece = data[start : start + _FOLD]
            place = self.length % _RING
            self.folded = _xor(self.folded, _fold(bytes(place) + piece))
            self.length += len(piece)

    def digest(self) -> str:
        """Return the hash as Graph writes it."""
        return finish(self.folded, self.length)


def quick_xor_hash(data: bytes) -> str:
    """Return the hash of ``data`` as Graph writes it."""
    whole = QuickXor()
    whole.update(data)
    return whole.digest()


def finish(folded: bytes, length: int) -> str:
    """Return the hash of content that is ``length`` bytes long and folds onto these 160 bytes."""
    ring = 0
    for place, byte in enumerate(folded):
        shift = place * _SHIFT % _RING
        ring ^= byte << shift
    # What stands out at the end of the ring goes on at its beginning.
    ring = (ring & _MASK) ^ (ring >> _RING)
    ring ^= length << (_RING - 64)
    return base64.b64encode(ring.to_bytes(_RING // 8, "little")).decode()


def fold(data: bytes) -> bytes:
    """Return what ``data`` folds onto, when it begins at a place that is a multiple of 160."""
    return _fold(data)


def _fold(data: bytes) -> bytes:
    rows = max(1, -(-len(data) // _RING))
    number = int.from_bytes(data, "little")
    while rows > 1:
        half = rows // 2 + rows % 2
        bits = half * _RING * 8
        number = (number & ((1 << bits) - 1)) ^ (number >> bits)
        rows = half
    return number.to_bytes(_RING, "little")


def _xor(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one, "little") ^ int.from_bytes(other, "little")).to_bytes(_RING, "little")
