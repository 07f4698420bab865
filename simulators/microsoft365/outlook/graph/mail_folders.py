"""/users/{user}/mailFolders and what hangs on one mail folder, except its messages."""

from django.db.models import Count, Q, QuerySet

from simulators.microsoft365.graph.calls import Answer, Call
from simulators.microsoft365.graph.selecting import Shape
from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.outlook.generator.folders import ROOT
from simulators.microsoft365.outlook.graph.delta import delta
from simulators.microsoft365.outlook.graph.feeds import Feed
from simulators.microsoft365.outlook.graph.finding import found_folder, found_mailbox
from simulators.microsoft365.outlook.graph.listing import OutlookList, one
from simulators.microsoft365.outlook.graph.naming import Naming, naming_for
from simulators.microsoft365.outlook.ids import Sort
from simulators.microsoft365.outlook.models import Folder, Item, Mailbox
from simulators.microsoft365.outlook.mutations.ledger import folders_feed_id

_VISIBLE = Q(is_hidden=False)


class SeenFolder:
    """One mail folder, with how much is in it."""

    def __init__(self, folder: Folder, naming: Naming, counts: "Counts") -> None:
        self.folder, self.naming, self.counts = folder, naming, counts


class Counts:
    """How much is in each folder of one mailbox."""

    def __init__(self, mailbox: Mailbox) -> None:
        items = mailbox.items.live().filter(kind=Item.Kind.MESSAGE).order_by().values("folder_id")
        rows = items.annotate(total=Count("id"), unread=Count("id", filter=Q(is_read=False)))
        self.items = {row["folder_id"]: (row["total"], row["unread"]) for row in rows}
        folders = mailbox.folders.live().filter(kind=Folder.Kind.MAIL).order_by().values("parent_id")
        self.children = {row["parent_id"]: row["count"] for row in folders.annotate(count=Count("id"))}


MAIL_FOLDER = Shape(
    "mailFolder",
    {
        "id": lambda seen: seen.naming.folder(seen.folder.id),
        "displayName": lambda seen: seen.folder.name,
        "parentFolderId": lambda seen: seen.naming.folder(seen.folder.parent_id or seen.folder.id),
        "childFolderCount": lambda seen: seen.counts.children.get(seen.folder.id, 0),
        "unreadItemCount": lambda seen: seen.counts.items.get(seen.folder.id, (0, 0))[1],
        "totalItemCount": lambda seen: seen.counts.items.get(seen.folder.id, (0, 0))[0],
        "isHidden": lambda seen: seen.folder.is_hidden,
    },
    default=(
        "id", "displayName", "parentFolderId", "childFolderCount", "unreadItemCount", "totalItemCount", "isHidden",
    ),
    relations=("childFolders", "messages"),
)  # fmt: skip
FOLDERS = OutlookList(
    MAIL_FOLDER,
    orders={"displayName": "name"},
    default_order=("name",),
    extra=("includeHiddenFolders",),
)


class FolderFeed(Feed):
    """Mail folders of the whole tree that came, changed or went; hidden ones only for those who ask."""

    sort = Sort.FOLDER
    options = ("$select", "includeHiddenFolders")

    def __init__(self, mailbox: Mailbox, naming: Naming) -> None:
        super().__init__(mailbox, naming, folders_feed_id(mailbox, Folder.Kind.MAIL))
        self.context = f"users('{mailbox.id}')/mailFolders"
        self._counts: Counts | None = None

    def check(self, options: dict[str, str]) -> None:
        FOLDERS.chosen(options.get("$select"))

    def live(self, options: dict[str, str]) -> QuerySet:
        return _listed(self.mailbox, _asks_for_hidden(options))

    def entered_by(self, number: int) -> Q:
        return Q(created_seq__lte=number)

    def show(self, row: Folder, options: dict[str, str]) -> list[dict]:
        self._counts = self._counts or Counts(self.mailbox)
        return [MAIL_FOLDER.show(SeenFolder(row, self.naming, self._counts), FOLDERS.chosen(options.get("$select")))]

    def gone(self, line) -> list[dict]:
        return [{"id": self.naming.folder(line.object_id), "@removed": {"reason": "deleted"}}]


def mail_folder_list(call: Call, user: str) -> Answer:
    """The folders at the top; those below are in `childFolders`."""
    mailbox = found_mailbox(call, user)
    top = derived_id(mailbox.id, "folder", ROOT)
    return _list(call, mailbox, top, f"users('{mailbox.id}')/mailFolders")


def child_folder_list(call: Call, user: str, folder: str) -> Answer:
    """The folders within one."""
    mailbox = found_mailbox(call, user)
    parent = found_folder(mailbox, Folder.Kind.MAIL, folder)
    return _list(call, mailbox, parent.id, f"users('{mailbox.id}')/mailFolders('{folder}')/childFolders")


def mail_folder_detail(call: Call, user: str, folder: str) -> Answer:
    """One folder, by its id or its well-known name."""
    mailbox = found_mailbox(call, user)
    row = found_folder(mailbox, Folder.Kind.MAIL, folder)
    return shown_folder(call, mailbox, row)


def shown_folder(call: Call, mailbox: Mailbox, row: Folder, status: int = 200) -> Answer:
    """Return one folder as the answer."""
    answer = one(call, FOLDERS, f"users('{mailbox.id}')/mailFolders", _show(call, mailbox), row)
    answer.status = status
    return answer


def mail_folder_delta(call: Call, user: str) -> Answer:
    """What changed among the folders."""
    mailbox = found_mailbox(call, user)
    return delta(call, FolderFeed(mailbox, naming_for(call, mailbox)))


def _list(call: Call, mailbox: Mailbox, parent_id, context: str) -> Answer:
    rows = mailbox.folders.live().filter(kind=Folder.Kind.MAIL, parent_id=parent_id)
    parent_is_hidden = mailbox.folders.filter(id=parent_id, is_hidden=True).exists()
    if not (_asks_for_hidden(call.query) or parent_is_hidden):
        rows = rows.filter(_VISIBLE)
    return FOLDERS.answer(call, rows, context, _show(call, mailbox))


def _show(call: Call, mailbox: Mailbox):
    naming, counts = naming_for(call, mailbox), Counts(mailbox)
    return lambda row, chosen, expanded: MAIL_FOLDER.show(SeenFolder(row, naming, counts), chosen)


def _listed(mailbox: Mailbox, with_hidden: bool) -> QuerySet:
    """The folders of the tree that lists show; what is recoverable is none of them."""
    rows = mailbox.folders.live().filter(kind=Folder.Kind.MAIL, parent_id__isnull=False)
    rows = rows.exclude(well_known__startswith="recoverableitems")
    return rows if with_hidden else rows.filter(_VISIBLE)


def _asks_for_hidden(options: dict[str, str]) -> bool:
    return options.get("includeHiddenFolders", "").lower() == "true"
