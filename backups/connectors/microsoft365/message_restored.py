"""A kept message as it is sent to be made again.

Follows Microsoft's pages "Create message", "message resource type" and "Outlook extended properties overview". A
message that is made with its flags, and without the one that says it was never sent, is no draft, and has the dates it
is given. Headers other than five that begin with "x-" cannot be set.
"""

from collections.abc import Iterator
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any

from backups.connectors.microsoft365.mime_reading import HTML, TEXT, Letter, words_of
from backups.connectors.microsoft365.restore_attachments import Attached
from backups.connectors.restoring import Less

_FLAGS, _SENT, _RECEIVED = "Integer 0x0E07", "SystemTime 0x0039", "SystemTime 0x0E06"
_CLASS, _ANSWERS, _THREAD = "String 0x001A", "String 0x1042", "String 0x1039"
# Read, and submitted: anything but "never sent".
_READ, _UNREAD = "1", "4"
_TAKEN = (
    "subject", "from", "sender", "toRecipients", "ccRecipients", "bccRecipients", "replyTo", "importance", "isRead",
    "categories", "inferenceClassification", "internetMessageId",
)  # fmt: skip
_RECEIPTS = ("isReadReceiptRequested", "isDeliveryReceiptRequested")
# What a request holds at most, with room for what else is in it.
LONGEST_TEXT = 3_000_000
_INSTEAD = "The text of this message is longer than Microsoft lets anybody write back. It is attached as “{}”."
_MOST_HEADERS, _LONGEST_HEADER = 5, 800
# They come back as properties of the message, or say how it was packed.
_CARRIED = frozenset(
    {
        "from", "to", "cc", "bcc", "sender", "reply-to", "subject", "date", "message-id", "importance", "mime-version",
        "in-reply-to", "references",
    }
)  # fmt: skip


def message_body(record: dict[str, Any], letter: Letter) -> tuple[dict[str, Any], set[Less]]:
    """Return what makes the message, without what is attached, and what it will lack."""
    text, less = _text(letter), set()
    if is_long(letter):
        text = {"contentType": TEXT, "content": _INSTEAD.format(long_text_name(letter))}
        less.add(Less.TEXT)
    body = {name: record[name] for name in _TAKEN if record.get(name) not in (None, "")}
    body |= {"body": text} | _flagged(record)
    properties = {_SENT: record.get("sentDateTime"), _RECEIVED: record.get("receivedDateTime")}
    if record.get("isDraft") is True:
        body |= {name: True for name in _RECEIPTS if record.get(name) is True}
    else:
        properties[_FLAGS] = _READ if record.get("isRead") is True else _UNREAD
        # Reading it would write to whoever sent it.
        less |= {Less.SETTINGS} if any(record.get(name) is True for name in _RECEIPTS) else set()
    if letter.sealed:
        properties[_CLASS] = letter.sealed
    if "eventMessage" in str(record.get("@odata.type", "")):
        less.add(Less.INVITATION)
    body["singleValueExtendedProperties"] = [{"id": name, "value": one} for name, one in properties.items() if one]
    return body, less


def with_headers(body: dict[str, Any], headers: Message) -> tuple[dict[str, Any], set[Less]]:
    """Return ``body`` with the headers that can be set, and whether some cannot."""
    names = [name.lower() for name in headers.keys()]
    own = [(name, " ".join(str(value).split())) for name, value in headers.items() if _can_be_set(name, str(value))]
    own = list({name.lower(): (name, value) for name, value in own}.values())[:_MOST_HEADERS]
    carried = _CARRIED | {name.lower() for name, _ in own}
    lost = any(name not in carried and not name.startswith("content-") for name in names)
    thread = {_ANSWERS: words_of(headers, "In-Reply-To"), _THREAD: words_of(headers, "References")}
    more = [{"id": name, "value": value} for name, value in thread.items() if value]
    found = body | {"singleValueExtendedProperties": [*body["singleValueExtendedProperties"], *more]}
    if own:
        found["internetMessageHeaders"] = [{"name": name, "value": value} for name, value in own]
    return found, {Less.HEADERS} if lost else set()


def without_extras(body: dict[str, Any]) -> dict[str, Any]:
    """Return ``body`` without what a server may refuse although the message itself could be made."""
    own = [one for one in body["singleValueExtendedProperties"] if one["id"] not in (_ANSWERS, _THREAD)]
    names = body.keys() - {"internetMessageHeaders", "internetMessageId"}
    return {name: body[name] for name in body if name in names} | {"singleValueExtendedProperties": own}


def item_of(letter: Letter, files: list[Attached]) -> dict[str, Any]:
    """Return a message within a message as Graph writes it."""
    headers, properties = letter.headers, {_FLAGS: _READ}
    if sent := _date(headers):
        properties |= {_SENT: sent, _RECEIVED: sent}
    item = {
        "@odata.type": "#microsoft.graph.message",
        "subject": words_of(headers, "Subject"),
        "body": _text(letter),
        "attachments": [one.as_json() for one in files],
        "singleValueExtendedProperties": [{"id": name, "value": value} for name, value in properties.items()],
    }
    if message_id := words_of(headers, "Message-ID"):
        item["internetMessageId"] = message_id
    for name, header in (("toRecipients", "To"), ("ccRecipients", "Cc"), ("replyTo", "Reply-To")):
        item[name] = list(_people(headers, header))
    for person in _people(headers, "From"):
        item |= {"from": person, "sender": person}
    return item


def is_long(letter: Letter) -> bool:
    """Return whether the text of a message is more than a request can hold."""
    text = letter.text or ""
    return len(text) > LONGEST_TEXT or len(text.encode()) > LONGEST_TEXT


def long_text_name(letter: Letter) -> str:
    """Return the name of the file that holds a text that is too long."""
    return "message.html" if letter.text_type == HTML else "message.txt"


def _text(letter: Letter) -> dict[str, str]:
    return {"contentType": letter.text_type, "content": letter.text or ""}


def _flagged(record: dict[str, Any]) -> dict[str, Any]:
    flag = record.get("flag")
    return {"flag": flag} if isinstance(flag, dict) and flag.get("flagStatus") not in (None, "notFlagged") else {}


def _can_be_set(name: str, value: str) -> bool:
    # Exchange's own come by themselves, and every new name uses one of those a mailbox can ever have.
    is_own = name.lower().startswith("x-") and not name.lower().startswith("x-ms-")
    return is_own and len(name) + len(value) <= _LONGEST_HEADER and value.isascii()


def _people(headers: Message, name: str) -> Iterator[dict[str, Any]]:
    for person, address in getaddresses([words_of(headers, name)]):
        if address:
            yield {"emailAddress": {"name": person or address, "address": address}}


def _date(headers: Message) -> str:
    try:
        return parsedate_to_datetime(str(headers.get("Date", ""))).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""
