"""Finds what an operation names in a mailbox."""

from simulators.microsoft365.mutations.finding import named_person
from simulators.microsoft365.mutations.ledger import CannotMutate, Ledger
from simulators.microsoft365.outlook.generator.mailboxes import mailbox_of_person
from simulators.microsoft365.outlook.ids import MalformedId, Sort, read_id, written_id
from simulators.microsoft365.outlook.models import Folder, Item, Mailbox
from simulators.microsoft365.outlook.mutations.days import catch_up
from simulators.microsoft365.outlook.mutations.ledger import MailboxLedger

_SORTS = {Item.Kind.MESSAGE: Sort.MESSAGE, Item.Kind.EVENT: Sort.EVENT, Item.Kind.CONTACT: Sort.CONTACT}


def mailbox_ledger(ledger: Ledger, arguments: dict, key: str = "user") -> MailboxLedger:
    """Return the ledger of the mailbox of the ``user`` that ``arguments`` name."""
    person = named_person(ledger, arguments, key)
    if not person.purpose:
        raise CannotMutate(f"{person} has no mailbox in the cloud.")
    mailbox = catch_up(mailbox_of_person(person))
    held = Mailbox.objects.select_for_update(of=("self",)).select_related("tenant").get(id=mailbox.id)
    return MailboxLedger(held, ledger.now)


def named_item(ledger: MailboxLedger, arguments: dict, kind: str) -> Item:
    """Return the item whose id, in either form, ``arguments`` hold under the name of its kind."""
    word = arguments.get(kind)
    try:
        reference = read_id(word if isinstance(word, str) else "")
    except MalformedId as problem:
        raise CannotMutate(f"The operation needs {kind!r}: an id of Graph.") from problem
    item = ledger.mailbox.items.live().filter(kind=kind, id=reference.thing).first()
    if item is None:
        raise CannotMutate(f"There is no {kind} {word!r} in this mailbox.")
    return item


def named_folder(ledger: MailboxLedger, arguments: dict, kind: str, key: str = "folder", default: str = "") -> Folder:
    """Return the folder whose id, well-known name or name ``arguments`` hold."""
    word = arguments.get(key) or default
    folders = ledger.mailbox.folders.live().filter(kind=kind)
    folder = folders.filter(well_known=str(word).lower()).first() if word else None
    folder = folder or folders.filter(name=word).order_by("id").first()
    if folder is None:
        try:
            folder = folders.filter(id=read_id(str(word)).thing).first()
        except MalformedId:
            folder = None
    if folder is None:
        raise CannotMutate(f"There is no {kind} folder {word!r} in this mailbox.")
    return folder


def item_answer(ledger: MailboxLedger, item: Item) -> dict:
    """Return both ids of an item, and its folder's."""
    sort, mailbox = _SORTS[item.kind], ledger.mailbox.id
    return {
        "id": written_id(sort, mailbox, item.id, immutable=True),
        "ordinary_id": written_id(sort, mailbox, item.id, item.place),
        "folder_id": written_id(Sort.FOLDER, mailbox, item.folder_id),
    }


def folder_answer(ledger: MailboxLedger, folder: Folder) -> dict:
    """Return the id of a folder."""
    return {"id": written_id(Sort.FOLDER, ledger.mailbox.id, folder.id), "name": folder.name}
