"""HTML of mails, posts and documents: harmless to show, and as plain text."""

import html as entities
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from backups.content.child import ask_child
from backups.content.html_text import text_in
from backups.content.sanitising import Sanitised, sanitised

LONGEST_HTML = 2_000_000
LONGEST_TEXT = 1_000_000
# A page of many tags can be made to take a square of their number; such ones are read where that can be ended.
_MOST_TAGS_HERE = 2_000
_LONGEST_HERE = 200_000
# An honest page of the longest length takes half a second of the processor.
_SECONDS = 2
# Nobody reads more than this, and tags that are never closed can make much out of little.
_LONGEST_SAFE = 8_000_000
_LONG_DATA = re.compile(r"data:[\w/.+-]{0,80};base64,[A-Za-z0-9+/=\s%]{2000,}+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SafeHtml:
    """HTML that may be shown inside a page: nothing in it runs, fetches or covers anything.

    ``blocked`` counts the remote pictures and style sheets that were taken out; ``is_cut`` says that only the beginning
    is there.
    """

    html: str
    blocked: int = 0
    is_cut: bool = False


def safe_html(html: str, *, inline: Mapping[str, str] = {}) -> SafeHtml:
    """Return what may be shown of a page.

    ``inline`` has the address, such as ``data:…``, of each picture that the page names by ``cid:``; others are left
    out. Links lead to the web or to a mail program only, and open apart. A page that is made to take endless time is
    shown as its text.
    """
    kept = _cut(html)
    nonce = f"cid:{secrets.token_hex(8)}-"
    found = _sanitised(kept, nonce)
    if found is None or len(found.html) > _LONGEST_SAFE:
        lines = entities.escape(text_in(kept, LONGEST_TEXT)).replace("\n", "<br>")
        return SafeHtml(f"<p>{lines}</p>", is_cut=True)
    pictures = {_id(key): address for key, address in inline.items()}
    shown = re.sub(rf' src="{nonce}([^"]*)"', lambda one: _picture(one[1], pictures), found.html)
    return SafeHtml(shown, found.blocked, is_cut=len(kept) < len(html))


def text_of_html(html: str) -> str:
    """Return the text of a page for people and for the index, a line for each block, 1,000,000 characters at most."""
    return text_in(_cut(html), LONGEST_TEXT)


def _cut(html: str) -> str:
    if len(html) <= LONGEST_HTML:
        return html
    # Pictures that are written out go first: the text behind them is worth more.
    return _LONG_DATA.sub("", html[: 20 * LONGEST_HTML])[:LONGEST_HTML]


def _sanitised(html: str, nonce: str) -> Sanitised | None:
    """Return the page made harmless, None where that took too long."""
    if len(html) <= _LONGEST_HERE and html.count("<") <= _MOST_TAGS_HERE:
        return sanitised(html, nonce)
    answer = ask_child({"task": "sanitise", "nonce": nonce}, html.encode("utf-8", "ignore"), seconds=_SECONDS)
    if answer.state != "DONE":
        return None
    return Sanitised(answer.text, int(answer.note or 0))


def _picture(key: str, pictures: Mapping[str, str]) -> str:
    address = pictures.get(_id(entities.unescape(key)))
    return f' src="{entities.escape(address)}"' if address else ""


def _id(key: str) -> str:
    return unquote(key).strip("<> ")
