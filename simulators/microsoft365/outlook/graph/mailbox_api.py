"""/admin/exchange/mailboxes: folders and items of all classes alike, with a feed for each, and items as streams.

The rules are those of Microsoft's "Mailbox import and export APIs".
"""

import base64
from datetime import timedelta

from django.db.models import Q, QuerySet

from simulators.microsoft365.graph import links
from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.dates import written
from simulators.microsoft365.graph.mailboxes import mailbox_id_of
from simulators.microsoft365.graph.selecting import Shape
from simulators.microsoft365.outlook.addresses import outside_address
from simulators.microsoft365.outlook.graph.delta import delta
from simulators.microsoft365.outlook.graph.feeds import Feed
from simulators.microsoft365.outlook.graph.finding import SORTS, found_mailbox, item_at, not_found, reference_of
from simulators.microsoft365.outlook.graph.listing import OutlookList, one
from simulators.microsoft365.outlook.graph.naming import Naming, change_key, naming_for
from simulators.microsoft365.outlook.ids import Sort
from simulators.microsoft365.outlook.models import Folder, Item, Mailbox
from simulators.microsoft365.outlook.mutations.ledger import folders_feed_id
from simulators.microsoft365.outlook.streams import exported, size_of

MOST_EXPORTED = 20
SESSION_LIVES = timedelta(minutes=90)
_FOLDER_TYPES = {"mail": "IPF.Note", "calendar": "IPF.Appointment", "contacts": "IPF.Contact"}
_ITEM_TYPES = {"message": "IPM.Note", "event": "IPM.Appointment", "contact": "IPM.Contact"}
MAILBOX_FOLDER = Shape(
    "mailboxFolder",
    {
        "id": lambda seen: seen[1].folder(seen[0].id),
        "displayName": lambda seen: seen[0].name,
        "parentFolderId": lambda seen: seen[1].folder(seen[0].parent_id),
        "type": lambda seen: _FOLDER_TYPES[seen[0].kind],
        "totalItemCount": lambda seen: seen[1].mailbox.items.live().filter(folder_id=seen[0].id).count(),
        "childFolderCount": lambda seen: seen[1].mailbox.folders.live().filter(parent_id=seen[0].id).count(),
    },
    default=("id", "displayName", "parentFolderId", "type", "totalItemCount", "childFolderCount"),
)
MAILBOX_ITEM = Shape(
    "mailboxItem",
    {
        "@odata.etag": lambda seen: f'W/"{change_key(seen[0])}"',
        "id": lambda seen: seen[1].item(seen[0]),
        "createdDateTime": lambda seen: written(seen[0].created_at),
        "lastModifiedDateTime": lambda seen: written(seen[0].modified_at),
        "changeKey": lambda seen: change_key(seen[0]),
        "categories": lambda seen: seen[0].values.get("categories", []),
        "size": lambda seen: size_of(seen[0]),
        "type": lambda seen: _ITEM_TYPES[seen[0].kind],
    },
    default=("@odata.etag", "id", "createdDateTime", "lastModifiedDateTime", "changeKey", "categories", "size", "type"),
)
FOLDERS = OutlookList(MAILBOX_FOLDER, default_order=("name",))
ITEMS = OutlookList(MAILBOX_ITEM)


class ItemFeed(Feed):
    """Items of any class in one folder."""

    def __init__(self, mailbox: Mailbox, naming: Naming, folder: Folder) -> None:
        super().__init__(mailbox, naming, folder.id)
        self.context = "Collection(microsoft.graph.mailboxItem)"
        kinds = {"mail": Sort.MESSAGE, "calendar": Sort.EVENT, "contacts": Sort.CONTACT}
        self.sort = kinds[folder.kind]

    def check(self, options: dict[str, str]) -> None:
        ITEMS.chosen(options.get("$select"))

    def live(self, options: dict[str, str]) -> QuerySet:
        return self.mailbox.items.live().filter(folder_id=self.feed_id)

    def show(self, row: Item, options: dict[str, str]) -> list[dict]:
        return [MAILBOX_ITEM.show((row, self.naming), ITEMS.chosen(options.get("$select")))]


class MailboxFolderFeed(Feed):
    """Folders of any class."""

    sort = Sort.FOLDER

    def __init__(self, mailbox: Mailbox, naming: Naming) -> None:
        kinds = [folders_feed_id(mailbox, kind) for kind in Folder.Kind]
        super().__init__(mailbox, naming, *kinds)
        self.context = "Collection(microsoft.graph.mailboxFolder)"

    def check(self, options: dict[str, str]) -> None:
        FOLDERS.chosen(options.get("$select"))

    def live(self, options: dict[str, str]) -> QuerySet:
        return _folders(self.mailbox)

    def entered_by(self, number: int) -> Q:
        return Q(created_seq__lte=number)

    def show(self, row: Folder, options: dict[str, str]) -> list[dict]:
        return [MAILBOX_FOLDER.show((row, self.naming), FOLDERS.chosen(options.get("$select")))]

    def gone(self, line) -> list[dict]:
        return [{"id": self.naming.folder(line.object_id), "@removed": {"reason": "deleted"}}]


def exchange_settings(call: Call, user: str) -> Answer:
    """The id by which this API knows somebody's mailbox. The archive has one too, which nothing here tells."""
    mailbox = found_mailbox(call, user)
    where = links.context(f"users('{mailbox.id}')/settings/exchange/$entity")
    return Answer({"@odata.context": where, "primaryMailboxId": f"MBX:{mailbox.id}@{mailbox.tenant_id}"})


def folder_list(call: Call, mailbox: str) -> Answer:
    """Every folder of a mailbox, of whatever class."""
    box = found_mailbox(call, mailbox_id_of(mailbox))
    return FOLDERS.answer(call, _folders(box), f"{_where(mailbox)}/folders", _show_folder(call, box))


def folder_delta(call: Call, mailbox: str) -> Answer:
    """What changed among all folders."""
    box = found_mailbox(call, mailbox_id_of(mailbox))
    return delta(call, MailboxFolderFeed(box, naming_for(call, box)))


def folder_detail(call: Call, mailbox: str, folder: str) -> Answer:
    """One folder of whatever class."""
    box = found_mailbox(call, mailbox_id_of(mailbox))
    return one(call, FOLDERS, f"{_where(mailbox)}/folders", _show_folder(call, box), _folder(box, folder))


def item_list(call: Call, mailbox: str, folder: str) -> Answer:
    """The items of a folder."""
    box = found_mailbox(call, mailbox_id_of(mailbox))
    rows = box.items.live().filter(folder_id=_folder(box, folder).id)
    return ITEMS.answer(call, rows, f"{_where(mailbox)}/folders('{folder}')/items", _show_item(call, box))


def item_delta(call: Call, mailbox: str, folder: str) -> Answer:
    """What changed in a folder."""
    box = found_mailbox(call, mailbox_id_of(mailbox))
    return delta(call, ItemFeed(box, naming_for(call, box), _folder(box, folder)))


def item_detail(call: Call, mailbox: str, folder: str, item: str) -> Answer:
    """One item of whatever class."""
    box = found_mailbox(call, mailbox_id_of(mailbox))
    row = any_item(box, item)
    if row.folder_id != _folder(box, folder).id:
        raise not_found()
    return one(call, ITEMS, f"{_where(mailbox)}/folders('{folder}')/items", _show_item(call, box), row)


def export_items(call: Call, mailbox: str) -> Answer:
    """Up to twenty items as streams; each may fail by itself."""
    box = found_mailbox(call, mailbox_id_of(mailbox))
    words = call.json().get("ItemIds")
    if not isinstance(words, list) or not 1 <= len(words) <= MOST_EXPORTED:
        raise GraphError(400, "ErrorInvalidRequest", f"ItemIds must hold 1 to {MOST_EXPORTED} ids.")
    context = links.context("Collection(microsoft.graph.exportItemResponse)")
    return Answer({"@odata.context": context, "value": [_exported(box, str(word)) for word in words]})


def create_import_session(call: Call, mailbox: str) -> Answer:
    """An address to which exported items can be sent for a while, without any token."""
    box = found_mailbox(call, mailbox_id_of(mailbox))
    expires_at = call.now + SESSION_LIVES
    claims = {"import_into": str(box.id), "until": expires_at.timestamp()}
    body = {
        "@odata.context": links.context("microsoft.graph.mailboxItemImportSession"),
        "importUrl": outside_address("imports", claims, box.tenant_id),
        "expirationDateTime": written(expires_at),
    }
    return Answer(body, 201)


def any_item(mailbox: Mailbox, word: str) -> Item:
    """Return an item of whatever class. Raises `GraphError`."""
    reference = reference_of(word)
    kind = next((kind for kind, sort in SORTS.items() if sort == reference.sort), None)
    if kind is None or reference.part is not None:
        raise not_found()
    return item_at(mailbox, reference, kind)


def _exported(mailbox: Mailbox, word: str) -> dict:
    try:
        item = any_item(mailbox, word)
    except GraphError as problem:
        return {"itemId": word, "error": {"code": problem.code, "message": problem.message}}
    if item.recipe == "corrupt":
        return {"itemId": word, "error": {"code": "ErrorCorruptData", "message": "Data is corrupt."}}
    return {"itemId": word, "changeKey": change_key(item), "data": base64.b64encode(exported(item)).decode()}


def _folders(mailbox: Mailbox) -> QuerySet:
    # Shared calendars are only signposts.
    return mailbox.folders.live().exclude(values__has_key="shared_from").exclude(well_known="msgfolderroot")


def _folder(mailbox: Mailbox, word: str) -> Folder:
    reference = reference_of(word)
    folder = _folders(mailbox).filter(id=reference.thing).first() if reference.sort == Sort.FOLDER else None
    if folder is None:
        raise not_found()
    return folder


def _where(mailbox: str) -> str:
    return f"admin/exchange/mailboxes('{mailbox}')"


def _show_folder(call: Call, mailbox: Mailbox):
    naming = naming_for(call, mailbox)
    return lambda row, chosen, expanded: MAILBOX_FOLDER.show((row, naming), chosen)


def _show_item(call: Call, mailbox: Mailbox):
    naming = naming_for(call, mailbox)
    return lambda row, chosen, expanded: MAILBOX_ITEM.show((row, naming), chosen)
