"""Finds what a path names, or refuses the way Exchange does."""

from simulators.microsoft365.graph.calls import Call, GraphError
from simulators.microsoft365.graph.mailboxes import mailbox_of
from simulators.microsoft365.outlook.generator.mailboxes import mailbox_of_person
from simulators.microsoft365.outlook.ids import MalformedId, Reference, Sort, read_id
from simulators.microsoft365.outlook.models import Folder, Item, Mailbox
from simulators.microsoft365.outlook.mutations.days import catch_up

SORTS = {Item.Kind.MESSAGE: Sort.MESSAGE, Item.Kind.EVENT: Sort.EVENT, Item.Kind.CONTACT: Sort.CONTACT}


def found_mailbox(call: Call, user: str) -> Mailbox:
    """Return somebody's mailbox. Raises `GraphError` 404 where there is none in the cloud."""
    # An emptied tenant has mailboxes with nothing in them.
    return catch_up(mailbox_of_person(mailbox_of(call, user, though_emptied=True)))


def found_folder(mailbox: Mailbox, kind: str, word: str, *, code: str = "ErrorItemNotFound") -> Folder:
    """Return a folder by its id or, case aside, by its well-known name. Raises `GraphError`."""
    folders = mailbox.folders.live().filter(kind=kind)
    folder = folders.filter(well_known=word.lower()).first() if word else None
    if folder is None:
        reference = reference_of(word)
        if reference.sort == Sort.FOLDER:
            folder = folders.filter(id=reference.thing).first()
    if folder is None:
        raise not_found(code)
    return folder


def found_item(mailbox: Mailbox, kind: str, word: str) -> Item:
    """Return an item by its id in either form. Raises `GraphError`: an ordinary id dies when its item moves."""
    reference = reference_of(word)
    if reference.part is not None or reference.sort != SORTS[kind]:
        raise not_found()
    return item_at(mailbox, reference, kind)


def item_at(mailbox: Mailbox, reference: Reference, kind: str) -> Item:
    """Return the item a reference means. Raises `GraphError` 404."""
    item = mailbox.items.live().filter(kind=kind, id=reference.thing).first()
    if item is None or reference.place not in (None, item.place) or reference.mailbox not in (None, mailbox.id):
        raise not_found()
    return item


def reference_of(word: str) -> Reference:
    """Return what an id says. Raises `GraphError` 400."""
    try:
        return read_id(word)
    except MalformedId as problem:
        raise GraphError(400, "ErrorInvalidIdMalformed", "Id is malformed.") from problem


def not_found(code: str = "ErrorItemNotFound") -> GraphError:
    """Return the refusal of what is not there."""
    return GraphError(404, code, "The specified object was not found in the store.")
