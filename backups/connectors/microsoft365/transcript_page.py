"""A conversation as a page to read: who said what and when, with answers below what they answer.

The page fetches nothing and runs nothing: whatever people wrote is escaped or made harmless. It prints well and is dark
where the reader's screen is.
"""

from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from backups.connectors.microsoft365.message_words import (
    attachments_of,
    author_of,
    card_texts,
    event_of,
    html_of,
    initiator_of,
    is_card,
    is_event,
    pictures_in,
    plainly_tagged,
    reactions_of,
    replies_of,
    with_pictures,
    without_attachments,
)
from backups.connectors.microsoft365.records import text_in
from backups.content.pages import safe_html

_POLICY = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'"
_STYLE = """
:root{color-scheme:light dark;--page:#fff;--ink:#1b2430;--soft:#5a6675;--line:#d5dbe2;--tint:#f3f5f8;--link:#1f5fbf}
@media(prefers-color-scheme:dark){:root{--page:#15191f;--ink:#e6eaf0;--soft:#9aa6b4;--line:#333c47;--tint:#1e242c;
--link:#8ab4f8}.said *{color:inherit!important;background-color:transparent!important}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:54rem;padding:2rem 1.25rem 4rem;background:var(--page);color:var(--ink);
font:16px/1.5 "Segoe UI",system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem}
h2{font-size:1rem;margin:0}
h3{font-size:1.05rem;margin:.25rem 0}
a,.said a{color:var(--link)!important}
header p,time,.note,footer{color:var(--soft);font-size:.875rem}
header{border-bottom:2px solid var(--line);padding-bottom:1rem;margin-bottom:1rem}
article{padding:1rem 0;border-bottom:1px solid var(--line);break-inside:avoid-page}
article article{padding:.75rem 0 .25rem;border-bottom:0}
.who{display:flex;flex-wrap:wrap;gap:.25rem .75rem;align-items:baseline}
.replies{margin:.75rem 0 0 .5rem;padding-left:1.25rem;border-left:3px solid var(--line)}
.said{margin:.25rem 0}.said p{margin:.35rem 0}
.said img{max-width:100%;height:auto;border-radius:4px}
.said table{border-collapse:collapse}.said td,.said th{border:1px solid var(--line);padding:.2rem .5rem}
.event{color:var(--soft);font-style:italic}
.beside{margin:.35rem 0;padding:.35rem .75rem;background:var(--tint);border-radius:4px;list-style:none}
nav{display:flex;gap:1.5rem;margin:1rem 0}
@media print{:root{--page:#fff;--ink:#000;--soft:#444;--line:#bbb;--tint:#fff;--link:#000}
body{max-width:none;padding:0;font-size:11pt}nav{display:none}}
"""


class TranscriptPage:
    """The parts of the page of one channel. Dates are told in ``zone``; ``names`` are people's by their ids."""

    def __init__(self, channel: str, team: str, zone: str, names: Mapping[str, str]) -> None:
        self.channel, self.team, self.names = channel, team, dict(names)
        self.zone = ZoneInfo(zone)

    def head(self, count: int, first: str, last: str, sub: str = "") -> bytes:
        """Return the beginning of the page: ``count`` posts from ``first`` to ``last``, and ``sub`` as HTML."""
        title = f"{self.channel} – {self.team}" if self.team else self.channel
        posts = "1 post" if count == 1 else f"{count:,} posts"
        span = f"{posts}, {self._day(first)} to {self._day(last)}" if first else posts
        return _encoded(
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
            f'<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="referrer" '
            f'content="no-referrer"><title>{escape(title)}</title><style>{_STYLE}</style></head><body>\n'
            f"<header><h1>{escape(self.channel)}</h1><p>{escape(self.team)}</p>"
            f"<p>{escape(span)}. Times are those of {escape(str(self.zone))}. "
            f"This is a copy to read that was made from a backup.</p>{sub}</header>\n<main>\n"
        )

    def tail(self, sub: str = "") -> bytes:
        """Return the end of the page."""
        return _encoded(f"</main>\n{sub}</body></html>\n")

    def post(self, record: dict[str, Any], pictures: Mapping[str, str]) -> bytes:
        """Return a post with its replies; ``pictures`` are addresses by the pictures' ids."""
        replies = "".join(f"<article>{self._message(one, pictures, 'h3')}</article>\n" for one in replies_of(record))
        below = f'<div class="replies">\n{replies}</div>\n' if replies else ""
        return _encoded(f"<article>{self._message(record, pictures, 'h2')}{below}</article>\n")

    def _message(self, record: dict[str, Any], pictures: Mapping[str, str], level: str) -> str:
        if is_event(record):
            _, name = initiator_of(record)
            by = f"{escape(name)}: " if name else ""
            told = f'<p class="event">{by}{escape(event_of(record, self.names))}</p>'
            return f'<div class="who">{self._when(record.get("createdDateTime"))}</div>{told}\n'
        shown = self._line(record, level)
        if record.get("deletedDateTime"):
            return f'{shown}<p class="event">This message was deleted.</p>\n'
        if subject := text_in(record.get("subject")):
            shown += f"<h3>{escape(subject)}</h3>\n"
        shown += f'<div class="said">{_said(record, pictures)}</div>\n'
        beside = [*_cards(record), *_files(record)]
        if beside:
            shown += f'<ul class="beside">{"".join(f"<li>{one}</li>" for one in beside)}</ul>\n'
        if reactions := ", ".join(f"{escape(name)} × {count}" for name, count in reactions_of(record)):
            shown += f'<p class="note">Reactions: {reactions}</p>\n'
        return shown

    def _line(self, record: dict[str, Any], level: str) -> str:
        user, name = author_of(record)
        marks = [f"edited {self._when(record.get('lastEditedDateTime'))}"] if record.get("lastEditedDateTime") else []
        if record.get("importance") in ("high", "urgent"):
            marks.append("important" if record["importance"] == "high" else "urgent")
        notes = "".join(f'<span class="note">{one}</span>' for one in marks)
        who = escape(name or self.names.get(user, "") or "Unknown")
        return f'<div class="who"><{level}>{who}</{level}>{self._when(record.get("createdDateTime"))}{notes}</div>\n'

    def _when(self, value: Any) -> str:
        moment = self._moment(value)
        if moment is None:
            return ""
        told = f"{moment.day} {moment:%B %Y, %H:%M %Z}"
        return f'<time datetime="{escape(str(value))}">{escape(told)}</time>'

    def _day(self, value: str) -> str:
        moment = self._moment(value)
        return f"{moment.day} {moment:%B %Y}" if moment else "an unknown day"

    def _moment(self, value: Any) -> datetime | None:
        try:
            return datetime.fromisoformat(value).astimezone(self.zone)
        except (TypeError, ValueError, OverflowError):
            return None


def _said(record: dict[str, Any], pictures: Mapping[str, str]) -> str:
    content = without_attachments(plainly_tagged(html_of(record), mention="<strong>{}</strong>"))
    numbers = {hosted: f"picture{number}" for number, hosted in enumerate(pictures_in(content))}
    inline = {numbers[hosted]: pictures[hosted] for hosted in numbers.keys() & pictures.keys()}

    def shown(hosted: str) -> str:
        if numbers[hosted] in inline:
            return f'<img src="cid:{numbers[hosted]}" alt="Picture">'
        return "<em>A picture that was not kept</em>"

    return safe_html(with_pictures(content, shown), inline=inline).html


def _cards(record: dict[str, Any]) -> list[str]:
    found = (card_texts(one) for one in attachments_of(record) if is_card(one))
    return ["<br>".join(map(escape, texts)) or "A card" for texts in found]


def _files(record: dict[str, Any]) -> list[str]:
    shown = []
    for one in attachments_of(record):
        name, address = text_in(one.get("name")), one.get("contentUrl")
        if is_card(one) or not name:
            continue
        if isinstance(address, str) and address.lower().startswith(("https://", "http://")):
            shown.append(f'<a href="{escape(address)}" rel="noopener noreferrer">{escape(name)}</a>')
        else:
            shown.append(escape(name))
    return shown


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")
