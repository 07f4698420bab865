"""Pictures, drawn again before anybody sees them: what comes out is a plain picture and nothing else.

A file that calls itself a picture may be a page, a script or a bomb. Each one is decoded by Pillow and encoded anew,
small enough for a page, without what cameras write beside it.
"""

import base64
import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".ico")
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "ICO")
# Longer sides are made shorter; more points than this are not decoded at all.
LONGEST_SIDE, MOST_POINTS = 1600, 60_000_000


def is_picture(name: str) -> bool:
    """Return whether a file's name says that it is a picture we can draw."""
    return name.lower().endswith(ENDINGS)


def drawn_again(content: bytes) -> str | None:
    """Return a picture as a ``data:`` address of a PNG or JPEG made anew, or None for what is no picture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
                if opened.width * opened.height > MOST_POINTS:
                    return None
                opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
                picture = ImageOps.exif_transpose(opened)
                picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
                return _address(picture)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError,
            Image.DecompressionBombWarning, EOFError, IndexError, KeyError, TypeError, OverflowError):  # fmt: skip
        # Pillow's decoders end in any of these for bytes that are no picture.
        return None


def _address(picture: Image.Image) -> str:
    is_clear = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    plain, made = picture.convert("RGBA" if is_clear else "RGB"), io.BytesIO()
    if is_clear:
        plain.save(made, "PNG")
    else:
        plain.save(made, "JPEG", quality=85)
    kind = "png" if is_clear else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(made.getvalue()).decode()}"
