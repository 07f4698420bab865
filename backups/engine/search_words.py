"""Words as the index knows them, for what is kept and for what somebody looks for alike.

A word is what stands between two characters that are neither letter nor digit; so addresses and file names are found by
their parts. Case, accents and the many ways of writing one character do not count. A character of Chinese, Japanese or
Korean is a word of its own, and what is written together is looked for as a phrase.

A token is a word with the mark of its organization and the letter of its field: "1a.sinvoice". Upper-case letters are
no fields but facts that everything is filtered by, so that the index answers without reading a row.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from struct import Struct

SUBJECT, PEOPLE, FILE_NAMES, BODY = "s", "p", "f", "b"
# Of the people again: who it is from, and to.
SENDER, RECIPIENTS = "r", "t"
# What a word is looked for in, unless somebody says where.
FIELDS = (SUBJECT, PEOPLE, FILE_NAMES, BODY)
EVERYTHING, OF_KIND, IN_CONTAINER, IN_FEED, WITH_ATTACHMENTS, AT_LEAST = "O", "K", "C", "G", "H", "Z"
DAY, MONTH, YEAR = "D", "M", "Y"

WORD_LENGTH = 60
# Between two values of a field, so that no phrase leads from one into the other.
GAP = 8
# What PostgreSQL takes: positions up to 2^14 - 1, 255 for one word, 1 MB in all.
_LAST_POSITION, _POSITIONS, _BYTES = (1 << 14) - 1, 255, 900_000
_COUNT, _POSITION_COUNT = Struct(">i"), Struct(">H")

# Scripts without spaces between words: kana, Han, Hangul syllables.
_ALONE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_ALONE}]|[^\W_{_ALONE}]+")
_PLAIN_WORD = re.compile("[a-z0-9]+")
# The same in a text as it was written: marks that stand on a letter belong to it.
_WRITTEN = re.compile(rf"[{_ALONE}]|[^\W_{_ALONE}](?:[^\W_{_ALONE}]|[\u0300-\u036f])*")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def words_in(text: str) -> list[str]:
    """Return the words of ``text`` in order, in the form in which they are compared."""
    if text.isascii():
        return [word[:WORD_LENGTH] for word in _PLAIN_WORD.findall(text.lower())]
    return [word[:WORD_LENGTH] for word in _WORD.findall(folded(text))]


def folded(text: str) -> str:
    """Return ``text`` without case, accents and compatibility forms."""
    bare = "".join([one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one)])
    return unicodedata.normalize("NFC", bare.casefold())


def written_words(text: str) -> Iterator[tuple[int, int, list[str]]]:
    """Yield (begin, end, words) of each word as it stands in ``text``; ligatures and the like may hold several."""
    for found in _WRITTEN.finditer(text):
        yield found.start(), found.end(), words_in(found.group())


def mark_of(number: int) -> str:
    """Return what every token of the organization with this number begins with."""
    digits = ""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return f"{digits or '0'}."


def size_step(size: int) -> int:
    """Return the step of a size: 0 for nothing, and one more for each doubling."""
    return max(size, 0).bit_length()


def time_words(moment: datetime) -> tuple[str, str, str]:
    """Return the tokens' endings for the day, month and year of a moment, by the letters DAY, MONTH, YEAR."""
    at = moment.astimezone(UTC)
    month = f"{at.year:04}{at.month:02}"
    return f"{DAY}{month}{at.day:02}", f"{MONTH}{month}", f"{YEAR}{at.year:04}"


class Tokens:
    """The tokens of one entry, gathered field by field; what the database would not take is left out, never refused."""

    def __init__(self, mark: str) -> None:
        self.mark = mark.encode()
        self.places: dict[bytes, list[int]] = {}
        self._bytes = 0
        self._next: dict[str, int] = {}

    def add_fact(self, letter: str, value: object = "") -> None:
        """Add something that is filtered by."""
        self._token(f"{letter}{value}".encode())

    def add_text(self, letter: str, texts: Iterable[str]) -> None:
        """Add the words of some texts to a field. What stands far behind is found too, but in no phrase."""
        place = self._next.get(letter, 1)
        for text in texts:
            for word in words_in(text):
                places = self._token((letter + word).encode())
                if places is not None and place <= _LAST_POSITION and len(places) < _POSITIONS:
                    places.append(place)
                    self._bytes += 2
                place += 1
            place += GAP
        self._next[letter] = place

    def as_vector(self) -> bytes:
        """Return the tsvector as PostgreSQL's binary COPY takes it."""
        parts = [_COUNT.pack(len(self.places))]
        for token, places in self.places.items():
            parts.append(self.mark + token + b"\0" + _POSITION_COUNT.pack(len(places)))
            parts.append(Struct(f">{len(places)}H").pack(*places))
        return b"".join(parts)

    def _token(self, token: bytes) -> list[int] | None:
        """Return the places of a token, or None where there is no room for another one."""
        places = self.places.get(token)
        if places is None:
            # Each is padded, and counts its places.
            taken = len(self.mark) + len(token) + 4
            if self._bytes + taken > _BYTES:
                return None
            self._bytes += taken
            places = self.places[token] = []
        elif self._bytes + 2 > _BYTES:
            return None
        return places
