"""Reads messages that others wrote, the broken ones too: nothing in them can make the reader fail."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from simulators.microsoft365.outlook.content.mails import HTML, TEXT, Address

_EARLIEST, _LATEST = 1601, 9998


@dataclass
class ReadPart:
    """One attachment of a message that was read."""

    name: str
    content_type: str
    content: bytes
    content_id: str = ""
    is_inline: bool = False


@dataclass
class ReadMail:
    """What was found in a message."""

    subject: str
    sender: Address | None
    people: dict[str, list[Address]]
    message_id: str
    sent_at: datetime | None
    body: str = ""
    body_type: str = TEXT
    parts: list[ReadPart] = field(default_factory=list)


def read_mail(raw: bytes) -> ReadMail:
    """Return what a message holds."""
    message = message_from_bytes(raw, policy=policy.compat32)
    senders = _people(message, "From")
    found = ReadMail(
        subject=_decoded(message.get("Subject", "")),
        sender=senders[0] if senders else None,
        people={name: _people(message, name) for name in ("To", "Cc", "Bcc", "Reply-To")},
        message_id=" ".join(str(message.get("Message-ID", "")).split()),
        sent_at=_date(message),
    )
    for part in message.walk():
        if not part.is_multipart():
            _sort_in(part, found)
    return found


def _sort_in(part: Message, found: ReadMail) -> None:
    content = part.get_payload(decode=True) or b""
    kind, name = part.get_content_type(), part.get_filename()
    is_text = kind in ("text/plain", "text/html") and not name and part.get_content_disposition() != "attachment"
    if is_text and (not found.body or (kind == "text/html" and found.body_type == TEXT)):
        found.body = _text(content, part.get_content_charset() or "utf-8")
        found.body_type = HTML if kind == "text/html" else TEXT
        return
    if is_text:
        return
    found.parts.append(
        ReadPart(
            name=_decoded(name or "attachment"),
            content_type=kind,
            content=content,
            content_id=str(part.get("Content-ID") or "").strip("<> \r\n"),
            is_inline=part.get_content_disposition() == "inline",
        )
    )


def _text(content: bytes, charset: str) -> str:
    try:
        text = content.decode(charset, "replace")
    except LookupError:
        text = content.decode("latin-1")
    # PostgreSQL keeps no NUL.
    return text.replace("\0", "\ufffd")


def _decoded(value: object) -> str:
    try:
        text = str(make_header(decode_header(str(value))))
    except (ValueError, LookupError, UnicodeError):
        text = str(value)
    clean = text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
    return " ".join(clean.split())


def _people(message: Message, name: str) -> list[Address]:
    pairs = getaddresses([str(value) for value in message.get_all(name, [])])
    return [(_decoded(one), _decoded(address)) for one, address in pairs if address]


def _date(message: Message) -> datetime | None:
    try:
        found = parsedate_to_datetime(str(message["Date"])) if message["Date"] else None
    except (ValueError, TypeError, IndexError):
        return None
    if found is None or not _EARLIEST < found.year < _LATEST:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
