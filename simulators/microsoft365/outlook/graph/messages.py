"""Messages: lists, feeds, single ones, and their RFC 822 text."""

from uuid import UUID

from django.db.models import Q, QuerySet

from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.outlook.graph.attachment_shape import chosen_of_attachment, show_attachment
from simulators.microsoft365.outlook.graph.delta import delta
from simulators.microsoft365.outlook.graph.expanding import expansions, refuse_other_expansions
from simulators.microsoft365.outlook.graph.extended import shown_properties, wanted_properties
from simulators.microsoft365.outlook.graph.feeds import Feed
from simulators.microsoft365.outlook.graph.filtering import flag_field, moment_field, query_of, text_field
from simulators.microsoft365.outlook.graph.finding import found_folder, found_item, found_mailbox, not_found
from simulators.microsoft365.outlook.graph.listing import OutlookList, one
from simulators.microsoft365.outlook.graph.message_shape import MESSAGE, SeenMessage, show_message
from simulators.microsoft365.outlook.graph.naming import Naming, naming_for
from simulators.microsoft365.outlook.ids import Sort
from simulators.microsoft365.outlook.models import Folder, Item, Mailbox

# Who filters a first round by date gets no more than this, whatever there is.
MOST_FILTERED = 5000
_PROPERTIES = "singleValueExtendedProperties"
_RECEIVED = moment_field("at")


def _by_message_id(word: str) -> Q:
    try:
        derived = Q(id=UUID(word.strip("<>").partition("@")[0]))
    except ValueError:
        derived = Q(pk=None)
    return Q(values__internetMessageId=word) | derived & ~Q(values__has_key="internetMessageId")


MESSAGES = OutlookList(
    MESSAGE,
    filters={
        "receivedDateTime": _RECEIVED,
        "createdDateTime": moment_field("created_at"),
        "lastModifiedDateTime": moment_field("modified_at"),
        "isRead": flag_field("is_read"),
        "isDraft": flag_field("is_draft"),
        "internetMessageId": text_field(_by_message_id),
    },
    orders={"receivedDateTime": "at", "lastModifiedDateTime": "modified_at", "createdDateTime": "created_at"},
    default_order=("-at",),
    expands=("attachments", _PROPERTIES),
)


class MessageFeed(Feed):
    """Messages of one folder that came, changed or left."""

    sort = Sort.MESSAGE
    options = ("$select", "$expand", "$filter")

    def __init__(self, mailbox: Mailbox, naming: Naming, folder: Folder) -> None:
        super().__init__(mailbox, naming, folder.id)
        self.context = f"users('{mailbox.id}')/mailFolders('{naming.folder(folder.id)}')/messages"
        self._shown: dict[str, tuple] = {}

    def check(self, options: dict[str, str]) -> None:
        MESSAGES.chosen(options.get("$select"))
        refuse_other_expansions(expansions(options.get("$expand")), {_PROPERTIES}, "message")
        if "$filter" in options:
            query_of(options["$filter"], {"receivedDateTime": _RECEIVED})

    def live(self, options: dict[str, str]) -> QuerySet:
        rows = self.mailbox.items.live().filter(kind=Item.Kind.MESSAGE, folder_id=self.feed_id)
        if not options.get("$filter"):
            return rows
        rows = rows.filter(query_of(options["$filter"], {"receivedDateTime": _RECEIVED}))
        return rows.filter(pk__in=rows.order_by("pk").values("pk")[:MOST_FILTERED])

    def show(self, row: Item, options: dict[str, str]) -> list[dict]:
        chosen, expanded = MESSAGES.chosen(options.get("$select")), expansions(options.get("$expand"))
        return [show_whole(SeenMessage(row, self.naming), chosen, expanded)]

    def half(self, row: Item) -> dict:
        return MESSAGE.show(SeenMessage(row, self.naming), ("id", "isRead"))


def message_delta(call: Call, user: str, folder: str) -> Answer:
    """What changed in a folder."""
    mailbox = found_mailbox(call, user)
    row = found_folder(mailbox, Folder.Kind.MAIL, folder, code="ErrorSyncFolderNotFound")
    return delta(call, MessageFeed(mailbox, naming_for(call, mailbox), row))


def message_list(call: Call, user: str, folder: str = "") -> Answer:
    """The messages of a mailbox, or of one folder."""
    mailbox = found_mailbox(call, user)
    rows = mailbox.items.live().filter(kind=Item.Kind.MESSAGE)
    where = f"users('{mailbox.id}')"
    if folder:
        rows = rows.filter(folder_id=found_folder(mailbox, Folder.Kind.MAIL, folder).id)
        where += f"/mailFolders('{folder}')"
    return MESSAGES.answer(call, rows, f"{where}/messages", _show(call, mailbox))


def message_detail(call: Call, user: str, message: str, folder: str = "") -> Answer:
    """One message."""
    mailbox = found_mailbox(call, user)
    item = found_message(mailbox, message, folder)
    return shown_message(call, mailbox, item)


def shown_message(call: Call, mailbox: Mailbox, item: Item, status: int = 200) -> Answer:
    """Return one message as the answer."""
    answer = one(call, MESSAGES, f"users('{mailbox.id}')/messages", _show(call, mailbox), item)
    answer.status = status
    return answer


def message_value(call: Call, user: str, message: str) -> Answer:
    """The message as RFC 822."""
    mailbox = found_mailbox(call, user)
    item = found_item(mailbox, Item.Kind.MESSAGE, message)
    if item.recipe == "corrupt":
        message = f"Data is corrupt., Invalid global object ID: {item.id.hex}"
        raise GraphError(500, "ErrorCorruptData", message)
    if item.recipe == "hidden_once" and not item.facts.get("asked_for"):
        item.facts["asked_for"] = True
        item.save(update_fields=["facts"])
        raise not_found()
    seen = SeenMessage(item, naming_for(call, mailbox))
    return Answer(seen.letter.mime(), headers={"Content-Type": "text/plain"})


def found_message(mailbox: Mailbox, message: str, folder: str = "") -> Item:
    """Return a message, which must lie in ``folder`` if one is named. Raises `GraphError`."""
    item = found_item(mailbox, Item.Kind.MESSAGE, message)
    if folder and item.folder_id != found_folder(mailbox, Folder.Kind.MAIL, folder).id:
        raise not_found()
    return item


def show_whole(seen: SeenMessage, chosen: tuple[str, ...], expanded: dict) -> dict:
    """Return a message with what shall be expanded."""
    shown = show_message(seen, chosen)
    if "attachments" in expanded:
        wanted = expanded["attachments"]
        names, inner = chosen_of_attachment(wanted.get("$select")), "itemAttachment/item" in wanted.get("$expand", "")
        shown["attachments"] = [
            show_attachment(seen.item, part, seen.naming, names, with_item=inner) for part in seen.letter.parts
        ]
    if _PROPERTIES in expanded:
        properties = shown_properties(seen, wanted_properties(expanded[_PROPERTIES]))
        if properties:
            shown[_PROPERTIES] = properties
    return shown


def _show(call: Call, mailbox: Mailbox):
    naming = naming_for(call, mailbox)
    return lambda row, chosen, expanded: show_whole(SeenMessage(row, naming), chosen, expanded)
