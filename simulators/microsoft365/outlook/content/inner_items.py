"""A message within a message, as somebody posts it: Exchange makes a whole mail of it."""

import base64
import binascii
from datetime import UTC, datetime

from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.outlook.content import mime
from simulators.microsoft365.outlook.content.mails import TEXT, Address, Mail
from simulators.microsoft365.outlook.content.parts import FILE, Part

_SENT = "systemtime 0x0039"
# Before any mail there is, for one that does not say when it was sent.
_UNDATED = datetime(1980, 1, 1, tzinfo=UTC)


def inner_mail(item: dict) -> bytes:
    """Return a message of Graph, with its attachments, as RFC 822. Raises `ValueError` for what is none."""
    properties = {one["id"].lower(): one["value"] for one in item.get("singleValueExtendedProperties") or []}
    sent_at = datetime.fromisoformat(properties[_SENT]) if _SENT in properties else _UNDATED
    body, subject = item.get("body") or {}, item.get("subject") or ""
    mail = Mail(
        subject=subject,
        sender=_person(item.get("from")),
        to=[_person(one) for one in item.get("toRecipients") or []],
        cc=[_person(one) for one in item.get("ccRecipients") or []],
        text=body.get("content") or "",
        body_type=str(body.get("contentType") or TEXT).lower(),
        sent_at=sent_at if sent_at.tzinfo else sent_at.replace(tzinfo=UTC),
        message_id=item.get("internetMessageId") or "<inner@outlook.example>",
        conversation="",
        reply_to=[_person(one) for one in item.get("replyTo") or []],
        parts=[_part(number, one) for number, one in enumerate(item.get("attachments") or [])],
    )
    return mime.rendered(mail, ("inner", subject))


def _part(number: int, given: dict) -> Part:
    try:
        content = base64.b64decode(given.get("contentBytes") or "", validate=True)
    except binascii.Error as problem:
        raise ValueError("An attachment within holds no base64.") from problem
    return Part(
        id=derived_id("inner", number),
        kind=FILE,
        name=str(given.get("name") or ""),
        content_type=given.get("contentType") or "application/octet-stream",
        size=len(content),
        at=_UNDATED,
        make=lambda: content,
        is_inline=bool(given.get("isInline")),
        content_id=given.get("contentId") or "",
    )


def _person(recipient: dict | None) -> Address:
    address = (recipient or {}).get("emailAddress") or {}
    return address.get("name") or "", address.get("address") or "nobody@outlook.example"
