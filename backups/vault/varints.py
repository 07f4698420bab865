"""Whole numbers in as few bytes as they need: seven bits a byte, lowest first, the top bit says that more follow."""


def write_varint(number: int) -> bytes:
    """Return the bytes of a number that is not negative."""
    if number < 128:
        return bytes((number,))
    out = bytearray()
    while number >= 128:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


class Cursor:
    """Reads numbers and byte strings one after the other; asking for more than there is raises ValueError."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    @property
    def is_at_end(self) -> bool:
        return self.at >= len(self.data)

    def number(self) -> int:
        """Return the next varint."""
        data, at, number, shift = self.data, self.at, 0, 0
        while at < len(data) and shift < 63:
            byte = data[at]
            at += 1
            number |= (byte & 127) << shift
            if byte < 128:
                self.at = at
                return number
            shift += 7
        raise ValueError("A number is cut or too long.")

    def take(self, length: int) -> bytes:
        """Return the next ``length`` bytes."""
        end = self.at + length
        if end > len(self.data):
            raise ValueError("Bytes are missing.")
        taken = self.data[self.at : end]
        self.at = end
        return taken

    def text(self) -> str:
        """Return a length and that many bytes of UTF-8."""
        return self.take(self.number()).decode()
