"""The words of a page, without a tree of it: one pass, whatever it is made of."""

import html
import re
from collections.abc import Iterator

from backups.content.plain import plain, tidy

# Every alternative that begins finds an end, if only that of the page: none is looked for twice.
_TOKEN = re.compile(
    r"<!--.*?(?:--!?>|\Z)"
    r"|<(script|style|template|noframes|iframe|object|svg|math)\b.*?(?:</\1[^<>]*>|\Z)"
    r"|<(/?[a-zA-Z][a-zA-Z0-9:-]{0,40})(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+>"
    r"|<[/!?a-zA-Z][^<>]*+>?",
    re.DOTALL | re.IGNORECASE,
)
_LINE = frozenset(
    "address article aside blockquote body br caption center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6"
    " header hr html legend li main nav ol option p pre section table tbody tfoot thead title tr ul".split()
)
_APART = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "blockquote", "title"})
_BLANKS = re.compile(r"\s+")


def text_in(page: str, limit: int) -> str:
    """Return the text of a page with a line for each of its blocks, ``limit`` characters at most."""
    return tidy(plain("".join(_pieces(page)), 2 * limit))[:limit]


def _pieces(page: str) -> Iterator[str]:
    position, as_it_is = 0, 0
    for token in _TOKEN.finditer(page):
        if token.start() > position:
            yield _words(page[position : token.start()], as_it_is > 0)
        position = token.end()
        name = (token[2] or "").lower()
        bare = name.lstrip("/")
        if bare == "pre":
            as_it_is = max(0, as_it_is + (-1 if name.startswith("/") else 1))
        if bare in _APART:
            yield "\n\n"
        elif bare in _LINE and name != "/br":
            yield "\n• " if name == "li" else "\n"
        elif bare in ("td", "th"):
            yield " "
    yield _words(page[position:], as_it_is > 0)


def _words(text: str, as_it_is: bool) -> str:
    text = html.unescape(text) if "&" in text else text
    return text if as_it_is else _BLANKS.sub(" ", text)
