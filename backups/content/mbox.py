"""Mails in one file, as mail programs exchange folders: RFC 4155, with the quoting of mboxrd.

Every line that begins with any number of ``>`` and then ``From `` gets one ``>`` more, so that taking one away again
gives the mail back. Lines end with a single line feed, as the format asks.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

_FROM = re.compile(rb"^(>*From )", re.MULTILINE)
_ADDRESS = re.compile(r"[^\s<>@\"']+@[^\s<>@\"']+")
NOBODY = "MAILER-DAEMON"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def mbox_message(pieces: Iterable[bytes], *, sender: str, at: datetime | None) -> Iterator[bytes]:
    """Yield one mail as it stands in an MBOX file; whole lines of ``pieces`` are in memory at a time.

    ``sender`` may be an address or ``Name <address>``; ``at`` is when the mail was received.
    """
    yield f"From {_address_in(sender)} {_moment(at)}\n".encode()
    rest = b""
    for piece in pieces:
        lines, feed, rest = (rest + piece).rpartition(b"\n")
        if feed:
            yield _quoted(lines + feed)
    if rest:
        yield _quoted(rest) + b"\n"
    yield b"\n"


def _quoted(lines: bytes) -> bytes:
    return _FROM.sub(rb">\1", lines.replace(b"\r\n", b"\n"))


def _address_in(sender: str) -> str:
    found = _ADDRESS.search(sender)
    return found[0].encode("ascii", "replace").decode() if found else NOBODY


def _moment(at: datetime | None) -> str:
    # The names of days and months are English, whatever language the machine speaks.
    moment = (at or datetime.fromtimestamp(0, UTC)).astimezone(UTC)
    return f"{_DAYS[moment.weekday()]} {_MONTHS[moment.month - 1]} {moment:%d %H:%M:%S %Y}"
