"""Numbers that come as text: in addresses, in what people search, and in forms."""


def row_number(text: str) -> int | None:
    """Return the number of a row that ``text`` writes in digits; None for what is none or is larger than any."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
