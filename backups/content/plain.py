"""Text as it can be stored, shown and compared: whole characters, without what only machines see."""

import re

# What reading direction is forced with; names and pages can be made to read as something else.
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_NEVER_SHOWN = {code: None for code in range(32) if chr(code) not in "\t\n\r"} | {127: None}
_SPACES = re.compile(r"[^\S\n]+")
_GAPS = re.compile(r"\n{3,}")


def plain(text: str, limit: int | None = None) -> str:
    """Return ``text`` without control characters and halves of characters, with ``\\n`` between lines.

    ``limit`` is the most characters that are returned.
    """
    if limit is not None:
        # Line ends of two characters become one; so what is cut off is no more than what would be.
        text = text[: 2 * limit]
    text = text.translate(_NEVER_SHOWN).replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii():
        text = whole_characters(text)
    return text if limit is None else text[:limit]


def one_line(text: str, limit: int = 1_000) -> str:
    """Return ``text`` in one line, with single spaces, ``limit`` characters at most."""
    return " ".join(plain(text, 4 * limit).split())[:limit]


def tidy(text: str) -> str:
    """Return lines without spaces at their ends and with no more than one empty line between two."""
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return _GAPS.sub("\n\n", "\n".join(lines)).strip()


def whole_characters(text: str) -> str:
    """Return ``text`` with halves that belong together joined, and without those that stand alone."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    return text


def without_bidi(text: str) -> str:
    """Return ``text`` without characters that turn the reading direction of what follows."""
    return text if text.isascii() else text.translate(dict.fromkeys(map(ord, BIDI)))
