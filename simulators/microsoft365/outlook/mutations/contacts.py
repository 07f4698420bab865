"""Operations on contacts. Each says in ``user`` whose they are about."""

from simulators.microsoft365.mutations.ledger import CannotMutate, Ledger
from simulators.microsoft365.outlook.models import Folder, Item
from simulators.microsoft365.outlook.mutations.finding import (
    folder_answer,
    item_answer,
    mailbox_ledger,
    named_folder,
    named_item,
)

CONTACTS, CONTACT = Folder.Kind.CONTACTS, Item.Kind.CONTACT
DEFAULT = "contacts"


def create_contact(ledger: Ledger, arguments: dict) -> dict:
    """Add a contact: ``set`` (properties of Graph), ``folder``, ``recipe`` person, company or nameless, ``photo``."""
    box = mailbox_ledger(ledger, arguments)
    folder = named_folder(box, arguments, CONTACTS, default=DEFAULT)
    facts = {"photo": 1} if arguments.get("photo") else {}
    values = arguments.get("set") or {}
    item = box.create(CONTACT, folder.id, recipe=arguments.get("recipe", "person"), facts=facts, values=values)
    return item_answer(box, item)


def update_contact(ledger: Ledger, arguments: dict) -> dict:
    """Set properties of a ``contact``, given as ``set`` by their names in Graph."""
    box = mailbox_ledger(ledger, arguments)
    item = named_item(box, arguments, CONTACT)
    box.change(item, values=item.values | (arguments.get("set") or {}))
    return item_answer(box, item)


def change_photo(ledger: Ledger, arguments: dict) -> dict:
    """Give a ``contact`` another photo, or with ``remove`` none."""
    box = mailbox_ledger(ledger, arguments)
    item = named_item(box, arguments, CONTACT)
    edition = 0 if arguments.get("remove") else (item.facts.get("photo") or 0) + 1
    box.change(item, facts=item.facts | {"photo": edition}, mime=None)
    return item_answer(box, item)


def move_contact(ledger: Ledger, arguments: dict) -> dict:
    """Move a ``contact`` to another ``folder``."""
    box = mailbox_ledger(ledger, arguments)
    item = named_item(box, arguments, CONTACT)
    box.move(item, named_folder(box, arguments, CONTACTS).id)
    return item_answer(box, item)


def delete_contact(ledger: Ledger, arguments: dict) -> dict:
    """Delete a ``contact``."""
    box = mailbox_ledger(ledger, arguments)
    item = named_item(box, arguments, CONTACT)
    box.remove(item)
    return item_answer(box, item)


def create_contact_folder(ledger: Ledger, arguments: dict) -> dict:
    """Create a contact folder: ``name``, and if wanted ``parent``."""
    box = mailbox_ledger(ledger, arguments)
    parent = named_folder(box, arguments, CONTACTS, "parent", DEFAULT)
    return folder_answer(box, box.create_folder(CONTACTS, arguments.get("name") or "New folder", parent.id))


def rename_contact_folder(ledger: Ledger, arguments: dict) -> dict:
    """Give a ``folder`` another ``name``."""
    box = mailbox_ledger(ledger, arguments)
    folder = named_folder(box, arguments, CONTACTS)
    box.change_folder(folder, name=arguments.get("name") or "Renamed")
    return folder_answer(box, folder)


def delete_contact_folder(ledger: Ledger, arguments: dict) -> dict:
    """Delete a ``folder`` with its contacts."""
    box = mailbox_ledger(ledger, arguments)
    folder = named_folder(box, arguments, CONTACTS)
    if folder.well_known:
        raise CannotMutate(f"Nobody can delete {folder}.")
    box.remove_folder(folder)
    return folder_answer(box, folder)
