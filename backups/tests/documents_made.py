"""Documents as programs write them, and as those who mean harm do."""

import io
import struct
import zipfile
import zlib

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default '
    'Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override '
    'PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.'
    'document.main+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + level)} "{f"&{chr(97 + level)};" * 10}">' for level in range(9))
    + "]>"
)


def packed(parts: dict[str, str | bytes]) -> bytes:
    """Return an archive of parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def docx(body: str = "", *, text: str = "", head: str = "") -> bytes:
    """Return a Word document."""
    body = body or f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"
    document = f'<?xml version="1.0"?>{head}<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'
    return packed({"[Content_Types].xml": _TYPES, "_rels/.rels": _RELATIONS, "word/document.xml": document})


def claiming(document: bytes, size: int) -> bytes:
    """Return an archive whose last part claims to be of another size when unpacked."""
    found = bytearray(document)
    at = found.rfind(b"PK\x01\x02")
    found[at + 24 : at + 28] = struct.pack("<I", size)
    local = struct.unpack("<I", found[at + 42 : at + 46])[0]
    found[local + 22 : local + 26] = struct.pack("<I", size)
    return bytes(found)


def odt(body: str, *, head: str = "", manifest: str = "<m/>") -> bytes:
    """Return an OpenDocument text."""
    return packed({
        "mimetype": "application/vnd.oasis.opendocument.text",
        "META-INF/manifest.xml": manifest,
        "content.xml": f'<?xml version="1.0"?>{head}<office:text xmlns:office="o" xmlns:text="t">{body}</office:text>',
    })  # fmt: skip


def pdf(drawing: bytes, *, more: list[bytes] = (), resources: bytes = b"") -> bytes:
    """Return a PDF of one page."""
    squeezed = zlib.compress(drawing)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 999 999]/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont"
        b"/Helvetica>>>>" + resources + b">>/Contents 4 0 R>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream " % (len(squeezed), squeezed),
        *more,
    ]
    body = b"".join(b"%d 0 obj%sendobj\n" % numbered for numbered in enumerate(objects, 1))
    return b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R>>"


def endless_pdf() -> bytes:
    """Return a PDF whose drawing draws ten drawings, each of which draws ten, eighteen times over."""
    levels = 18
    forms = []
    for level in range(levels):
        inner = b"/X Do " * 10 if level < levels - 1 else b"q Q"
        forms.append(
            b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>/Length %d>>stream\n%s\n"
            b"endstream " % (6 + level, len(inner), inner)
        )
    return pdf(b"/X Do", more=forms, resources=b"/XObject<</X 5 0 R>>")
