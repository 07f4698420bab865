"""The message of Graph, made from an item."""

import base64
from functools import cached_property
from urllib.parse import quote

from simulators.microsoft365.graph.dates import written
from simulators.microsoft365.graph.selecting import Shape
from simulators.microsoft365.outlook.content.letters import Letter
from simulators.microsoft365.outlook.content.mails import Address
from simulators.microsoft365.outlook.graph.naming import Naming, change_key
from simulators.microsoft365.outlook.graph.texts import shown_text
from simulators.microsoft365.outlook.models import Item


class SeenMessage:
    """One message as one client sees it."""

    def __init__(self, item: Item, naming: Naming) -> None:
        self.item, self.naming = item, naming

    @cached_property
    def letter(self) -> Letter:
        """The content, derived when something of it is shown."""
        return Letter(self.item)

    @property
    def id(self) -> str:
        """The id in the form the client wants."""
        return self.naming.item(self.item)


def recipient(address: Address) -> dict:
    """Return somebody as Graph writes senders and receivers."""
    return {"emailAddress": {"name": address[0] or address[1], "address": address[1]}}


def _recipients(field: str):
    return lambda seen: [recipient(one) for one in getattr(seen.letter.mail, field)]


def _body(seen: SeenMessage) -> dict:
    body = {"contentType": seen.letter.mail.body_type, "content": seen.letter.mail.body}
    return shown_text(body, seen.naming.text_form)


def _sender(seen: SeenMessage) -> dict | None:
    return recipient(seen.letter.mail.sender) if seen.letter.mail.sender[1] else None


def _conversation(seen: SeenMessage) -> str:
    return base64.urlsafe_b64encode(f"conversation {seen.letter.mail.conversation}".encode()).decode()


def _web_link(seen: SeenMessage) -> str:
    return f"https://outlook.example/owa/?ItemID={quote(seen.id, safe='')}&exvsurl=1&viewmodel=ReadMessageItem"


def _headers(seen: SeenMessage) -> list[dict]:
    mail = seen.letter.mail
    pairs = [("From", mail.sender[1]), ("Message-ID", mail.message_id), *mail.headers]
    return [{"name": name, "value": value} for name, value in pairs]


def _set_or(name: str, default):
    return lambda seen: seen.item.values.get(name, default)


MESSAGE = Shape(
    "message",
    {
        "@odata.etag": lambda seen: f'W/"{change_key(seen.item)}"',
        "id": lambda seen: seen.id,
        "createdDateTime": lambda seen: written(seen.item.created_at),
        "lastModifiedDateTime": lambda seen: written(seen.item.modified_at),
        "changeKey": lambda seen: change_key(seen.item),
        "categories": _set_or("categories", []),
        "receivedDateTime": lambda seen: written(seen.item.at),
        "sentDateTime": lambda seen: written(seen.letter.mail.sent_at),
        "hasAttachments": lambda seen: any(not part.is_inline for part in seen.letter.parts),
        "internetMessageId": lambda seen: seen.letter.mail.message_id,
        "subject": lambda seen: seen.letter.mail.subject,
        "bodyPreview": lambda seen: seen.letter.preview,
        "importance": lambda seen: seen.letter.mail.importance,
        "parentFolderId": lambda seen: seen.naming.folder(seen.item.folder_id),
        "conversationId": _conversation,
        "conversationIndex": lambda seen: base64.b64encode(seen.item.id.bytes + b"\x01").decode(),
        "isDeliveryReceiptRequested": _set_or("isDeliveryReceiptRequested", False),
        "isReadReceiptRequested": _set_or("isReadReceiptRequested", False),
        "isRead": lambda seen: seen.item.is_read,
        "isDraft": lambda seen: seen.item.is_draft,
        "webLink": _web_link,
        "inferenceClassification": _set_or("inferenceClassification", "focused"),
        "body": _body,
        "uniqueBody": _body,
        "sender": _sender,
        "from": _sender,
        "toRecipients": _recipients("to"),
        "ccRecipients": _recipients("cc"),
        "bccRecipients": _recipients("bcc"),
        "replyTo": _recipients("reply_to"),
        "flag": _set_or("flag", {"flagStatus": "notFlagged"}),
        "internetMessageHeaders": _headers,
    },
    default=(
        "@odata.etag", "id", "createdDateTime", "lastModifiedDateTime", "changeKey", "categories", "receivedDateTime",
        "sentDateTime", "hasAttachments", "internetMessageId", "subject", "bodyPreview", "importance",
        "parentFolderId", "conversationId", "conversationIndex", "isDeliveryReceiptRequested",
        "isReadReceiptRequested", "isRead", "isDraft", "webLink", "inferenceClassification", "body", "sender", "from",
        "toRecipients", "ccRecipients", "bccRecipients", "replyTo", "flag",
    ),
    relations=("attachments", "singleValueExtendedProperties"),
)  # fmt: skip


def show_message(seen: SeenMessage, chosen: tuple[str, ...]) -> dict:
    """Return a message with the chosen properties; an invitation says that it is one."""
    shown = MESSAGE.show(seen, ("@odata.etag", *chosen) if chosen[0] != "@odata.etag" else chosen)
    if not seen.item.recipe == "invitation":
        return shown
    return (
        {"@odata.type": "#microsoft.graph.eventMessageRequest"}
        | shown
        | ({"meetingMessageType": "meetingRequest"} if chosen == MESSAGE.default else {})
    )
