"""What a picture is, by its first bytes: Teams keeps pictures without a name and without a type."""

import base64

_BEGINNINGS = (
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
)


def kind_of(content: bytes) -> str:
    """Return the word for a kind of picture after ``image/``, "" for what is no picture that every browser shows."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    return next((kind for beginning, kind in _BEGINNINGS if content.startswith(beginning)), "")


def ending_of(content: bytes) -> str:
    """Return the ending of a file that begins so."""
    kind = kind_of(content)
    return f".{'jpg' if kind == 'jpeg' else kind}" if kind else ".bin"


def as_address(content: bytes) -> str | None:
    """Return a picture as an address that holds it, or None for what is none."""
    kind = kind_of(content)
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}" if kind else None
