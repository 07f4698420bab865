"""Messages that a client creates, changes, moves and deletes."""

from dataclasses import asdict
from datetime import datetime

from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.dates import written
from simulators.microsoft365.outlook.content.parts import FILE
from simulators.microsoft365.outlook.content.reading import read_mail
from simulators.microsoft365.outlook.graph import extended
from simulators.microsoft365.outlook.graph.attachment_writing import add_attachment, checked_attachment
from simulators.microsoft365.outlook.graph.bodies import from_base64, refuse_too_much, sent_object
from simulators.microsoft365.outlook.graph.event_shape import utc
from simulators.microsoft365.outlook.graph.finding import found_folder, found_mailbox
from simulators.microsoft365.outlook.graph.message_shape import MESSAGE, recipient
from simulators.microsoft365.outlook.graph.messages import found_message, shown_message
from simulators.microsoft365.outlook.models import Folder, Item, Mailbox
from simulators.microsoft365.outlook.mutations.ledger import MailboxLedger, writing_to

_MAIL, _MESSAGE = Folder.Kind.MAIL, Item.Kind.MESSAGE
_UNSENT, _READ = 8, 1
_MOST_HEADERS = 5
_ALWAYS_SETTABLE = {
    "isRead", "categories", "flag", "importance", "inferenceClassification", "singleValueExtendedProperties",
}  # fmt: skip
_DRAFT_SETTABLE = _ALWAYS_SETTABLE | {
    "subject", "body", "toRecipients", "ccRecipients", "bccRecipients", "replyTo", "from", "sender",
    "internetMessageId", "isDeliveryReceiptRequested", "isReadReceiptRequested", "internetMessageHeaders",
}  # fmt: skip
_DECIDED_HERE = ("id", "changeKey", "webLink", "bodyPreview", "hasAttachments", "isDraft", "attachments", "isRead")


def create_message(call: Call, user: str, folder: str = "") -> Answer:
    """Create a draft, or with the flags of a sent message one that looks as it was received."""
    mailbox = found_mailbox(call, user)
    place = found_folder(mailbox, _MAIL, folder or "drafts")
    if call.headers.get("content-type", "").startswith("text/plain"):
        if folder:
            message = "The body of the request is not an object of JSON."
            raise GraphError(400, "UnableToDeserializePostBody", message)
        return _from_mime(call, mailbox, place)
    body = sent_object(call, MESSAGE)
    parts = [checked_attachment(one) for one in body.get("attachments") or []]
    with writing_to(mailbox) as box:
        item = box.create(_MESSAGE, place.id, **_facts(box, body))
        for part in parts:
            add_attachment(box, item, part)
    return _shown(call, mailbox, item, 201)


def update_message(call: Call, user: str, message: str, folder: str = "") -> Answer:
    """Change what may be changed: of a draft nearly everything, of a received message its marks alone."""
    mailbox = found_mailbox(call, user)
    item = found_message(mailbox, message, folder)
    body = {name: value for name, value in sent_object(call, MESSAGE).items() if "@" not in name}
    wrong = set(body) - (_DRAFT_SETTABLE if item.is_draft else _ALWAYS_SETTABLE)
    if wrong:
        message = f"Set action is invalid for property '{sorted(wrong)[0]}'."
        raise GraphError(400, "ErrorInvalidPropertySet", message)
    properties = extended.given_properties(body)
    with writing_to(mailbox) as box:
        values = item.values | {name: value for name, value in body.items() if name not in _DECIDED_HERE}
        if properties:
            values["singleValueExtendedProperties"] = extended.merged(item, properties)
        rewrites = bool(set(body) - _ALWAYS_SETTABLE)
        facts = {"mime": None} if rewrites else {}
        box.change(item, values=values, is_read=bool(body.get("isRead", item.is_read)), rewrites=rewrites, **facts)
    return _shown(call, mailbox, item, 200)


def move_message(call: Call, user: str, message: str, folder: str = "") -> Answer:
    """Move a message to the folder `destinationId`."""
    mailbox = found_mailbox(call, user)
    item = found_message(mailbox, message, folder)
    place = found_folder(mailbox, _MAIL, str(call.json().get("destinationId") or ""))
    with writing_to(mailbox) as box:
        box.move(item, place.id)
    return _shown(call, mailbox, item, 201)


def delete_message(call: Call, user: str, message: str, folder: str = "") -> Answer:
    """Delete a message: to Deleted Items, and from there to where it can be recovered; from there for good."""
    mailbox = found_mailbox(call, user)
    item = found_message(mailbox, message, folder)
    here = mailbox.folders.get(id=item.folder_id).well_known
    with writing_to(mailbox) as box:
        if here.startswith("recoverableitems"):
            box.remove(item)
        else:
            to = "recoverableitemsdeletions" if here == "deleteditems" else "deleteditems"
            box.move(item, found_folder(mailbox, _MAIL, to).id)
    return Answer(None, 204)


def _facts(box: MailboxLedger, body: dict) -> dict:
    properties = extended.given_properties(body)
    by_tag = {name.rpartition(" ")[2]: value for name, value in properties.items()}
    flags = _whole(by_tag.get(extended.FLAGS, str(_UNSENT)))
    is_draft = bool(flags & _UNSENT)
    values = {name: value for name, value in body.items() if name not in _DECIDED_HERE and "@" not in name}
    _refuse_foreign_headers(values)
    sent_at = _moment(by_tag.get(extended.SENT)) or box.now
    values |= {"sentDateTime": written(sent_at)}
    for decided in ("receivedDateTime", "createdDateTime", "lastModifiedDateTime", "parentFolderId"):
        values.pop(decided, None)
    if properties:
        values["singleValueExtendedProperties"] = [{"id": key, "value": value} for key, value in properties.items()]
    return {
        "is_draft": is_draft,
        "is_read": bool(body["isRead"]) if "isRead" in body else is_draft or bool(flags & _READ),
        "at": _moment(by_tag.get(extended.RECEIVED)) or box.now,
        "values": values,
    }


def _from_mime(call: Call, mailbox: Mailbox, drafts: Folder) -> Answer:
    """Create a draft out of a message. That it was sent once, and when it was received, is lost."""
    refuse_too_much(call)
    raw = from_base64(call.body.decode("ascii", "replace"), "the MIME content")
    found = read_mail(raw)
    values = {"subject": found.subject, "body": {"contentType": found.body_type, "content": found.body}}
    for header, name in (("To", "toRecipients"), ("Cc", "ccRecipients"), ("Bcc", "bccRecipients")):
        values[name] = [recipient(person) for person in found.people[header]]
    if found.sender:
        values["from"] = recipient(found.sender)
    if found.message_id:
        values["internetMessageId"] = found.message_id
    with writing_to(mailbox) as box:
        values["sentDateTime"] = written(found.sent_at or box.now)
        item = box.create(_MESSAGE, drafts.id, is_draft=True, is_read=True, at=box.now, values=values, mime=raw)
        for part in found.parts:
            add_attachment(box, item, {"kind": FILE} | asdict(part))
    return _shown(call, mailbox, item, 201)


def _refuse_foreign_headers(values: dict) -> None:
    headers = values.get("internetMessageHeaders") or []
    if len(headers) > _MOST_HEADERS:
        message = f"Maximum number of headers in one message should be less than or equal to {_MOST_HEADERS}."
        raise GraphError(400, "InvalidInternetMessageHeaderCollection", message)
    for header in headers:
        if not str(header.get("name", "")).lower().startswith("x-"):
            message = f"The internet message header name '{header.get('name')}' should start with 'x-' or 'X-'."
            raise GraphError(400, "InvalidInternetMessageHeader", message)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return utc(text)
    except ValueError as problem:
        raise GraphError(400, "ErrorInvalidProperty", f"The value '{text}' is no moment.") from problem


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise GraphError(400, "ErrorInvalidProperty", f"The value '{text}' is no whole number.")
    return int(text)


def _shown(call: Call, mailbox: Mailbox, item: Item, status: int) -> Answer:
    return shown_message(call, mailbox, mailbox.items.get(id=item.id), status)
