"""What a message of a channel says, taken apart for those who write it anew, on a page to read or as a message."""

import html
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

from backups.connectors.microsoft365.records import text_in

CARD_KINDS = "application/vnd.microsoft."
_HOSTED = re.compile(
    r"""<img\b[^<>]*?\bsrc\s*=\s*["'][^"'<>]*/hostedContents/([^/"'<>\s?]+)/\$value["'][^<>]*>""", re.IGNORECASE
)
_EMOJI = re.compile(r"""<emoji\b[^<>]*?\balt\s*=\s*["']([^"'<>]*)["'][^<>]*>(?:\s*</emoji>)?""", re.I)
_MENTION = re.compile(r"<at\b[^<>]*>(.*?)</at>", re.I | re.S)
_ATTACHMENT = re.compile(r"""<attachment\b[^<>]*?\bid\s*=\s*["']([^"'<>]*)["'][^<>]*>(?:\s*</attachment>)?""", re.I)
_TAG = re.compile(r"<[^<>]*>")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_CARD_TEXTS = ("title", "subtitle", "text", "summary")
_MOST_CARD_TEXTS = 60


def with_pictures(content: str, shown: Callable[[str], str]) -> str:
    """Return the HTML with what ``shown`` returns for the id of each picture in place of its tag."""
    return _HOSTED.sub(lambda tag: shown(unquote(html.unescape(tag[1]))), content)


def pictures_in(content: str) -> list[str]:
    """Return the ids of the pictures that a message shows, each once."""
    return list(dict.fromkeys(unquote(html.unescape(found)) for found in _HOSTED.findall(content)))


def part_of_picture(hosted: str) -> str:
    """Return the name of the part that keeps a picture."""
    return f"hosted:{quote(hosted, safe='=')}"


def plainly_tagged(content: str, *, mention: str = "{}") -> str:
    """Return the HTML with emojis as characters and people as their names."""
    content = _EMOJI.sub(lambda tag: tag[1], content)
    return _MENTION.sub(lambda tag: mention.format(tag[1]), content)


def without_attachments(content: str, keeping: frozenset[str] = frozenset()) -> str:
    """Return the HTML without the places of its attachments, except those to keep."""
    return _ATTACHMENT.sub(lambda tag: tag[0] if tag[1] in keeping else "", content)


def html_of(record: dict[str, Any]) -> str:
    """Return what a message says as HTML."""
    content, is_html = body_of(record)
    return content if is_html else html.escape(content).replace("\n", "<br>")


def body_of(record: dict[str, Any]) -> tuple[str, bool]:
    """Return what a message says, and whether that is HTML."""
    body = record.get("body")
    content = body.get("content") if isinstance(body, dict) else None
    kind = body.get("contentType") if isinstance(body, dict) else None
    return (content if isinstance(content, str) else "", str(kind).lower() != "text")


def words_of(record: dict[str, Any]) -> str:
    """Return the bare words of a message: the same for the same text, whatever tags it is written in."""
    content = plainly_tagged(html_of(record))
    return " ".join(html.unescape(_TAG.sub(" ", content)).split())


def author_of(record: dict[str, Any]) -> tuple[str, str]:
    """Return the id of the person who wrote a message, "" where it was somebody or something else, and the name."""
    given = record.get("from")
    for kind, who in given.items() if isinstance(given, dict) else ():
        if isinstance(who, dict) and (who.get("id") or who.get("displayName")):
            is_person = kind == "user" and who.get("userIdentityType") in (None, "aadUser")
            told = who.get("id") if is_person else None
            return (told if isinstance(told, str) else "", text_in(who.get("displayName")))
    return ("", "")


def initiator_of(record: dict[str, Any]) -> tuple[str, str]:
    """Return who brought about what the system says, as `author_of` does."""
    detail = record.get("eventDetail")
    return author_of({"from": detail.get("initiator")}) if isinstance(detail, dict) else ("", "")


def is_event(record: dict[str, Any]) -> bool:
    """Return whether the system said it."""
    return record.get("messageType") not in (None, "message")


def event_of(record: dict[str, Any], names: dict[str, str]) -> str:
    """Return what the system says in words; ``names`` are people's by their ids."""
    detail = record.get("eventDetail")
    if not isinstance(detail, dict):
        return "Something happened in the channel"
    kind = str(detail.get("@odata.type", "")).rpartition(".")[2].removesuffix("EventMessageDetail")
    what = " ".join(word.lower() for word in _WORD.findall(kind)).capitalize() or "Something happened in the channel"
    members = detail.get("members")
    people = [_person(one, names) for one in members if isinstance(one, dict)] if isinstance(members, list) else []
    told = [text_in(detail.get(name)) for name in ("channelDisplayName", "teamDisplayName", "tabName", "callEventType")]
    named = ", ".join(filter(None, [*told, *people[:50]]))
    return f"{what}: {named}" if named else what


def attachments_of(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what is attached to a message."""
    return dicts_in(record.get("attachments"))


def is_card(attachment: dict[str, Any]) -> bool:
    """Return whether an attachment is a card and no file."""
    return str(attachment.get("contentType", "")).startswith(CARD_KINDS)


def card_texts(attachment: dict[str, Any]) -> list[str]:
    """Return the texts on a card."""
    try:
        content = json.loads(attachment.get("content") or "null")
    except (ValueError, TypeError, RecursionError):
        return []
    texts: list[str] = []
    waiting = [content]
    while waiting and len(texts) < _MOST_CARD_TEXTS:
        value = waiting.pop(0)
        if isinstance(value, dict):
            texts += [text for name in _CARD_TEXTS if (text := text_in(value.get(name)))]
            waiting += [inner for inner in value.values() if isinstance(inner, dict | list)]
        elif isinstance(value, list):
            waiting += value
    return texts[:_MOST_CARD_TEXTS]


def replies_of(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the answers to a post, old ones first."""
    return dicts_in(record.get("replies"))


def milliseconds(value: Any) -> int | None:
    """Return a moment as Teams counts them, None for what is none."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


def dicts_in(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def reactions_of(record: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield each sort of reaction with its number."""
    counted: dict[str, int] = {}
    for one in dicts_in(record.get("reactions")):
        name = text_in(one.get("displayName")) or text_in(one.get("reactionType"))
        counted[name] = counted.get(name, 0) + 1
    yield from counted.items()


def _person(one: dict[str, Any], names: dict[str, str]) -> str:
    return text_in(one.get("displayName")) or names.get(str(one.get("id")), "") or "somebody"
