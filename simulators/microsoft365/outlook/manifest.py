"""The ground truth of mailboxes: what a backup must hold of each object."""

import hashlib
import json
from collections.abc import Iterator

from simulators.microsoft365.models import Person, Tenant
from simulators.microsoft365.outlook.content.parts import Part
from simulators.microsoft365.outlook.generator.mailboxes import mailbox_of_person
from simulators.microsoft365.outlook.graph.contact_shape import CONTACT, SeenContact, photo_etag
from simulators.microsoft365.outlook.graph.event_shape import EVENT, SeenEvent
from simulators.microsoft365.outlook.graph.events import show_event
from simulators.microsoft365.outlook.graph.message_shape import MESSAGE, SeenMessage, show_message
from simulators.microsoft365.outlook.graph.naming import Naming
from simulators.microsoft365.outlook.models import Folder, Item, Mailbox
from simulators.microsoft365.outlook.mutations.days import catch_up

_CHUNK = 500
_BULKY = ("@odata.etag", "@odata.type", "body", "bodyPreview", "webLink")


def pieces(tenant: Tenant, people: list[Person], *, with_bytes: bool) -> Iterator[str]:
    """Yield the manifest of the mailboxes of ``people`` as JSON; without bytes no content is derived for its hash."""
    yield f'{{"tenant": {json.dumps(str(tenant.id))}, "mailboxes": ['
    comma = ""
    for person in people:
        if person.purpose:
            yield comma + "".join(_mailbox(catch_up(mailbox_of_person(person)), with_bytes))
            comma = ","
    yield "]}"


def _mailbox(mailbox: Mailbox, with_bytes: bool) -> Iterator[str]:
    naming = Naming(mailbox, immutable=True)
    yield f'{{"user": {json.dumps(str(mailbox.id))}, "address": {json.dumps(mailbox.owner_address)}, "folders": '
    yield json.dumps([_folder(folder, naming) for folder in mailbox.folders.live().order_by("id")])
    yield ', "messages": ['
    yield from _joined(_items(mailbox, Item.Kind.MESSAGE), lambda item: _message(item, naming, with_bytes))
    yield '], "events": ['
    yield from _joined(_items(mailbox, Item.Kind.EVENT), lambda item: _event(item, naming, with_bytes))
    yield '], "contacts": ['
    yield from _joined(_items(mailbox, Item.Kind.CONTACT), lambda item: _contact(item, naming))
    yield "]}"


def _items(mailbox: Mailbox, kind: str):
    items = mailbox.items.live().filter(kind=kind).order_by("id").prefetch_related("attachments")
    return items.iterator(chunk_size=_CHUNK)


def _joined(items, shown) -> Iterator[str]:
    comma = ""
    for item in items:
        yield comma + json.dumps(shown(item))
        comma = ","


def _folder(folder: Folder, naming: Naming) -> dict:
    return {
        "id": naming.folder(folder.id),
        "kind": folder.kind,
        "name": folder.name,
        "parent_id": naming.folder(folder.parent_id),
        "well_known": folder.well_known,
        "hidden": folder.is_hidden,
    }


def _message(item: Item, naming: Naming, with_bytes: bool) -> dict:
    seen = SeenMessage(item, naming)
    entry = _entry(item, naming, show_message(seen, MESSAGE.default))
    entry["parts"] = [_part(item, part, naming, with_bytes) for part in seen.letter.parts]
    if item.recipe == "corrupt":
        entry["refused"] = "ErrorCorruptData"
    elif with_bytes:
        entry["mime"] = _hashed(seen.letter.mime())
    return entry


def _event(item: Item, naming: Naming, with_bytes: bool) -> dict:
    seen = SeenEvent(item, naming)
    # A single event is asked for with everything that belongs to it.
    expanded = {"exceptionOccurrences": {}} if seen.meeting.is_series else {}
    entry = _entry(item, naming, show_event(seen, (*EVENT.default, "cancelledOccurrences"), expanded))
    for exception in entry["record"].get("exceptionOccurrences", []):
        for name in _BULKY:
            exception.pop(name, None)
    entry["parts"] = [_part(item, part, naming, with_bytes) for part in seen.meeting.parts]
    return entry


def _contact(item: Item, naming: Naming) -> dict:
    seen = SeenContact(item, naming)
    entry = _entry(item, naming, CONTACT.show(seen, CONTACT.default))
    photo = seen.card.photo
    return entry | ({"photo": _hashed(photo) | {"etag": photo_etag(photo)}} if photo else {})


def _part(item: Item, part: Part, naming: Naming, with_bytes: bool) -> dict:
    facts = {"id": naming.part(item, part.id), "name": part.name, "kind": part.kind, "size": part.size}
    return facts | (_hashed(part.make()) if with_bytes else {})


def _entry(item: Item, naming: Naming, record: dict) -> dict:
    ordinary = Naming(naming.mailbox, immutable=False)
    return {
        "id": naming.item(item),
        "ordinary_id": ordinary.item(item),
        "folder_id": naming.folder(item.folder_id),
        "recipe": item.recipe,
        "revision": item.revision,
        "edition": item.edition,
        "record": {name: value for name, value in record.items() if name not in _BULKY},
    }


def _hashed(content: bytes) -> dict:
    return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
