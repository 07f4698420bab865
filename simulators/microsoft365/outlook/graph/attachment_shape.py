"""Attachments of messages and events as Graph shows them."""

import base64

from simulators.microsoft365.graph.calls import GraphError
from simulators.microsoft365.graph.dates import written
from simulators.microsoft365.outlook.content.mails import Mail
from simulators.microsoft365.outlook.content.parts import FILE, ITEM, Part
from simulators.microsoft365.outlook.graph.message_shape import recipient
from simulators.microsoft365.outlook.graph.naming import Naming
from simulators.microsoft365.outlook.models import Item

_TYPES = {FILE: "fileAttachment", ITEM: "itemAttachment"}
_NAMES = (
    "id", "lastModifiedDateTime", "name", "contentType", "size", "isInline", "contentId", "contentLocation",
    "contentBytes",
)  # fmt: skip


def chosen_of_attachment(select: str | None) -> tuple[str, ...]:
    """Return the properties to show; the id is always among them. Raises `GraphError`."""
    if select is None:
        return _NAMES
    known = {name.lower(): name for name in _NAMES}
    names = ["id"]
    for word in filter(None, map(str.strip, select.split(","))):
        # Properties of the derived types may be named with their type.
        name = known.get(word.rpartition("/")[2].lower())
        if name is None:
            message = f"Could not find a property named '{word}' on type 'microsoft.graph.attachment'."
            raise GraphError(400, "BadRequest", message)
        names.append(name)
    return tuple(dict.fromkeys(names))


def show_attachment(
    item: Item, part: Part, naming: Naming, chosen: tuple[str, ...], *, with_item: bool = False
) -> dict:
    """Return one attachment; the bytes of a file are part of it unless they are selected away."""
    shown = {
        "@odata.type": f"#microsoft.graph.{_TYPES.get(part.kind, 'referenceAttachment')}",
        "id": naming.part(item, part.id),
    }
    if part.kind == FILE:
        shown["@odata.mediaContentType"] = part.content_type
    values = {
        "lastModifiedDateTime": lambda: written(part.at),
        "name": lambda: part.name,
        "contentType": lambda: None if part.kind == ITEM else part.content_type,
        "size": lambda: part.size,
        "isInline": lambda: part.is_inline,
    }
    if part.kind == FILE:
        values |= {
            "contentId": lambda: part.content_id or None,
            "contentLocation": lambda: None,
            "contentBytes": lambda: base64.b64encode(part.make()).decode(),
        }
    shown |= {name: values[name]() for name in chosen if name in values}
    if with_item and part.kind == ITEM:
        shown["item"] = _inner(part)
    return shown


def _inner(part: Part) -> dict:
    if not isinstance(part.inner, Mail):
        return part.inner or {}
    mail = part.inner
    return {
        "@odata.type": "#microsoft.graph.message",
        "id": "",
        "createdDateTime": written(part.at),
        "lastModifiedDateTime": written(part.at),
        "receivedDateTime": written(part.at),
        "sentDateTime": written(mail.sent_at),
        "hasAttachments": bool(mail.parts),
        "internetMessageId": mail.message_id,
        "subject": mail.subject,
        "importance": mail.importance,
        "isRead": True,
        "isDraft": False,
        "body": {"contentType": mail.body_type, "content": mail.body},
        "sender": recipient(mail.sender),
        "from": recipient(mail.sender),
        "toRecipients": [recipient(one) for one in mail.to],
        "ccRecipients": [recipient(one) for one in mail.cc],
    }
