"""What people type into the search field, understood.

    invoice march            both words, anywhere
    "second quarter"         these words, one after the other
    -draft  -"for info"      without them
    inv*                     words that begin so; the last word does while somebody types
    from: to: subject: filename:   in that field only; also with a phrase, and excluded with a minus
    before:2026-03-01  after:2026-03  kind:mail  has:attachment  larger:5MB  smaller:200KB

Whatever is wrong is said in a sentence and left out; nothing is ever refused. What looks like an operator and is none
is a word.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo

from backups.engine.search_words import FIELDS, FILE_NAMES, RECIPIENTS, SENDER, SUBJECT, words_in

MOST_CHARACTERS, MOST_TERMS = 500, 20
# Shorter beginnings are looked for as they are: half of everything begins with any letter.
PREFIX_LETTERS = 2

_TERM = re.compile(r'(?P<minus>-)?(?:(?P<operator>[^\W\d_]+):)?(?:"(?P<phrase>[^"]*)(?P<end>"|$)|(?P<word>[^\s"]+))')
_QUOTES = str.maketrans("“”„«»‟″", '"""""""')
_IN_FIELDS = {"from": (SENDER,), "to": (RECIPIENTS,), "subject": (SUBJECT,), "filename": (FILE_NAMES,)}
_KINDS = {
    "mail": ("MAIL",), "email": ("MAIL",), "message": ("MAIL",), "calendar": ("CALENDAR",), "event": ("CALENDAR",),
    "contact": ("CONTACTS",), "contacts": ("CONTACTS",), "file": ("ONEDRIVE", "SHAREPOINT"), "onedrive": ("ONEDRIVE",),
    "sharepoint": ("SHAREPOINT",), "site": ("SHAREPOINT",), "teams": ("TEAMS",), "team": ("TEAMS",), "chat": ("TEAMS",),
}  # fmt: skip
EVERY_KIND = frozenset(kind for kinds in _KINDS.values() for kind in kinds)
_SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,3})?)\s*([kmgt]?)i?b?", re.IGNORECASE)
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_DATE = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?|(\d{1,2})\.(\d{1,2})\.(\d{4})")


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand one after the other in one of ``fields``, or that must not; the last one may go on."""

    words: tuple[str, ...]
    fields: tuple[str, ...] = FIELDS
    is_excluded: bool = False
    is_prefix: bool = False


@dataclass(frozen=True)
class Parsed:
    """What somebody looks for. ``problems`` are sentences about what was typed and could not be used.

    ``begin <= at < end`` and ``larger <= size <= smaller`` where given; ``kinds`` empty means every kind.
    """

    text: str = ""
    terms: tuple[Term, ...] = ()
    kinds: frozenset[str] = frozenset()
    begin: datetime | None = None
    end: datetime | None = None
    larger: int | None = None
    smaller: int | None = None
    has_attachments: bool | None = None
    problems: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is looked for."""
        filters = (self.begin, self.end, self.larger, self.smaller, self.has_attachments)
        return not self.terms and not self.kinds and all(one is None for one in filters)

    def looked_for_in(self, fields: tuple[str, ...]) -> "Parsed":
        """Return the same, with words that name no field looked for in ``fields`` only."""
        terms = tuple(replace(one, fields=fields) if one.fields == FIELDS else one for one in self.terms)
        return replace(self, terms=terms)


def parse(text: str, *, zone: tzinfo, is_typing: bool = False) -> Parsed:
    """Return what ``text`` asks for. Dates are days in ``zone``; with ``is_typing`` the last word may go on."""
    reading = _Reading(zone)
    if len(text) > MOST_CHARACTERS:
        reading.problems.append(f"Only the first {MOST_CHARACTERS} characters are looked at.")
    cut = text[:MOST_CHARACTERS].translate(_QUOTES)
    found = list(_TERM.finditer(cut))
    for one in found[:MOST_TERMS]:
        reading.take(one, may_go_on=is_typing and one is found[-1] and one.end() == len(cut))
    if len(found) > MOST_TERMS:
        reading.problems.append(f"Only the first {MOST_TERMS} words and phrases are looked for.")
    return Parsed(text, tuple(reading.terms), problems=tuple(reading.problems), **reading.filters)


@dataclass
class _Reading:
    zone: tzinfo
    terms: list[Term] = field(default_factory=list)
    filters: dict = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def take(self, found: re.Match, *, may_go_on: bool) -> None:
        operator = (found["operator"] or "").lower()
        is_excluded, value = bool(found["minus"]), found["word"] if found["phrase"] is None else found["phrase"]
        may_go_on = may_go_on and not found["end"]
        if operator in _IN_FIELDS:
            self._add(value, is_excluded, may_go_on, fields=_IN_FIELDS[operator])
        elif operator in _FILTERS:
            _FILTERS[operator](self, value, is_excluded)
        elif found["word"] is not None and value[:-1].lower() in _OPERATORS and value.endswith(":"):
            if not may_go_on:
                self.problems.append(f"Say behind “{value}” what it is to be, without a space between.")
        else:
            # "http://…" is no operator, and neither is "re:" before a subject.
            whole = f"{found['operator']}:{value}" if operator else value
            self._add(whole, is_excluded, may_go_on)

    def _add(self, value: str, is_excluded: bool, may_go_on: bool, fields: tuple[str, ...] = FIELDS) -> None:
        words = tuple(words_in(value))
        if not words:
            if value.strip("*\"' -–—&+/|,.;"):
                self.problems.append(f"“{value}” has neither letters nor digits, so it was left out.")
            return
        is_prefix = (may_go_on or value.endswith("*")) and len(words[-1]) >= PREFIX_LETTERS
        self.terms.append(Term(words, fields, is_excluded, is_prefix))

    def kind(self, value: str, is_excluded: bool) -> None:
        kinds = _KINDS.get(value.lower())
        if kinds is None:
            known = ", ".join(dict.fromkeys(("mail", "calendar", "contact", "file", "sharepoint", "teams")))
            self.problems.append(f"There is no kind “{value}”, so it was left out. There are: {known}.")
            return
        before = self.filters.get("kinds", EVERY_KIND if is_excluded else frozenset())
        self.filters["kinds"] = before - set(kinds) if is_excluded else before | set(kinds)

    def has(self, value: str, is_excluded: bool) -> None:
        if value.lower() not in ("attachment", "attachments", "file"):
            self.problems.append(f"“has:{value}” is not known, so it was left out. There is: has:attachment.")
            return
        self.filters["has_attachments"] = not is_excluded

    def before(self, value: str, is_excluded: bool) -> None:
        self._date("before", value, "begin" if is_excluded else "end")

    def after(self, value: str, is_excluded: bool) -> None:
        self._date("after", value, "end" if is_excluded else "begin")

    def larger(self, value: str, is_excluded: bool) -> None:
        self._size("larger", value, "smaller" if is_excluded else "larger")

    def smaller(self, value: str, is_excluded: bool) -> None:
        self._size("smaller", value, "larger" if is_excluded else "smaller")

    def _date(self, operator: str, value: str, name: str) -> None:
        moment = day_in(value, self.zone)
        if moment is None:
            words = f"“{operator}:{value}” is no date, so it was left out. Write {operator}:2026-03-31."
            self.problems.append(words)
        else:
            self.filters[name] = moment

    def _size(self, operator: str, value: str, name: str) -> None:
        found = _SIZE.fullmatch(value)
        if found is None:
            self.problems.append(f"“{operator}:{value}” is no size, so it was left out. Write {operator}:5MB.")
        else:
            self.filters[name] = int(float(found[1]) * _UNITS[found[2].lower()])


def day_in(text: str, zone: tzinfo) -> datetime | None:
    """Return the beginning of the day, month or year that ``text`` names, or None."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    numbers = (found[1], found[2] or 1, found[3] or 1) if found[1] else (found[6], found[5], found[4])
    try:
        day = datetime(*map(int, numbers), tzinfo=zone)
    except ValueError:
        return None
    # Far enough from the ends of the calendar for every zone.
    return day if timedelta(days=2) < day.replace(tzinfo=None) - datetime.min and day.year < 9999 else None


_FILTERS: dict[str, Callable[[_Reading, str, bool], None]] = {
    "kind": _Reading.kind,
    "has": _Reading.has,
    "before": _Reading.before,
    "after": _Reading.after,
    "larger": _Reading.larger,
    "smaller": _Reading.smaller,
}
_OPERATORS = _IN_FIELDS.keys() | _FILTERS.keys()
