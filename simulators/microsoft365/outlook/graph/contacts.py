"""Contacts, their folders and their photos. The default folder is in no list of folders."""

from django.db.models import Q, QuerySet

from simulators.microsoft365.graph import links
from simulators.microsoft365.graph.calls import Answer, Call
from simulators.microsoft365.graph.listing import refuse_unknown_options
from simulators.microsoft365.graph.selecting import Shape
from simulators.microsoft365.outlook.graph.contact_shape import (
    CONTACT,
    SeenContact,
    photo_etag,
    photo_type,
    sides,
)
from simulators.microsoft365.outlook.graph.delta import delta
from simulators.microsoft365.outlook.graph.extended import shown_properties, wanted_properties
from simulators.microsoft365.outlook.graph.feeds import Feed
from simulators.microsoft365.outlook.graph.filtering import moment_field
from simulators.microsoft365.outlook.graph.finding import found_folder, found_item, found_mailbox, not_found
from simulators.microsoft365.outlook.graph.listing import OutlookList, one
from simulators.microsoft365.outlook.graph.naming import Naming, applied, naming_for
from simulators.microsoft365.outlook.ids import Sort
from simulators.microsoft365.outlook.models import Folder, Item, Mailbox
from simulators.microsoft365.outlook.mutations.ledger import folders_feed_id

DEFAULT = "contacts"
_PROPERTIES = "singleValueExtendedProperties"
CONTACT_FOLDER = Shape(
    "contactFolder",
    {
        "id": lambda seen: seen[1].folder(seen[0].id),
        "parentFolderId": lambda seen: seen[1].folder(seen[0].parent_id),
        "displayName": lambda seen: seen[0].name,
    },
    default=("id", "parentFolderId", "displayName"),
    relations=("childFolders", "contacts"),
)
FOLDERS = OutlookList(CONTACT_FOLDER, orders={"displayName": "name"}, default_order=("name",))
CONTACTS = OutlookList(
    CONTACT,
    filters={"lastModifiedDateTime": moment_field("modified_at"), "createdDateTime": moment_field("created_at")},
    orders={"lastModifiedDateTime": "modified_at"},
    expands=(_PROPERTIES,),
)


class ContactFolderFeed(Feed):
    """Contact folders that came, changed or went, the default one left out."""

    sort = Sort.FOLDER

    def __init__(self, mailbox: Mailbox, naming: Naming) -> None:
        super().__init__(mailbox, naming, folders_feed_id(mailbox, Folder.Kind.CONTACTS))
        self.context = f"users('{mailbox.id}')/contactFolders"

    def check(self, options: dict[str, str]) -> None:
        FOLDERS.chosen(options.get("$select"))

    def live(self, options: dict[str, str]) -> QuerySet:
        return _folders(self.mailbox)

    def entered_by(self, number: int) -> Q:
        return Q(created_seq__lte=number)

    def show(self, row: Folder, options: dict[str, str]) -> list[dict]:
        return [CONTACT_FOLDER.show((row, self.naming), FOLDERS.chosen(options.get("$select")))]

    def gone(self, line) -> list[dict]:
        return [{"id": self.naming.folder(line.object_id), "@removed": {"reason": "deleted"}}]


class ContactFeed(Feed):
    """Contacts of one folder that came, changed or left."""

    sort = Sort.CONTACT

    def __init__(self, mailbox: Mailbox, naming: Naming, folder: Folder) -> None:
        super().__init__(mailbox, naming, folder.id)
        self.context = f"users('{mailbox.id}')/contactFolders('{naming.folder(folder.id)}')/contacts"

    def check(self, options: dict[str, str]) -> None:
        CONTACTS.chosen(options.get("$select"))

    def live(self, options: dict[str, str]) -> QuerySet:
        return self.mailbox.items.live().filter(kind=Item.Kind.CONTACT, folder_id=self.feed_id)

    def show(self, row: Item, options: dict[str, str]) -> list[dict]:
        return [CONTACT.show(SeenContact(row, self.naming), CONTACTS.chosen(options.get("$select")))]


def contact_folder_list(call: Call, user: str) -> Answer:
    """The contact folders at the top, the default one left out."""
    mailbox = found_mailbox(call, user)
    default = found_folder(mailbox, Folder.Kind.CONTACTS, DEFAULT)
    return _folder_list(call, mailbox, default)


def child_contact_folder_list(call: Call, user: str, folder: str) -> Answer:
    """The contact folders within one."""
    mailbox = found_mailbox(call, user)
    return _folder_list(call, mailbox, found_folder(mailbox, Folder.Kind.CONTACTS, folder))


def contact_folder_detail(call: Call, user: str, folder: str) -> Answer:
    """One contact folder."""
    mailbox = found_mailbox(call, user)
    return shown_contact_folder(call, mailbox, found_folder(mailbox, Folder.Kind.CONTACTS, folder))


def shown_contact_folder(call: Call, mailbox: Mailbox, folder: Folder, status: int = 200) -> Answer:
    """Return one contact folder as the answer."""
    answer = one(call, FOLDERS, f"users('{mailbox.id}')/contactFolders", _show_folder(call, mailbox), folder)
    answer.status = status
    return answer


def contact_folder_delta(call: Call, user: str) -> Answer:
    """What changed among the contact folders."""
    mailbox = found_mailbox(call, user)
    return delta(call, ContactFolderFeed(mailbox, naming_for(call, mailbox)))


def contact_delta(call: Call, user: str, folder: str = DEFAULT) -> Answer:
    """What changed in a contact folder."""
    mailbox = found_mailbox(call, user)
    row = found_folder(mailbox, Folder.Kind.CONTACTS, folder, code="ErrorSyncFolderNotFound")
    return delta(call, ContactFeed(mailbox, naming_for(call, mailbox), row))


def contact_list(call: Call, user: str, folder: str = DEFAULT) -> Answer:
    """The contacts of a folder."""
    mailbox = found_mailbox(call, user)
    row = found_folder(mailbox, Folder.Kind.CONTACTS, folder)
    rows = mailbox.items.live().filter(kind=Item.Kind.CONTACT, folder_id=row.id)
    return CONTACTS.answer(call, rows, f"users('{mailbox.id}')/contacts", _show(call, mailbox))


def contact_detail(call: Call, user: str, contact: str, folder: str = "") -> Answer:
    """One contact."""
    mailbox = found_mailbox(call, user)
    return shown_contact(call, mailbox, found_contact(mailbox, contact, folder))


def shown_contact(call: Call, mailbox: Mailbox, item: Item, status: int = 200) -> Answer:
    """Return one contact as the answer."""
    answer = one(call, CONTACTS, f"users('{mailbox.id}')/contacts", _show(call, mailbox), item)
    answer.status = status
    return answer


def contact_photo(call: Call, user: str, contact: str, folder: str = "") -> Answer:
    """What is known of the photo of a contact. Raises `GraphError` 404 without one."""
    refuse_unknown_options(call, {"$select"})
    mailbox = found_mailbox(call, user)
    item = found_contact(mailbox, contact, folder)
    photo = _photo(item)
    width, height = sides(photo)
    where = f"users('{mailbox.id}')/contacts('{naming_for(call, mailbox).item(item)}')/photo/$entity"
    body = {
        "@odata.context": links.context(where),
        "@odata.mediaContentType": photo_type(photo),
        "@odata.mediaEtag": photo_etag(photo),
        "id": f"{width}X{height}",
        "height": height,
        "width": width,
    }
    return applied(call, Answer(body))


def contact_photo_value(call: Call, user: str, contact: str, folder: str = "") -> Answer:
    """The photo of a contact. Raises `GraphError` 404 without one."""
    photo = _photo(found_contact(found_mailbox(call, user), contact, folder))
    etag = photo_etag(photo)
    if call.headers.get("if-none-match") == etag:
        return Answer(None, 304, {"ETag": etag})
    return Answer(photo, headers={"Content-Type": photo_type(photo), "ETag": etag})


def found_contact(mailbox: Mailbox, contact: str, folder: str = "") -> Item:
    """Return a contact, which must lie in ``folder`` if one is named. Raises `GraphError`."""
    item = found_item(mailbox, Item.Kind.CONTACT, contact)
    if folder and item.folder_id != found_folder(mailbox, Folder.Kind.CONTACTS, folder).id:
        raise not_found()
    return item


def _photo(item: Item) -> bytes:
    photo = SeenContact(item, None).card.photo
    if photo is None:
        raise not_found()
    return photo


def _folders(mailbox: Mailbox) -> QuerySet:
    return mailbox.folders.live().filter(kind=Folder.Kind.CONTACTS, well_known="")


def _folder_list(call: Call, mailbox: Mailbox, parent: Folder) -> Answer:
    rows = _folders(mailbox).filter(parent_id=parent.id)
    return FOLDERS.answer(call, rows, f"users('{mailbox.id}')/contactFolders", _show_folder(call, mailbox))


def _show_folder(call: Call, mailbox: Mailbox):
    naming = naming_for(call, mailbox)
    return lambda row, chosen, expanded: CONTACT_FOLDER.show((row, naming), chosen)


def _show(call: Call, mailbox: Mailbox):
    naming = naming_for(call, mailbox)

    def show(row: Item, chosen: tuple[str, ...], expanded: dict) -> dict:
        seen = SeenContact(row, naming)
        shown = CONTACT.show(seen, chosen)
        if _PROPERTIES in expanded:
            properties = shown_properties(seen, wanted_properties(expanded[_PROPERTIES]))
            shown |= {_PROPERTIES: properties} if properties else {}
        return shown

    return show
