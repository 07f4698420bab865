"""What is kept of a message, and when its bytes can have changed.

Follows Microsoft's pages "message resource type" and, for the size, the property PidTagMessageSize.
"""

from typing import Any

from backups.connectors.contract import Part, Upsert
from backups.connectors.microsoft365.records import (
    digest,
    kept,
    moment_in,
    people_in,
    person_in,
    text_in,
    texts_in,
    version_of,
)

MIME = "mime"
_SIZE = "Long 0x0E08"
_PROPERTIES = (
    "createdDateTime", "changeKey", "categories", "receivedDateTime", "sentDateTime", "hasAttachments",
    "internetMessageId", "subject", "bodyPreview", "importance", "parentFolderId", "conversationId",
    "conversationIndex", "isDeliveryReceiptRequested", "isReadReceiptRequested", "isRead", "isDraft",
    "inferenceClassification", "sender", "from", "toRecipients", "ccRecipients", "bccRecipients", "replyTo", "flag",
)  # fmt: skip
# The text is in the MIME, and what only says that something was touched is left to other properties.
OPTIONS = (
    f"$select={','.join(_PROPERTIES)}"
    f"&$expand=singleValueExtendedProperties($filter=id%20eq%20'{_SIZE.replace(' ', '%20')}')"
)
# Where it lies is told by its feed; the rest is in the MIME, or asked for to see that it changed.
_NOT_KEPT = frozenset({"parentFolderId", "bodyPreview", "singleValueExtendedProperties"})
# Nobody can change these without changing the message itself: not by reading, flagging, sorting or moving it.
_CONTENT = (
    "createdDateTime", "receivedDateTime", "sentDateTime", "hasAttachments", "internetMessageId", "subject",
    "bodyPreview", "importance", "isDeliveryReceiptRequested", "isReadReceiptRequested", "sender", "from",
    "toRecipients", "ccRecipients", "bccRecipients", "replyTo",
)  # fmt: skip
# Flags and categories count as part of the size, so only what is more than them tells of other content.
_SIZE_STEP = 16 << 10


def message_in(remote_id: str, entry: dict[str, Any]) -> Upsert:
    """Return the message of an entry of a feed.

    Where somebody only read it, Exchange tells nothing but that ("Fewer attributes in the delta URL response than
    requested"): such a message is not whole.
    """
    if "createdDateTime" not in entry:
        record = kept(entry, _NOT_KEPT)
        return Upsert(remote_id, f"touched {digest(entry)}", record, _facts(entry), is_whole=False)
    record, tag = kept(entry, _NOT_KEPT), _mime_tag(entry)
    return Upsert(remote_id, digest([record, tag]), record, _facts(entry), (Part(MIME, tag),))


def _mime_tag(entry: dict[str, Any]) -> str:
    if entry.get("isDraft") is not False:
        return f"draft {version_of(entry)}"
    size = _size(entry)
    return digest([kept({name: entry.get(name) for name in _CONTENT}), None if size is None else size // _SIZE_STEP])


def _size(entry: dict[str, Any]) -> int | None:
    """Return what the message takes in the mailbox, which is about what its MIME takes."""
    given = entry.get("singleValueExtendedProperties")
    for one in given if isinstance(given, list) else []:
        value = one.get("value") if isinstance(one, dict) else None
        if isinstance(value, str) and value.isdecimal() and len(value) < 19:
            return int(value)
    return None


def _facts(entry: dict[str, Any]) -> dict[str, Any]:
    facts = {
        "name": text_in(entry.get("subject")),
        "modified_at": moment_in(entry.get("receivedDateTime")),
        "created_at": moment_in(entry.get("createdDateTime")),
        "from": person_in(entry.get("from")) or person_in(entry.get("sender")),
        "to": people_in(entry.get("toRecipients"), entry.get("ccRecipients"), entry.get("bccRecipients")),
        "has_attachments": entry.get("hasAttachments") is True,
        "is_read": entry.get("isRead") is True,
        "is_draft": entry.get("isDraft") is True,
        "categories": texts_in(entry.get("categories")),
        "internet_message_id": text_in(entry.get("internetMessageId")),
    }
    size = _size(entry)
    return facts if size is None else {**facts, "size": size}
