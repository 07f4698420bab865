"""Attachments taken out of mails, decoded once, and put back byte for byte.

The same attachment in a hundred mailboxes, under other headers or other line widths, becomes one blob. A part is taken
out only when encoding it again gives the same bytes; anything odd stays where it is. No mail parser is involved: a
header line that says base64, a blank line, and encoded lines up to the next boundary.
"""

import binascii
from collections.abc import Iterable
from typing import NamedTuple

import pybase64

# Shorter parts are not worth a blob of their own.
SHORTEST = 1_024
NARROWEST = 16
# As mail programs write it, the first letter left out. Long words, because the search skips by their length: three
# times as fast as for "base64".
_MARKS = (
    b"ontent-Transfer-Encoding: base64",
    b"ontent-transfer-encoding: base64",
    b"ontent-Transfer-Encoding: BASE64",
)
# Between the header line and the blank line; a part's header is never longer.
_FURTHEST = 16_384
_ENDINGS = {True: b"\r\n", False: b"\n"}


class Attachment(NamedTuple):
    """A decoded part: where it goes back into the text, the width of its lines (0: unbroken), CRLF or LF."""

    place: int
    width: int
    is_crlf: bool
    content: bytes


def split(mail: bytes) -> tuple[bytes, list[Attachment]]:
    """Return the text that stays and the attachments taken out, in order; the mail itself when there are none."""
    texts, attachments, kept_to, text_length = [], [], 0, 0
    marks = _Marks(mail)
    at = marks.next_from(0)
    while at >= 0:
        begin, end, is_crlf = _body(mail, at)
        found = _decode(mail[begin:end], _ENDINGS[is_crlf]) if end - begin >= SHORTEST else None
        if found:
            texts.append(mail[kept_to:begin])
            text_length += begin - kept_to
            attachments.append(Attachment(text_length, found[0], is_crlf, found[1]))
            kept_to = end
        at = marks.next_from(max(end, at + 1))
    if not attachments:
        return mail, []
    texts.append(mail[kept_to:])
    return b"".join(texts), attachments


def encode(content: bytes, width: int, is_crlf: bool) -> bytes:
    """Return the lines an attachment had in its mail, without the ending of the last one."""
    flat = pybase64.b64encode(content)
    if not width:
        return flat
    return _ENDINGS[is_crlf].join([flat[at : at + width] for at in range(0, len(flat), width)])


def join(text: bytes, attachments: Iterable[Attachment]) -> bytes:
    """Return the mail that `split` was given."""
    out, at = [], 0
    for place, width, is_crlf, content in attachments:
        out += [text[at:place], encode(content, width, is_crlf)]
        at = place
    out.append(text[at:])
    return b"".join(out)


class _Marks:
    """Finds header lines that say base64, reading the mail once however many there are."""

    def __init__(self, mail: bytes) -> None:
        self.mail = mail
        self.places = [mail.find(mark) for mark in _MARKS]

    def next_from(self, begin: int) -> int:
        """Return where the first such line from ``begin`` on says so, or -1."""
        mail = self.mail
        while True:
            for nth, place in enumerate(self.places):
                if 0 <= place < begin:
                    self.places[nth] = mail.find(_MARKS[nth], begin)
            at = min((place for place in self.places if place >= 0), default=-1)
            if at < 0 or mail[max(0, at - 2) : at] in (b"\nC", b"\nc", b"C", b"c"):
                return at
            begin = at + 1


def _body(mail: bytes, at: int) -> tuple[int, int, bool]:
    """Return where the body of the part begins and ends, and whether its lines end in CRLF.

    Where there is none, both say where to go on looking.
    """
    line_end = mail.find(b"\n", at, at + 200)
    is_crlf = line_end > 0 and mail[line_end - 1] == 13
    blank = _ENDINGS[is_crlf] * 2
    found = mail.find(blank, at, at + _FURTHEST) if line_end > 0 else -1
    if found < 0:
        # Whatever else says base64 in the same stretch has no body near either.
        return at + _FURTHEST // 2, at + _FURTHEST // 2, is_crlf
    begin = found + len(blank)
    # Encoded lines have no hyphen, so the next one is the boundary's; if it is not, the lines do not decode either.
    end = mail.find(b"-", begin)
    end = len(mail) if end < 0 else end
    while end > begin and mail[end - 1] in b"\r\n":
        end -= 1
    return begin, end, is_crlf


def _decode(lines: bytes, ending: bytes) -> tuple[int, bytes] | None:
    """Return (width, content) if the lines are exactly what `encode` would make of them."""
    width = lines.find(ending)
    if width == -1:
        width, flat = 0, lines
    elif width < NARROWEST:
        return None
    else:
        flat = lines.translate(None, b"\r\n")
        breaks, step = (len(flat) - 1) // width, width + len(ending)
        # No line is built to find out: as many endings as there should be, and each where one should be.
        if len(lines) != len(flat) + breaks * len(ending):
            return None
        if any(lines[width + nth :: step] != ending[nth : nth + 1] * breaks for nth in range(len(ending))):
            return None
    try:
        content = pybase64.b64decode(flat, validate=True)
    except (binascii.Error, ValueError):
        return None
    return (width, content) if pybase64.b64encode(content) == flat else None
