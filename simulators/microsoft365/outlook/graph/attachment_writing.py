"""Attachments that a client adds and removes: small ones in one call, large ones by an upload session."""

from datetime import timedelta

from simulators.microsoft365.graph import links
from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.dates import written
from simulators.microsoft365.outlook.addresses import outside_address
from simulators.microsoft365.outlook.content.inner_items import inner_mail
from simulators.microsoft365.outlook.content.parts import FILE, ITEM, REFERENCE
from simulators.microsoft365.outlook.graph.attachments import found_part, one_attachment
from simulators.microsoft365.outlook.graph.bodies import from_base64, refuse_too_much
from simulators.microsoft365.outlook.graph.calendars import holder
from simulators.microsoft365.outlook.graph.events import found_event
from simulators.microsoft365.outlook.graph.finding import found_item, found_mailbox
from simulators.microsoft365.outlook.graph.naming import naming_for
from simulators.microsoft365.outlook.models import Attachment, Item, Mailbox, Upload
from simulators.microsoft365.outlook.mutations.ledger import MailboxLedger, writing_to

LARGEST_DIRECT, LARGEST = 3 * 1024 * 1024, 150 * 1024 * 1024
_SESSION_LIVES = timedelta(days=1)
_KINDS = {
    "#microsoft.graph.fileAttachment": FILE,
    "#microsoft.graph.itemAttachment": ITEM,
    "#microsoft.graph.referenceAttachment": REFERENCE,
}


def create_message_attachment(call: Call, user: str, message: str) -> Answer:
    """Add an attachment to a message."""
    mailbox = found_mailbox(call, user)
    return _create(call, mailbox, found_item(mailbox, Item.Kind.MESSAGE, message))


def create_event_attachment(call: Call, user: str, event: str) -> Answer:
    """Add an attachment to an event."""
    mailbox = holder(call, user, "")
    return _create(call, mailbox, found_event(mailbox, event)[0])


def delete_message_attachment(call: Call, user: str, message: str, attachment: str) -> Answer:
    """Remove an attachment from a message."""
    mailbox = found_mailbox(call, user)
    return _delete(mailbox, found_item(mailbox, Item.Kind.MESSAGE, message), attachment)


def delete_event_attachment(call: Call, user: str, event: str, attachment: str) -> Answer:
    """Remove an attachment from an event."""
    mailbox = holder(call, user, "")
    return _delete(mailbox, found_event(mailbox, event)[0], attachment)


def create_message_upload(call: Call, user: str, message: str) -> Answer:
    """Begin to upload a large attachment of a message."""
    mailbox = found_mailbox(call, user)
    return _begin_upload(call, mailbox, found_item(mailbox, Item.Kind.MESSAGE, message))


def create_event_upload(call: Call, user: str, event: str) -> Answer:
    """Begin to upload a large attachment of an event."""
    mailbox = holder(call, user, "")
    return _begin_upload(call, mailbox, found_event(mailbox, event)[0])


def checked_attachment(body: object) -> dict:
    """Return the facts of an attachment that was sent as JSON. Raises `GraphError`."""
    kind = _KINDS.get(body.get("@odata.type", "")) if isinstance(body, dict) else None
    if kind is None or not isinstance(body.get("name"), str):
        raise GraphError(400, "ErrorInvalidRequest", "An attachment needs an @odata.type that is known, and a name.")
    content = b""
    if kind == FILE:
        content = from_base64(body.get("contentBytes", ""), "contentBytes")
        if len(content) > LARGEST_DIRECT:
            raise GraphError(413, "RequestEntityTooLarge", "Attachments from 3 MB on need an upload session.")
    if kind == ITEM and str((body.get("item") or {}).get("@odata.type", "")).endswith("graph.message"):
        content = _mail_within(body["item"])
    return {
        "kind": kind,
        "name": body["name"],
        "content_type": body.get("contentType") or "application/octet-stream",
        "content_id": body.get("contentId") or "",
        "is_inline": bool(body.get("isInline")),
        "content": content,
        "inner": body.get("item"),
    }


def _mail_within(item: dict) -> bytes:
    try:
        return inner_mail(item)
    except (ValueError, TypeError, AttributeError, KeyError) as problem:
        raise GraphError(400, "ErrorInvalidRequest", f"The item within is no message: {problem}.") from problem


def add_attachment(box: MailboxLedger, item: Item, facts: dict) -> Attachment:
    """Store an attachment of an item."""
    number = item.attachments.count() + 1
    facts = facts | {"name": facts["name"][:260], "content_type": facts["content_type"][:120]}
    row = Attachment(id=box.new_id("attachment"), item=item, number=number, added_at=box.now, **facts)
    row.save(force_insert=True)
    return row


def _create(call: Call, mailbox: Mailbox, item: Item) -> Answer:
    refuse_too_much(call)
    facts = checked_attachment(call.json())
    with writing_to(mailbox) as box:
        row = add_attachment(box, item, facts)
        box.change(item)
    answer = one_attachment(call, mailbox, item, naming_for(call, mailbox).part(item, row.id))
    answer.status = 201
    return answer


def _delete(mailbox: Mailbox, item: Item, word: str) -> Answer:
    part = found_part(mailbox, item, word)
    with writing_to(mailbox) as box:
        gone = sorted({*item.facts.get("gone_parts", []), str(part.id)})
        box.change(item, facts=item.facts | {"gone_parts": gone})
    return Answer(None, 204)


def _begin_upload(call: Call, mailbox: Mailbox, item: Item) -> Answer:
    facts = call.json().get("AttachmentItem") or call.json().get("attachmentItem") or {}
    size = facts.get("size")
    if facts.get("attachmentType") != "file" or not isinstance(facts.get("name"), str) or not isinstance(size, int):
        raise GraphError(400, "ErrorInvalidRequest", "An AttachmentItem needs attachmentType file, a name and a size.")
    if not 0 < size <= LARGEST:
        raise GraphError(400, "ErrorAttachmentSizeLimitExceeded", "The size must be from 1 byte to 150 MB.")
    with writing_to(mailbox) as box:
        upload_id = box.new_id("upload")
        expires_at = box.now + _SESSION_LIVES
        facts = facts | {"client_id": call.client_id}
        Upload.objects.create(id=upload_id, item=item, facts=facts, size=size, expires_at=expires_at)
    body = {
        "@odata.context": links.context("microsoft.graph.uploadSession"),
        "uploadUrl": outside_address("uploads", {"upload": str(upload_id)}, mailbox.tenant_id),
        "expirationDateTime": written(expires_at),
        "nextExpectedRanges": ["0-"],
    }
    return Answer(body, 201)
