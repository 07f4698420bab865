"""What kind of document a file is: by what it begins with, and by its name only where that says nothing."""

import re
from pathlib import PurePath

TEXT, PAGE, MAIL = "text", "page", "mail"
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_PAGE_ENDINGS = frozenset({".html", ".htm", ".xhtml"})
_PACKED = (b"word/", b"xl/", b"ppt/", b"content.xml", b"application/vnd.oasis.opendocument")
_PACKED_ENDINGS = frozenset(".docx .docm .dotx .xlsx .xlsm .xltx .pptx .pptm .ppsx .odt .ods .odp .odg .ott".split())
# Names of streams within the older documents, as they are written there.
_STREAMS = (("WordDocument", "doc"), ("Workbook", "xls"), ("PowerPoint Document", "ppt"), ("Book", "xls"))
_OLDER = frozenset({"doc", "xls", "ppt"})
_CLOSED = "EncryptedPackage".encode("utf-16-le")
_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_LOOKS_LIKE_PAGE = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html\b)", re.I | re.S
)
# Begin like text but are none.
_OTHER = (b"%!PS", b"-----BEGIN PGP MESSAGE")


def kind_of(beginning: bytes, name: str, media_type: str) -> str:
    """Return how a file is to be read: a format of `document_readers`, `TEXT`, `PAGE`, `MAIL`, or "" for none."""
    media_type, ending = media_type.partition(";")[0].strip().lower(), PurePath(name).suffix.lower()
    if b"%PDF-" in beginning[:1024]:
        return "pdf"
    if beginning.startswith(_ZIP):
        # The names of an archive's parts stand in it as they are; which document it is, its list says.
        return "packed" if ending in _PACKED_ENDINGS or any(mark in beginning for mark in _PACKED) else ""
    if beginning.startswith(_OLE):
        return _older(beginning, ending)
    if beginning.lstrip()[:5].lower() == rb"{\rtf":
        return "rtf"
    if not _is_text(beginning):
        return ""
    if media_type == "message/rfc822" or ending == ".eml":
        return MAIL
    is_page = media_type in _PAGES or ending in _PAGE_ENDINGS or _LOOKS_LIKE_PAGE.match(beginning[:4096])
    return PAGE if is_page else TEXT


def _older(beginning: bytes, ending: str) -> str:
    if _CLOSED in beginning:
        # A new document that is closed with a password is packed into an old one; its reader says so.
        return "docx"
    found = [kind for stream, kind in _STREAMS if stream.encode("utf-16-le") in beginning]
    # A document may hold others, and in a long one the names of its own streams come late.
    named = ending.removeprefix(".")
    return named if named in _OLDER and (named in found or not found) else next(iter(found), "")


def _is_text(beginning: bytes) -> bool:
    if not beginning or beginning.startswith(_OTHER):
        return False
    return beginning.startswith(_MARKS) or not _NO_TEXT.search(beginning[:8192])
