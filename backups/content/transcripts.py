"""Conversations as one page a person can read: who said what, when, and what was answered.

Every text is escaped; pictures lie beside the page and are named by it.
"""

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from backups.content.pages import text_of_html

_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em;color:#1b2430}"
    "article{border-top:1px solid #ccd3db;padding:1em 0}.reply{margin-left:2em;border-left:3px solid #ccd3db;"
    "padding:.5em 1em}h2,h3{font-size:1em;margin:0}time{color:#5a6675}p{white-space:pre-wrap;margin:.3em 0}"
    "img{max-width:100%}"
)


def transcript_head(title: str, sub: str) -> bytes:
    """Return how a page begins; ``sub`` stands below its title."""
    return page_head(title) + f"<h1>{escape(title)}</h1>\n<p>{escape(sub)}</p>\n".encode("utf-8", "replace")


def page_head(title: str) -> bytes:
    """Return the beginning of a page that fetches nothing and runs nothing, wherever it is opened."""
    policy = "default-src 'none'; img-src 'self' file: data:; style-src 'unsafe-inline'"
    head = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
        f'content="{policy}"><title>{escape(title)}</title><style>{_STYLE}</style></head><body>\n'
    )
    return head.encode("utf-8", "replace")


def page_tail() -> bytes:
    """Return how a page ends."""
    return b"</body></html>\n"


def channel_post(record: dict[str, Any], *, pictures: Mapping[str, str]) -> bytes:
    """Return a post of a channel with its replies; ``pictures`` are addresses beside the page by the pictures' ids."""
    shown = _message(record, "h2", pictures)
    for reply in _dicts(record.get("replies")):
        shown += f'<div class="reply">{_message(reply, "h3", pictures)}</div>\n'
    return f"<article>{shown}</article>\n".encode("utf-8", "replace")


def mail_thread(record: dict[str, Any], *, files: Iterable[tuple[str, str]]) -> bytes:
    """Return a conversation in a group's mailbox; ``files`` are (address beside the page, name) of its attachments."""
    shown = f"<h2>{escape(str(record.get('topic') or 'Without a subject'))}</h2>\n"
    for post in _dicts(record.get("posts")):
        when = post.get("receivedDateTime") or post.get("createdDateTime")
        shown += f'<div class="reply">{_line(_address(post.get("from")), when, "h3")}{_body(post)}</div>\n'
    for address, name in files:
        shown += f'<p><a href="{escape(address)}">{escape(name)}</a></p>\n'
    return f"<article>{shown}</article>\n".encode("utf-8", "replace")


def _message(message: dict[str, Any], level: str, pictures: Mapping[str, str]) -> str:
    shown = _line(_author(message), message.get("createdDateTime"), level)
    if subject := message.get("subject"):
        shown += f"<p><strong>{escape(str(subject))}</strong></p>\n"
    if message.get("deletedDateTime"):
        return f"{shown}<p><em>This message was deleted.</em></p>\n"
    shown += _body(message)
    for one in _dicts(message.get("attachments")):
        if one.get("name"):
            shown += f"<p>Attached: {escape(str(one['name']))}</p>\n"
    written = str(message.get("body")) + str(message.get("attachments"))
    for picture, address in pictures.items():
        if picture in written:
            shown += f'<p><img src="{escape(address)}" alt=""></p>\n'
    return shown + "".join(_reactions(message))


def _reactions(message: dict[str, Any]) -> Iterator[str]:
    counted: dict[str, int] = {}
    for one in _dicts(message.get("reactions")):
        name = str(one.get("displayName") or one.get("reactionType") or "")
        counted[name] = counted.get(name, 0) + 1
    if counted:
        words = ", ".join(f"{escape(name)} {count}" for name, count in counted.items())
        yield f"<p><small>Reactions: {words}</small></p>\n"


def _line(author: str, when: Any, level: str) -> str:
    moment = escape(str(when or ""))
    return f'<{level}>{escape(author or "Unknown")} <time datetime="{moment}">{moment}</time></{level}>\n'


def _body(message: dict[str, Any]) -> str:
    body = message.get("body")
    content = body.get("content") if isinstance(body, dict) else None
    if not isinstance(content, str) or not content.strip():
        return ""
    text = content if str(body.get("contentType")).lower() == "text" else text_of_html(content)
    return f"<p>{escape(text.strip())}</p>\n" if text.strip() else ""


def _author(message: dict[str, Any]) -> str:
    given = message.get("from")
    for who in given.values() if isinstance(given, dict) else ():
        if isinstance(who, dict) and who.get("displayName"):
            return str(who["displayName"])
    return "System" if message.get("messageType") not in (None, "message") else ""


def _address(given: Any) -> str:
    person = given.get("emailAddress") if isinstance(given, dict) else None
    return str(person.get("name") or person.get("address") or "") if isinstance(person, dict) else ""


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
