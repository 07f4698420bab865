"""Items as the opaque streams of the import and export API: everything of an item, independent of where it lies."""

import base64
import hashlib
import json
import zlib
from datetime import datetime

from simulators.microsoft365.outlook.content.letters import Letter
from simulators.microsoft365.outlook.content.meetings import FILED, Meeting, set_times
from simulators.microsoft365.outlook.content.parts import Part
from simulators.microsoft365.outlook.content.people import Card
from simulators.microsoft365.outlook.graph.contact_shape import CONTACT, SeenContact
from simulators.microsoft365.outlook.graph.event_shape import EVENT, SeenEvent
from simulators.microsoft365.outlook.graph.message_shape import MESSAGE, SeenMessage
from simulators.microsoft365.outlook.graph.naming import Naming
from simulators.microsoft365.outlook.models import Item
from simulators.microsoft365.outlook.mutations.planning import own_values

_MAGIC = b"\x01\x00\x00\x00\x08\x00\x00\x00"
_CHECK = 16
_DATES = ("at", "created_at", "modified_at")
_OF_MESSAGES = (
    "subject", "body", "from", "toRecipients", "ccRecipients", "bccRecipients", "replyTo", "categories", "flag",
    "importance", "internetMessageId", "inferenceClassification", "sentDateTime", "isDeliveryReceiptRequested",
    "isReadReceiptRequested",
)  # fmt: skip

# All but what the mailbox decides.
_DECIDED = ("@odata.etag", "id", "createdDateTime", "lastModifiedDateTime", "changeKey", "parentFolderId")
_OF_CONTACTS = tuple(name for name in CONTACT.default if name not in _DECIDED)


class BrokenStream(ValueError):
    """These bytes are no exported item."""


def exported(item: Item) -> bytes:
    """Return everything of an item."""
    make = {Item.Kind.MESSAGE: _message, Item.Kind.EVENT: _event, Item.Kind.CONTACT: _contact}[item.kind]
    whole = {"kind": item.kind, "is_read": item.is_read, "is_draft": item.is_draft} | make(item)
    whole |= {name: getattr(item, name).isoformat() if getattr(item, name) else None for name in _DATES}
    data = zlib.compress(json.dumps(whole, separators=(",", ":")).encode(), 1)
    return _MAGIC + hashlib.blake2b(data, digest_size=_CHECK).digest() + data


def imported(stream: bytes) -> tuple[dict, list[dict]]:
    """Return the fields of a row, and the facts of its attachments. Raises `BrokenStream`."""
    head, check, data = stream[: len(_MAGIC)], stream[len(_MAGIC) :][:_CHECK], stream[len(_MAGIC) + _CHECK :]
    if head != _MAGIC or hashlib.blake2b(data, digest_size=_CHECK).digest() != check:
        raise BrokenStream("The data are not those of an exported item.")
    whole = json.loads(zlib.decompress(data))
    parts = [part | {"content": base64.b64decode(part["content"])} for part in whole.pop("parts")]
    mime = whole.pop("mime")
    fields = whole | {name: datetime.fromisoformat(whole[name]) if whole[name] else None for name in _DATES}
    fields["mime"] = base64.b64decode(mime) if mime else None
    if fields["kind"] == Item.Kind.EVENT:
        row = Item(facts=fields["facts"])
        set_times(row)
        fields |= {"at": row.at, "until": row.until}
    return fields, parts


def size_of(item: Item) -> int:
    """Return about how many bytes an item takes in the store."""
    if item.kind == Item.Kind.MESSAGE:
        return Letter(item).size
    parts = Meeting(item).parts if item.kind == Item.Kind.EVENT else []
    return 4096 + sum(part.size for part in parts)


def _message(item: Item) -> dict:
    letter = Letter(item)
    values = MESSAGE.show(SeenMessage(item, Naming(item.mailbox, immutable=True)), _OF_MESSAGES)
    return _whole(item.values | values, {}, letter.parts, letter.mime())


def _event(item: Item) -> dict:
    seen = SeenEvent(item, Naming(item.mailbox, immutable=True))
    shown = own_values(EVENT.show(seen, EVENT.default))
    facts = {name: value for name, value in item.facts.items() if name not in ("corpus", "gone_parts")}
    facts["meeting"] = facts.get("meeting") or str(item.id)
    values = item.values | shown | {"organizer": EVENT.show(seen, ("organizer",))["organizer"]}
    # The recipe goes along for what it says besides the texts, but attachments travel by themselves.
    recipe = "single" if item.recipe in FILED else item.recipe
    return _whole(values, facts, seen.meeting.parts, None) | {"recipe": recipe}


def _contact(item: Item) -> dict:
    shown = CONTACT.show(SeenContact(item, Naming(item.mailbox, immutable=True)), _OF_CONTACTS)
    return _whole(item.values | shown, {}, [], Card(item).photo)


def _whole(values: dict, facts: dict, parts: list[Part], mime: bytes | None) -> dict:
    return {
        "values": {name: value for name, value in values.items() if "@" not in name},
        "facts": facts,
        "parts": [_part(part) for part in parts],
        "mime": base64.b64encode(mime).decode() if mime else "",
    }


def _part(part: Part) -> dict:
    return {
        "kind": part.kind,
        "name": part.name,
        "content_type": part.content_type,
        "content_id": part.content_id,
        "is_inline": part.is_inline,
        "content": base64.b64encode(part.make()).decode(),
        "inner": part.inner if isinstance(part.inner, dict) else None,
    }
