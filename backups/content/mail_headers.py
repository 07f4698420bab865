"""Headers of a mail: lines, encoded words, parameters, people and dates. Every step is linear in what is given.

Follows RFC 5322, RFC 2047 and RFC 2231, and is as lenient as mail programs are.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote_to_bytes

from backups.content.charsets import decoded
from backups.content.plain import one_line

MOST_HEADERS = 500
LONGEST_HEADER = 256 << 10
MOST_PEOPLE = 2_000
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(?==\?[^?\s]{1,60}\?[bBqQ]\?)")
# A quotation without an end goes to the end of all: looked for again at every quote, it would take the time squared.
_QUOTED = r'"((?:[^"\\]|\\.?)*)(?:"|\Z)'
_PARAMETER = re.compile(rf';\s*([\w*%!#$&+.^`|~-]{{1,80}})\s*=\s*(?:{_QUOTED}|([^;"\s][^;]*)?)', re.DOTALL)
_PIECE = re.compile(rf'{_QUOTED.replace("(", "(?:", 1)}|<[^<>]*>|\([^()]*\)|[,;:]|[^",;:<>()]+|.', re.DOTALL)


class Headers:
    """The headers of a part by their lower-case names. What comes twice counts once, the first time."""

    def __init__(self, block: bytes) -> None:
        self._raw: dict[str, bytes] = {}
        self.is_cut = len(block) > 4 * LONGEST_HEADER
        lines = _FOLD.sub(b" ", block[: 4 * LONGEST_HEADER]).splitlines()
        self.is_cut = self.is_cut or len(lines) > MOST_HEADERS
        for line in lines[:MOST_HEADERS]:
            name, colon, value = line.partition(b":")
            if colon and name.strip() and not name.startswith((b" ", b"\t")):
                key = name.strip().decode("ascii", "replace").lower()
                self._raw.setdefault(key, value.strip()[:LONGEST_HEADER])

    def __bool__(self) -> bool:
        return bool(self._raw)

    def raw(self, name: str) -> str:
        """Return a header as it is written, "" where there is none."""
        value = self._raw.get(name, b"")
        if value.isascii():
            return value.decode("ascii")
        # Old programs write headers in the charset of the text, and do not say so there.
        said = b"" if name == "content-type" else self._raw.get("content-type", b"")
        return decoded(value, self.parameter("content-type", "charset") if said.isascii() else "")[0]

    def text(self, name: str, limit: int = 1_000) -> str:
        """Return a header as people read it, in one line."""
        return one_line(words_of(self.raw(name)[: 16 * limit]), limit)

    def value(self, name: str) -> str:
        """Return what stands before the parameters, in lower case."""
        return self.raw(name).partition(";")[0].strip().lower()

    def parameter(self, header: str, name: str) -> str:
        """Return a parameter such as a file name, also one that is encoded or comes in pieces; "" for none."""
        given: dict[str, str] = {}
        for key, quoted, bare in _PARAMETER.findall(self.raw(header)[: 16 << 10]):
            given.setdefault(key.lower(), quoted.replace('\\"', '"').replace("\\\\", "\\") or bare.strip())
        if name in given:
            return words_of(given[name])
        return _pieced(given, name)

    def people(self, name: str) -> tuple[str, ...]:
        """Return everybody of a header as ``Name <address>``."""
        return tuple(people_in(self.raw(name)))[:MOST_PEOPLE]

    def moment(self, name: str) -> datetime | None:
        """Return a date with its time zone, None for what is none."""
        try:
            moment = parsedate_to_datetime(self.raw(name)[:200])
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            # Some dates only exist in their own time zone, at the beginning and the end of all time.
            moment.astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        return moment


def words_of(text: str) -> str:
    """Return a header's text with its encoded words decoded."""
    if "=?" not in text:
        return text
    found, position, waiting, charset = [], 0, b"", ""
    text = _BETWEEN_WORDS.sub(r"\1", text)
    for word in _WORD.finditer(text):
        between = text[position : word.start()]
        this = word[1].partition("*")[0].lower()
        if waiting and (between or this != charset):
            found.append(decoded(waiting, charset)[0])
            waiting = b""
        found.append(between)
        # A character may begin in one word and end in the next.
        waiting, charset, position = waiting + _bytes_of(word[2], word[3]), this, word.end()
    return "".join([*found, decoded(waiting, charset)[0], text[position:]])


def people_in(text: str) -> Iterator[str]:
    """Yield everybody whom an address header names as ``Name <address>``, as far as it can be told."""
    name, address = [], ""
    for piece in _PIECE.findall(text):
        if piece in (",", ";"):
            yield from _person(name, address)
            name, address = [], ""
        elif piece == ":" and not address:
            # So far it was the name of a group.
            name = []
        elif len(piece) > 1 and piece[0] == "<":
            address = piece[1:-1].strip()
        elif piece[0] == '"' and len(piece) > 1:
            name.append(re.sub(r"\\(.)", r"\1", piece[1:-1]))
        elif piece not in '<>"':
            name.append(piece)
    yield from _person(name, address)


def _person(name: list[str], address: str) -> Iterator[str]:
    shown, address = one_line(words_of("".join(name)), 300), one_line(address, 320)
    if not address and shown.count("@") == 1 and "(" in shown:
        # The old way: address (Name)
        address, _, shown = (part.strip(" )") for part in shown.partition("("))
    if address and shown and shown != address:
        yield f"{shown} <{address}>"
    elif address or shown:
        yield address or shown


def _pieced(given: dict[str, str], name: str) -> str:
    """Return a parameter of RFC 2231: ``name*``, or ``name*0``, ``name*1*``, …"""
    if f"{name}*" in given:
        pieces = [(True, given[f"{name}*"])]
    else:
        pieces = []
        while (plain := given.get(f"{name}*{len(pieces)}")) is not None or f"{name}*{len(pieces)}*" in given:
            pieces.append((plain is None, given[f"{name}*{len(pieces)}*"] if plain is None else plain))
    if not pieces:
        return ""
    charset = ""
    if pieces[0][0] and pieces[0][1].count("'") >= 2:
        charset, _, rest = pieces[0][1].split("'", 2)
        pieces[0] = (True, rest)
    return decoded(
        b"".join(
            unquote_to_bytes(text) if is_encoded else text.encode("utf-8", "ignore") for is_encoded, text in pieces
        ),
        charset,
    )[0]


def _bytes_of(kind: str, text: str) -> bytes:
    if kind in "qQ":
        return binascii.a2b_qp(text.replace("_", " ").encode("utf-8", "ignore"), header=False)
    return from_base64(text.encode("ascii", "ignore"))


def from_base64(content: bytes) -> bytes:
    """Return what base64 stands for, leaving out what is none of it."""
    try:
        return binascii.a2b_base64(content)
    except binascii.Error:
        whole = re.sub(rb"[^A-Za-z0-9+/]", b"", content)
        # A single left-over character stands for nothing.
        whole = whole[:-1] if len(whole) % 4 == 1 else whole
        return base64.b64decode(whole + b"=" * (-len(whole) % 4))
