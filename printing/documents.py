"""PDF documents: the page, the fonts, and which letters can be drawn.

FiraGO draws Latin, Greek, Cyrillic, Arabic, Hebrew, Devanagari, Thai and Georgian, joined as these scripts join
letters. What else an installation needs, such as Chinese, Japanese or Korean, is a font file that `DOCUMENT_FONTS`
names: such files are too large to be part of the product. A letter that no font has is drawn as an empty box, never
left out, and the page that hands out the document says so (`undrawable`).
"""

import hashlib
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pymupdf_fonts
from django.conf import settings

if TYPE_CHECKING:
    from fpdf import FPDF

FAMILY = "portico"
MARGIN_MM = 20
_BOX = "\N{WHITE VERTICAL RECTANGLE}"
# Names of the package that carries them: style of a document, name of the font.
_STYLES = {"": "figo", "B": "figbo"}
# Controls and marks of direction: they are no letters, and no font draws them.
_INVISIBLE = frozenset("\t\n\r\u200b\u200c\u200d\u200e\u200f\u2060\u2066\u2067\u2068\u2069\ufe0e\ufe0f")


def new_document(*, title: str, at: datetime, subject: str = "") -> "FPDF":
    """Return an empty A4 document, without a page yet, whose font is set; sizes are in millimetres.

    The same content with the same ``at`` gives the same bytes. Regular and bold (``"B"``) are there; texts that people
    typed go through `drawable` first.
    """
    # Reading the library takes half a second, and few processes ever draw a document.
    from fpdf import FPDF

    document = FPDF(format="A4", unit="mm")
    document.set_margin(MARGIN_MM)
    document.set_auto_page_break(True, margin=MARGIN_MM)
    for style in _STYLES:
        document.add_font(FAMILY, style, _font_files()[style])
    more = [f"more-{number}" for number, _ in enumerate(settings.DOCUMENT_FONTS)]
    for family, file in zip(more, settings.DOCUMENT_FONTS, strict=True):
        document.add_font(family, "", file)
    document.set_fallback_fonts(more, exact_match=False)
    document.set_text_shaping(True)
    document.set_font(FAMILY, size=10)
    document.set_lang("en-GB")
    document.set_title(title)
    document.set_subject(subject)
    document.set_creator("Portico")
    document.set_creation_date(at)
    return document


def drawable(text: str) -> str:
    """Return the text with an empty box for each letter that no font can draw."""
    missing = undrawable(text)
    return "".join(_BOX if letter in missing else letter for letter in text)


def undrawable(text: str) -> str:
    """Return the letters of the text that no font can draw, each once, in their order; "" where all can be."""
    known = _letters(tuple(settings.DOCUMENT_FONTS))
    return "".join(dict.fromkeys(letter for letter in text if ord(letter) not in known and letter not in _INVISIBLE))


def _font_files() -> dict[str, Path]:
    """Return the file of each style. fpdf2 reads files only, and the package carries its fonts as bytes."""
    return {style: _font_file(name) for style, name in _STYLES.items()}


def _font_file(name: str) -> Path:
    """Return the file of a font, which is written where it is not there yet, or not any more.

    It appears complete or not at all, so that whoever draws at the same moment never reads half of it.
    """
    file = settings.VAR_DIR / "fonts" / f"{_checksum(name)}.ttf"
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_suffix(f".{uuid4().hex}")
        new.write_bytes(pymupdf_fonts.fontbuffers[name]())
        new.replace(file)
    return file


@lru_cache(maxsize=len(_STYLES))
def _checksum(name: str) -> str:
    return hashlib.sha256(pymupdf_fonts.fontbuffers[name]()).hexdigest()


@lru_cache(maxsize=4)
def _letters(more: tuple[Path, ...]) -> frozenset[int]:
    from fontTools.ttLib import TTFont

    known: set[int] = set()
    for file in (_font_files()[""], *more):
        known |= TTFont(file, fontNumber=0, lazy=True).getBestCmap().keys()
    return frozenset(known)
