"""The piece of a text in which what was looked for stands, as plain pieces to be shown."""

from collections.abc import Iterable

from backups.engine.search_language import Term
from backups.engine.search_words import written_words

Pieces = tuple[tuple[str, bool], ...]
_LENGTH, _BEFORE = 240, 60


def snippet_of(text: str, terms: Iterable[Term], *, length: int = _LENGTH) -> Pieces:
    """Return (text, whether it was looked for) pieces of the part of ``text`` where the first match stands.

    Without a match it is the beginning. Line breaks and runs of spaces have become single spaces.
    """
    text = " ".join(text.split())
    marks = matches_in(text, terms)
    begin = _beginning(text, marks[0][0] if marks else 0)
    end = _ending(text, begin + length)
    pieces: list[tuple[str, bool]] = [("… ", False)] if begin else []
    at = begin
    for first, last in marks:
        if first < begin or last > end:
            continue
        if first > at:
            pieces.append((text[at:first], False))
        pieces.append((text[first:last], True))
        at = last
    if at < end:
        pieces.append((text[at:end], False))
    if end < len(text):
        pieces.append((" …", False))
    return tuple(pieces)


def marked(text: str, terms: Iterable[Term]) -> Pieces:
    """Return the whole of a short ``text`` in pieces, as `snippet_of` does."""
    return snippet_of(text, terms, length=len(text))


def matches_in(text: str, terms: Iterable[Term]) -> list[tuple[int, int]]:
    """Return where in ``text`` stands what was looked for, as (begin, end) in order and without overlaps."""
    wanted = [term for term in terms if not term.is_excluded]
    places = [(begin, end, word) for begin, end, words in written_words(text) for word in words]
    found: set[tuple[int, int]] = set()
    for term in wanted:
        firsts = [at for at, (_, _, word) in enumerate(places) if _fits(word, term, 0)]
        for at in firsts:
            run = places[at : at + len(term.words)]
            if len(run) == len(term.words) and all(_fits(word, term, n) for n, (_, _, word) in enumerate(run)):
                found.update((begin, end) for begin, end, _ in run)
    return sorted(found)


def _fits(word: str, term: Term, place: int) -> bool:
    wanted = term.words[place]
    is_open = term.is_prefix and place == len(term.words) - 1
    return word.startswith(wanted) if is_open else word == wanted


def _beginning(text: str, match: int) -> int:
    """Return where a piece begins that has ``match`` in it and does not begin inside a word."""
    if match <= _BEFORE:
        return 0
    begin = match - _BEFORE
    space = text.find(" ", begin, match)
    return space + 1 if space >= 0 else begin


def _ending(text: str, end: int) -> int:
    if end >= len(text):
        return len(text)
    space = text.rfind(" ", end - 40, end)
    return space if space > 0 else end
