"""Kept mails, read from a file without having a large attachment in memory.

Whatever is in a mail, reading it does not fail: what cannot be understood is handed out as an attachment. Follows
RFC 2045, RFC 2046 and, for sealed mails, Microsoft's specification MS-OXOSMIME.
"""

import binascii
import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import policy
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from typing import BinaryIO

TEXT, HTML = "text", "html"
# What Outlook knows sealed mails by, and the one attachment that holds the whole of one.
SIGNED, ENCRYPTED = "IPM.Note.SMIME.MultipartSigned", "IPM.Note.SMIME"
_LINE, _BLOCK = 1 << 16, 1 << 18
_LONGEST_HEAD, _DEEPEST, _MOST_PARTS = 1 << 20, 20, 5000
_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
_CHOICE = "multipart/alternative"
_SEALED = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_UNWANTED = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True)
class Part:
    """Something attached. Its bytes lie between two places of the file of the mail."""

    file: BinaryIO = field(repr=False)
    begin: int
    end: int
    name: str
    content_type: str
    encoding: str = ""
    content_id: str = ""
    is_inline: bool = False
    # What stands before the bytes of the file.
    head: bytes = b""

    @property
    def is_mail(self) -> bool:
        """Whether it is a mail that can be read where it lies."""
        return self.content_type == "message/rfc822" and self.encoding not in ("base64", "quoted-printable")

    def pieces(self) -> Iterator[bytes]:
        """Yield its bytes, decoded. One part of a file at a time."""
        if self.head:
            yield self.head
        raw = _raw(self.file, self.begin, self.end, by_lines=self.encoding == "quoted-printable")
        if self.encoding == "base64":
            yield from _from_base64(raw)
        elif self.encoding == "quoted-printable":
            yield from map(binascii.a2b_qp, raw)
        else:
            yield from raw


@dataclass
class Letter:
    """A mail: its headers, its text (None without one) and what is attached. ``sealed`` is its class, if it is."""

    headers: Message
    text: str | None = None
    text_type: str = TEXT
    parts: list[Part] = field(default_factory=list)
    sealed: str = ""


def read_letter(file: BinaryIO, begin: int = 0, end: int | None = None) -> Letter:
    """Return the mail that lies in ``file`` between two places."""
    if end is None:
        end = file.seek(0, 2)
    headers, body = _head(file, begin, end)
    letter = Letter(headers)
    kind = headers.get_content_type()
    if kind == "multipart/signed" and "pkcs7" in str(headers.get_param("protocol", "")):
        _sort_in(letter, file, headers, body, end)
        whole = f"Content-Type: {headers.get('Content-Type')}\r\n\r\n".encode("utf-8", "replace")
        letter.parts = [Part(file, body, end, "smime.p7m", "multipart/signed", head=whole)]
        letter.sealed = SIGNED
    elif kind in _SEALED:
        letter.parts = [_part(file, headers, body, end, is_related=False)]
        letter.sealed = ENCRYPTED
    else:
        _sort_in(letter, file, headers, body, end)
    return letter


def words_of(headers: Message, name: str) -> str:
    """Return a header as a text in one line, "" where there is none."""
    return _decoded(headers.get(name, ""))


def _sort_in(
    letter: Letter, file: BinaryIO, headers: Message, begin: int, end: int, *, depth=0, within="", is_better=False
) -> None:
    """Sort an entity into the letter. ``is_better`` says that a page in it takes the place of a plain text."""
    kind = headers.get_content_type()
    if kind.startswith("multipart/") and depth < _DEEPEST and (boundary := headers.get_boundary()):
        children = _children(file, boundary, begin, end)
        is_better = is_better or kind == _CHOICE
        for child_begin, child_end in children:
            child, body = _head(file, child_begin, child_end)
            _sort_in(letter, file, child, body, child_end, depth=depth + 1, within=kind, is_better=is_better)
        if children:
            return
    is_text = kind in ("text/plain", "text/html") and headers.get_content_disposition() != "attachment"
    part = _part(file, headers, begin, end, is_related=within == "multipart/related")
    if is_text and not headers.get_filename() and _takes(letter, kind, is_better=is_better):
        letter.text = _text(b"".join(part.pieces()), headers.get_content_charset())
        letter.text_type = HTML if kind == "text/html" else TEXT
    elif not (is_text and within == _CHOICE) and len(letter.parts) < _MOST_PARTS:
        letter.parts.append(part)


def _takes(letter: Letter, kind: str, *, is_better: bool) -> bool:
    """Return whether this text is the mail's: the first one, or the page that is the better of several."""
    return letter.text is None or (is_better and kind == "text/html" and letter.text_type == TEXT)


def _part(file: BinaryIO, headers: Message, begin: int, end: int, *, is_related: bool) -> Part:
    kind, content_id = headers.get_content_type(), str(headers.get("Content-ID", "")).strip("<> \r\n\t")
    is_inline = bool(content_id) and (is_related or headers.get_content_disposition() == "inline")
    return Part(
        file, begin, end, name=_name(file, headers, kind, begin, end), content_type=kind,
        encoding=str(headers.get("Content-Transfer-Encoding", "")).strip().lower(), content_id=content_id,
        is_inline=is_inline,
    )  # fmt: skip


def _name(file: BinaryIO, headers: Message, kind: str, begin: int, end: int) -> str:
    try:
        given = headers.get_filename()
    except (ValueError, LookupError, UnicodeError, TypeError):
        given = None
    name = _decoded(given or "").strip()
    if not name and kind == "message/rfc822":
        name = words_of(_head(file, begin, end)[0], "Subject") + ".eml"
    if not name and kind in _SEALED:
        name = "smime.p7m"
    return (name or f"attachment{mimetypes.guess_extension(kind) or ''}")[:250]


def _head(file: BinaryIO, begin: int, end: int) -> tuple[Message, int]:
    """Return the headers that begin at a place, and where the body begins."""
    file.seek(begin)
    lines, at = [], begin
    while at < end and at - begin < _LONGEST_HEAD:
        line = file.readline(min(_LINE, end - at))
        if not line:
            break
        at += len(line)
        if line in (b"\r\n", b"\n"):
            break
        lines.append(line)
    return BytesHeaderParser(policy=policy.compat32).parsebytes(b"".join(lines)), at


def _children(file: BinaryIO, boundary: str, begin: int, end: int) -> list[tuple[int, int]]:
    """Return where the parts of a multipart lie."""
    mark = b"--" + boundary.encode("utf-8", "surrogateescape")
    found: list[tuple[int, int]] = []
    child, at, ending, is_fresh = None, begin, 0, True
    file.seek(begin)
    while at < end and (line := file.readline(min(_LINE, end - at))):
        if is_fresh and line.startswith(mark) and (rest := line[len(mark) :].strip()) in (b"", b"--"):
            if child is not None:
                # The end of the line before a boundary belongs to the boundary.
                found.append((child, max(child, at - ending)))
            child = at + len(line)
            if rest:
                return found
        is_fresh = line.endswith(b"\n")
        ending = 2 if line.endswith(b"\r\n") else int(is_fresh)
        at += len(line)
    if child is not None and child < end:
        found.append((child, end))
    return found


def _raw(file: BinaryIO, begin: int, end: int, *, by_lines: bool) -> Iterator[bytes]:
    at = begin
    while at < end:
        # Whoever reads from several parts in turn moves the file.
        file.seek(at)
        block = file.read(min(_BLOCK, end - at))
        if by_lines and at + len(block) < end:
            block += file.readline(min(_LINE, end - at - len(block)))
        if not block:
            return
        at += len(block)
        yield block


def _from_base64(raw: Iterator[bytes]) -> Iterator[bytes]:
    held = b""
    for block in raw:
        held += block.translate(None, _NOT_BASE64)
        whole = len(held) // 4 * 4
        yield binascii.a2b_base64(held[:whole])
        held = held[whole:]
    if len(held) > 1:
        yield binascii.a2b_base64(held + b"=" * (-len(held) % 4))


def _text(content: bytes, charset: str | None) -> str:
    try:
        text = content.decode(charset or "utf-8")
    except (LookupError, UnicodeDecodeError):
        text = content.decode("utf-8", "replace") if charset is None else content.decode("cp1252", "replace")
    # No JSON takes it.
    return text.replace("\0", "")


def _decoded(value: object) -> str:
    try:
        text = str(make_header(decode_header(str(value))))
    except (ValueError, LookupError, UnicodeError):
        text = str(value)
    return _UNWANTED.sub(" ", text.encode("utf-8", "replace").decode()).strip()
