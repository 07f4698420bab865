"""Contacts that a client creates, changes and deletes, and their photos."""

from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.outlook.graph.bodies import refuse_too_much, sent_object
from simulators.microsoft365.outlook.graph.contact_shape import CONTACT
from simulators.microsoft365.outlook.graph.contacts import DEFAULT, found_contact, shown_contact
from simulators.microsoft365.outlook.graph.extended import given_properties, merged
from simulators.microsoft365.outlook.graph.finding import found_folder, found_mailbox
from simulators.microsoft365.outlook.models import Folder, Item
from simulators.microsoft365.outlook.mutations.ledger import writing_to

_PROPERTIES = "singleValueExtendedProperties"
_DECIDED_HERE = ("id", "changeKey", "createdDateTime", "lastModifiedDateTime", "parentFolderId", "photo")


def create_contact(call: Call, user: str, folder: str = DEFAULT) -> Answer:
    """Create a contact."""
    mailbox = found_mailbox(call, user)
    place = found_folder(mailbox, Folder.Kind.CONTACTS, folder)
    values = _sent(call)
    with writing_to(mailbox) as box:
        item = box.create(Item.Kind.CONTACT, place.id, values=values)
    return shown_contact(call, mailbox, mailbox.items.get(id=item.id), 201)


def update_contact(call: Call, user: str, contact: str, folder: str = "") -> Answer:
    """Change a contact."""
    mailbox = found_mailbox(call, user)
    item = found_contact(mailbox, contact, folder)
    values = item.values | _sent(call)
    if call.json().get(_PROPERTIES):
        values[_PROPERTIES] = merged(item, given_properties(call.json()))
    with writing_to(mailbox) as box:
        box.change(item, values=values)
    return shown_contact(call, mailbox, item)


def delete_contact(call: Call, user: str, contact: str, folder: str = "") -> Answer:
    """Delete a contact."""
    mailbox = found_mailbox(call, user)
    item = found_contact(mailbox, contact, folder)
    with writing_to(mailbox) as box:
        box.remove(item)
    return Answer(None, 204)


def set_photo(call: Call, user: str, contact: str, folder: str = "") -> Answer:
    """Give a contact a photo."""
    mailbox = found_mailbox(call, user)
    item = found_contact(mailbox, contact, folder)
    refuse_too_much(call)
    if not call.headers.get("content-type", "").startswith("image/") or not call.body:
        raise GraphError(400, "ErrorInvalidRequest", "A photo is a picture.")
    with writing_to(mailbox) as box:
        box.change(item, mime=call.body)
    return Answer(None, 200)


def _sent(call: Call) -> dict:
    body = sent_object(call, CONTACT)
    values = {name: value for name, value in body.items() if name not in _DECIDED_HERE and "@" not in name}
    properties = given_properties(body)
    if properties:
        values[_PROPERTIES] = [{"id": key, "value": value} for key, value in properties.items()]
    return values
