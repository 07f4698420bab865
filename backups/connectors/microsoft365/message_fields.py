"""What is kept of a post with its replies, and when it changed.

Follows Microsoft's pages "chatMessage resource type" and "chatMessageHostedContent".
"""

import html
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote

from backups.connectors.contract import Part, Upsert
from backups.connectors.microsoft365.records import LONGEST_TEXT, digest, kept, moment_in, text_in

# How many replies a feed tells with their post.
_TOLD_REPLIES = 1000
_TAG = re.compile(r"<[^>]*>")
_HOSTED = re.compile(r"/hostedContents/([^/\"'<>\s?]+)/\$value", re.IGNORECASE)
_NOT_KEPT = frozenset({"replies@odata.count"})
_MODIFIED = ("lastModifiedDateTime", "lastEditedDateTime", "deletedDateTime", "createdDateTime")


def post_in(object_id: str, entry: dict[str, Any], replies: list[Any] | None = None) -> Upsert:
    """Return a post of a channel with the replies in its entry, or with ``replies``, all there are.

    It is not whole where its feed left replies out.
    """
    given = entry.get("replies") if replies is None else replies
    answers = sorted(map(kept, given if isinstance(given, list) else []), key=_age)
    record = kept(entry, _NOT_KEPT) | {"replies": answers}
    # Older ones are not told by a feed, so they cannot tell that something changed.
    tag = digest([{**record, "replies": answers[-_TOLD_REPLIES:]}])
    is_whole = replies is not None or "replies@odata.nextLink" not in entry
    return Upsert(object_id, tag, record, _facts(record), tuple(_pictures(record)), is_whole=is_whole)


def latest_in(entry: Any) -> str:
    """Return when a post or one of its replies changed last, in UTC; "" where it does not say."""
    return max(map(_modified, _chain(entry)), default="")


def _facts(record: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": text_in(record.get("subject")) or _words(record) or _kind(record),
        "modified_at": latest_in(record),
        "created_at": moment_in(record.get("createdDateTime")),
        "from": _author(record),
        "replies": len(record["replies"]),
        "is_deleted": bool(record.get("deletedDateTime")),
        "has_attachments": any(one.get("attachments") for one in _chain(record)),
    }


def _pictures(record: dict[str, Any]) -> Iterator[Part]:
    """Yield every picture that a post or one of its replies shows, once."""
    seen: set[str] = set()
    for message in _chain(record):
        of, reply = message.get("id"), ""
        if message is not record:
            of, reply = record.get("id"), message.get("id")
        if not isinstance(of, str) or not isinstance(reply, str):
            continue
        for hosted in _hosted_in(message):
            if hosted not in seen:
                seen.add(hosted)
                # A picture is never changed; another one has another id. A slash would end the name of a part.
                yield Part(
                    f"hosted:{quote(hosted, safe='=')}", hosted, facts={"message": of, "reply": reply, "hosted": hosted}
                )


def _hosted_in(message: dict[str, Any]) -> Iterator[str]:
    body, attachments = message.get("body"), message.get("attachments")
    texts = [body.get("content")] if isinstance(body, dict) else []
    for one in attachments if isinstance(attachments, list) else []:
        texts += [one.get("content"), one.get("contentUrl"), one.get("thumbnailUrl")] if isinstance(one, dict) else []
    for text in texts:
        for found in _HOSTED.findall(text) if isinstance(text, str) else []:
            yield unquote(found)


def _chain(entry: Any) -> list[dict[str, Any]]:
    if not isinstance(entry, dict):
        return []
    replies = entry.get("replies")
    return [entry, *(one for one in replies if isinstance(one, dict))] if isinstance(replies, list) else [entry]


def _modified(message: dict[str, Any]) -> str:
    return max((moment_in(message.get(name)) for name in _MODIFIED), default="")


def _age(reply: Any) -> tuple[int, str]:
    # Old ones first: an id is the moment it was written at, in milliseconds.
    remote_id = reply.get("id") if isinstance(reply, dict) else None
    return (len(remote_id), remote_id) if isinstance(remote_id, str) else (0, digest(reply))


def _words(record: dict[str, Any]) -> str:
    body = record.get("body")
    content = body.get("content") if isinstance(body, dict) else None
    if not isinstance(content, str):
        return ""
    beginning = content[: 20 * LONGEST_TEXT]
    return text_in(beginning if body.get("contentType") == "text" else html.unescape(_TAG.sub(" ", beginning)))


def _kind(record: dict[str, Any]) -> str:
    if record.get("deletedDateTime"):
        return "Deleted message"
    return "" if record.get("messageType") in (None, "message") else "System message"


def _author(record: dict[str, Any]) -> str:
    given = record.get("from")
    for who in given.values() if isinstance(given, dict) else ():
        name = text_in(who.get("displayName")) if isinstance(who, dict) else ""
        if name:
            return name
    return ""
