"""The parts of a mail: where each begins and ends, and what it holds.

Written for hostile and broken mails of any size: every level of nesting reads its bytes once and copies none, levels
and parts are limited, and nothing raises. Follows RFC 2045 and RFC 2046.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from backups.content.mail_headers import Headers, from_base64

DEEPEST = 30
MOST_PARTS = 2_000
_END_OF_HEADERS = re.compile(rb"\r?\n(?=\r?\n|\Z)")
_HEADER = re.compile(rb"[!-9;-~]{1,200}[ \t]*:")
_FIRST_LINE = re.compile(rb"\s*--([^\r\n]{1,200})\r?\n")
_REST_OF_LINE = re.compile(rb"(--)?[ \t]*(?:\r?\n|\Z)")


@dataclass
class MimePart:
    """One part: its headers, the bytes of its body as they were sent, and the parts below it."""

    headers: Headers
    media_type: str
    raw: bytes
    below: list["MimePart"] = field(default_factory=list)

    @property
    def content(self) -> bytes:
        """The body without its transfer encoding."""
        encoding = self.headers.value("content-transfer-encoding")
        if encoding == "base64":
            return from_base64(self.raw)
        if encoding == "quoted-printable":
            return binascii.a2b_qp(self.raw)
        if encoding in ("x-uuencode", "uuencode", "x-uue"):
            return _from_uu(self.raw)
        return self.raw


class MimeReader:
    """Reads one mail; what could not be read of it is told in ``problems``, each once."""

    def __init__(self, mime: bytes) -> None:
        self._mime = mime
        self._parts = 0
        self.problems: dict[str, None] = {}

    def read(self) -> MimePart:
        """Return the mail as a tree of parts."""
        return self._part(0, len(self._mime), 0, "text/plain")

    def headers(self) -> tuple[Headers, int]:
        """Return the headers of the mail alone, and where its body begins."""
        return self._headers(0, len(self._mime))

    def _part(self, start: int, end: int, depth: int, usual_type: str) -> MimePart:
        self._parts += 1
        headers, body = self._headers(start, end)
        media_type = headers.value("content-type")
        if not re.fullmatch(r"[\w.+-]{1,80}/[\w.+-]{1,80}", media_type):
            media_type = usual_type
        if not media_type.startswith("multipart/"):
            return MimePart(headers, media_type, self._mime[body:end])
        if depth >= DEEPEST:
            self._note(f"Parts that are nested more than {DEEPEST} deep were left in one piece.")
            return MimePart(headers, "application/octet-stream", self._mime[body:end])
        return self._multipart(headers, media_type, (body, end), depth)

    def _multipart(self, headers: Headers, media_type: str, place: tuple[int, int], depth: int) -> MimePart:
        boundary = self._boundary(headers, *place)
        within = "message/rfc822" if media_type == "multipart/digest" else "text/plain"
        below = []
        for start, end in self._between(boundary, *place) if boundary else ():
            if self._parts >= MOST_PARTS:
                self._note(f"Only the first {MOST_PARTS} parts of this mail were read.")
                break
            below.append(self._part(start, end, depth + 1, within))
        if not below and self._parts < MOST_PARTS:
            self._note("The parts of this mail are not marked as they should be; it is shown as one text.")
            return MimePart(headers, "text/plain", self._mime[place[0] : place[1]])
        return MimePart(headers, media_type, b"", below)

    def _headers(self, start: int, end: int) -> tuple[Headers, int]:
        """Return the headers and where the body begins."""
        mime = self._mime
        if mime.startswith((b"From ", b">From "), start, end):
            # A line of an mbox file.
            start = min(mime.find(b"\n", start, end) + 1 or end, end)
        if mime.startswith((b"\n", b"\r\n"), start, end):
            return Headers(b""), start + (1 if mime.startswith(b"\n", start) else 2)
        if not _HEADER.match(mime, start, end):
            # No headers at all.
            return Headers(b""), start
        found = _END_OF_HEADERS.search(mime, start, end)
        headers = Headers(mime[start : found.start() if found else end])
        if headers.is_cut:
            self._note("There are more headers than any mail needs; only the first were read.")
        if not found:
            return headers, end
        after = found.end()
        return headers, after + (2 if mime.startswith(b"\r\n", after, end) else 1 if after < end else 0)

    def _boundary(self, headers: Headers, start: int, end: int) -> bytes:
        named = headers.parameter("content-type", "boundary").rstrip()[:500]
        if named:
            return named.encode("utf-8", "ignore")
        first = _FIRST_LINE.match(self._mime, start, end)
        self._note("A part of this mail does not say where its own parts begin.")
        return first[1].rstrip() if first else b""

    def _between(self, boundary: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield where each part begins and ends; one without an end ends with what it lies in."""
        begun = None
        for line, after, is_last in self._lines_of(b"--" + boundary, start, end):
            if begun is not None:
                yield begun, max(begun, self._before_line_end(line, begun))
            begun = after
            if is_last:
                return
        if begun is not None:
            self._note("The end of this mail is missing; what there is of it is shown.")
            yield begun, end

    def _lines_of(self, marker: bytes, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
        """Yield the lines that mark parts: where each begins, where the next line does, and if it is the last."""
        at = self._mime.find(marker, start, end)
        while at >= 0:
            follows = at + len(marker)
            rest = _REST_OF_LINE.match(self._mime, follows, end)
            if rest and (at == start or self._mime[at - 1 : at] == b"\n"):
                yield at, rest.end(), bool(rest[1])
                follows = rest.end()
            at = self._mime.find(marker, follows, end)

    def _before_line_end(self, line: int, least: int) -> int:
        # The line end before a boundary belongs to the boundary.
        for length, ending in ((2, b"\r\n"), (1, b"\n")):
            if line - length >= least and self._mime.startswith(ending, line - length):
                return line - length
        return line

    def _note(self, problem: str) -> None:
        self.problems.setdefault(problem)


def _from_uu(content: bytes) -> bytes:
    found = []
    for line in content.splitlines():
        if line.startswith((b"begin ", b"end")) or not line.strip():
            continue
        try:
            found.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Some programs write longer lines than the length they begin with.
            length = (((line[0] - 32) & 63) * 4 + 5) // 3
            found.append(_uu_line(line[:length]))
    return b"".join(found)


def _uu_line(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        return b""
