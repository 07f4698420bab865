"""Documents by the ending of their names: small, well formed, and always the same for the same dice."""

import io
import random
import struct
import zipfile
import zlib
from html import escape

from simulators.microsoft365.drives.content.words import paragraphs, sentence

_EPOCH = (2020, 1, 1, 0, 0, 0)
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "application/vnd.openxmlformats-officedocument"


def document(ending: str, dice: random.Random) -> bytes:
    """Return a document of the kind that ``ending`` names; noise for what is not known."""
    return _MAKERS.get(ending.lower(), _noise)(dice)


def _text(dice: random.Random) -> bytes:
    return "\n\n".join(paragraphs(dice, dice.randint(1, 12))).encode()


def _markdown(dice: random.Random) -> bytes:
    return f"# {sentence(dice)}\n\n".encode() + _text(dice)


def _csv(dice: random.Random) -> bytes:
    rows = [f"{n};{sentence(dice)};{dice.randint(1, 99999) / 100:.2f}" for n in range(dice.randint(3, 60))]
    return "\r\n".join(("number;subject;amount", *rows)).encode()


def _html(dice: random.Random) -> bytes:
    body = "".join(f"<p>{escape(text)}</p>" for text in paragraphs(dice, dice.randint(1, 8)))
    return f"<!doctype html><meta charset=utf-8><title>{escape(sentence(dice))}</title>{body}".encode()


def _png(dice: random.Random) -> bytes:
    side = dice.randint(4, 40)
    rows = b"".join(b"\0" + dice.randbytes(side * 3) for _ in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


def _pdf(dice: random.Random) -> bytes:
    lines = [sentence(dice) for _ in range(dice.randint(3, 30))]
    shown = "".join(f"({line.replace('(', '').replace(')', '')}) Tj T*\n" for line in lines)
    stream = f"BT /F1 11 Tf 14 TL 50 780 Td\n{shown}ET".encode()
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    data, places = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    trailer = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(data))
    return data + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table) + trailer


def _docx(dice: random.Random) -> bytes:
    body = "".join(f"<w:p><w:r><w:t>{escape(text)}</w:t></w:r></w:p>" for text in paragraphs(dice, dice.randint(2, 15)))
    main = f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'
    return _office("word/document.xml", main, f"{_OFFICE}.wordprocessingml.document.main+xml", {})


def _xlsx(dice: random.Random) -> bytes:
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>{escape(sentence(dice))}</t></is></c>'
        f'<c r="B{n}"><v>{dice.randint(1, 9999)}</v></c></row>'
        for n in range(1, dice.randint(3, 40))
    )
    book = (
        f'<workbook xmlns="{_SHEET}" xmlns:r="{_RELATION}"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/>'
        "</sheets></workbook>"
    )
    links = (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_RELATION}/worksheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>'
    )
    sheet = f'<worksheet xmlns="{_SHEET}"><sheetData>{rows}</sheetData></worksheet>'
    more = {"xl/_rels/workbook.xml.rels": links, "xl/worksheets/sheet1.xml": sheet}
    return _office("xl/workbook.xml", book, f"{_OFFICE}.spreadsheetml.sheet.main+xml", more)


def _office(main: str, text: str, kind: str, more: dict[str, str]) -> bytes:
    types = (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        f'ContentType="application/xml"/><Override PartName="/{main}" ContentType="{kind}"/></Types>'
    )
    links = (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_RELATION}/officeDocument" '
        f'Target="{main}"/></Relationships>'
    )
    return _zipped({"[Content_Types].xml": types, "_rels/.rels": links, main: text} | more)


def _zip(dice: random.Random) -> bytes:
    return _zipped({f"{number}.txt": _text(dice).decode() for number in range(dice.randint(1, 4))})


def _zipped(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), text, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _noise(dice: random.Random) -> bytes:
    return dice.randbytes(dice.randint(200, 30_000))


_MAKERS = {
    "txt": _text, "log": _text, "md": _markdown, "csv": _csv, "html": _html, "aspx": _html, "png": _png, "pdf": _pdf,
    "docx": _docx, "xlsx": _xlsx, "zip": _zip,
}  # fmt: skip
