"""The text of documents of each format. Runs in the bounded process: a reader may hang, crash or eat all memory."""

import codecs
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from encodings.aliases import aliases
from xml.parsers import expat

import office_oxide
import pypdfium2
from striprtf.striprtf import rtf_to_text

from backups.content.plain import plain

OFFICE = ("docx", "xlsx", "pptx", "doc", "xls", "ppt")
# Measured before anything is unpacked, by what the archive says of itself; what it really takes is limited too.
MOST_ENTRIES = 10_000
LARGEST_UNPACKED = 300 << 20
LARGEST_TEXT_PART = 120 << 20
_GAPS = re.compile(r"\n(?:[ \t]*\n){2,}")
_STRAY_MARK = re.compile(r"(?<![{\\\s])\\\*")
_FOLDERS = {"word": "docx", "xl": "xlsx", "ppt": "pptx"}
_LINE_ENDS = ("p", "h", "table-row", "line-break", "list-item")


class Refused(Exception):
    """The document has no text to give; ``state`` says why, in a word of `documents.Extracted`."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


def warm_up() -> None:
    """Load everything that is needed to read: later nothing can be opened."""
    for kind, content in (("pdf", _SMALLEST_PDF), ("rtf", rb"{\rtf1 a}"), ("docx", b"PK")):
        try:
            text_of(kind, content, 10)
        except Refused:
            # What is read here is hardly a document.
            continue
    for name in set(aliases.values()):
        with suppress(LookupError):
            codecs.lookup(name)


def text_of(kind: str, content: bytes, limit: int) -> str:
    """Return the text of a document, a little more than ``limit`` characters at most. Raises `Refused`."""
    if kind == "packed":
        kind = _kind_of(content)
    text = _READERS[kind](content, limit, kind)
    return _GAPS.sub("\n\n", plain(text, 2 * limit)).strip()[: limit + 1]


def _pdf(content: bytes, limit: int, _kind: str) -> str:
    found, length = [], 0
    try:
        with closing(pypdfium2.PdfDocument(content)) as document:
            for number in range(len(document)):
                found.append(_page_text(document, number))
                length += len(found[-1])
                if length > limit:
                    break
    except pypdfium2.PdfiumError as problem:
        raise Refused("ENCRYPTED" if "password" in str(problem).lower() else "DAMAGED") from problem
    return "\n\n".join(found)


def _page_text(document: pypdfium2.PdfDocument, number: int) -> str:
    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        # One page that cannot be read takes none from the others.
        return ""
    with closing(page), closing(page.get_textpage()) as text:
        return text.get_text_bounded(errors="ignore")


def _office(content: bytes, _limit: int, kind: str) -> str:
    try:
        return office_oxide.Document.from_bytes(content, kind).plain_text()
    except office_oxide.OfficeOxideError as problem:
        if "thread spawn failed" in str(problem):
            raise MemoryError from problem
        is_closed = re.search("password|encrypted", str(problem), re.IGNORECASE)
        raise Refused("ENCRYPTED" if is_closed else "DAMAGED") from problem


def _rtf(content: bytes, _limit: int, _kind: str) -> str:
    # A mark for destinations that stands elsewhere would make the reader leave out all that follows.
    return rtf_to_text(_STRAY_MARK.sub("", content.decode("latin-1")), errors="replace")


def _odf(content: bytes, limit: int, _kind: str) -> str:
    """Return the text of an OpenDocument file, after "Open Document Format for Office Applications", part 3."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if b"encryption-data" in _part_of(archive, "META-INF/manifest.xml"):
                raise Refused("ENCRYPTED")
            return "".join(_xml_text(_part_of(archive, "content.xml"), limit))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, OSError, ValueError) as problem:
        raise Refused("DAMAGED") from problem


def _part_of(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        with archive.open(name) as part:
            content = part.read(LARGEST_TEXT_PART + 1)
    except (KeyError, RuntimeError, zlib.error) as problem:
        raise Refused("ENCRYPTED" if isinstance(problem, RuntimeError) else "DAMAGED") from problem
    if len(content) > LARGEST_TEXT_PART:
        raise Refused("TOO_LARGE")
    return content


def _xml_text(content: bytes, limit: int) -> Iterator[str]:
    """Yield the text of an OpenDocument part, its depth and its entities notwithstanding."""
    found: list[str] = []
    length = 0

    def end(name: str) -> None:
        if name.rpartition(":")[2] in _LINE_ENDS:
            found.append("\n")
        elif name.endswith((":tab", ":s", ":table-cell")):
            found.append(" ")

    def words(text: str) -> None:
        nonlocal length
        length += len(text)
        if length <= 2 * limit:
            found.append(text)

    def entity(*_about: object) -> None:
        # A document needs none of its own, and a few lines of them unfold to gigabytes.
        raise Refused("DAMAGED")

    parser = expat.ParserCreate()
    parser.EndElementHandler, parser.CharacterDataHandler, parser.EntityDeclHandler = end, words, entity
    try:
        parser.Parse(content, True)
    except expat.ExpatError as problem:
        raise Refused("DAMAGED") from problem
    yield from found


def _kind_of(content: bytes) -> str:
    """Return which document an archive is, after it was measured."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as problem:
        raise Refused("DAMAGED") from problem
    if len(entries) > MOST_ENTRIES or sum(one.file_size for one in entries) > LARGEST_UNPACKED:
        raise Refused("TOO_LARGE")
    names = {one.filename for one in entries}
    if "[Content_Types].xml" not in names:
        if "content.xml" in names:
            return "odf"
        raise Refused("NOT_A_DOCUMENT")
    folders = {name.partition("/")[0] for name in names}
    found = next((kind for folder, kind in _FOLDERS.items() if folder in folders), "")
    if not found or "xl/workbook.bin" in names:
        raise Refused("NOT_A_DOCUMENT")
    return found


_READERS: dict[str, Callable[[bytes, int, str], str]] = {
    "pdf": _pdf,
    "rtf": _rtf,
    "odf": _odf,
    **dict.fromkeys(OFFICE, _office),
}
_SMALLEST_PDF = (
    b"%PDF-1.1\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</Font<</F<</Type/Font/Subtype/Type1"
    b"/BaseFont/Helvetica>>>>>>/Contents 4 0 R>>endobj\n4 0 obj<</Length 30>>stream\nBT /F 9 Tf (portico) Tj ET    \n"
    b"endstream endobj\ntrailer<</Root 1 0 R>>"
)
