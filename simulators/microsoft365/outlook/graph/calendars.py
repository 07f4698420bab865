"""Calendars and their groups: one's own, those others share, and those of Microsoft 365 groups."""

from django.db.models import QuerySet

from simulators.microsoft365.graph import links
from simulators.microsoft365.graph.calls import Answer, Call
from simulators.microsoft365.graph.groups import found_group
from simulators.microsoft365.graph.listing import refuse_unknown_options
from simulators.microsoft365.graph.selecting import Shape
from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.models import Person
from simulators.microsoft365.outlook.generator.mailboxes import mailbox_of_group, mailbox_of_person
from simulators.microsoft365.outlook.graph.finding import found_folder, found_mailbox, not_found, reference_of
from simulators.microsoft365.outlook.graph.listing import OutlookList, one
from simulators.microsoft365.outlook.graph.naming import Naming, change_key, naming_for
from simulators.microsoft365.outlook.models import Folder, Mailbox
from simulators.microsoft365.outlook.mutations.days import catch_up

CALENDAR_WORD = "calendar"
_GROUPS = {"own": "My Calendars", "other": "Other Calendars"}
_CLASS_IDS = {"own": "0006f0b7-0000-0000-c000-000000000046", "other": "0006f0b8-0000-0000-c000-000000000046"}


class SeenCalendar:
    """One calendar as one client sees it."""

    def __init__(self, folder: Folder, naming: Naming) -> None:
        self.folder, self.naming = folder, naming

    @property
    def is_shared(self) -> bool:
        """Whether it is somebody else's."""
        return "shared_from" in self.folder.values

    @property
    def owner(self) -> dict:
        """Whose it is."""
        mailbox = self.naming.mailbox
        return self.folder.values.get("owner") or {"name": mailbox.owner_name, "address": mailbox.owner_address}


CALENDAR = Shape(
    "calendar",
    {
        "id": lambda seen: seen.naming.folder(seen.folder.id),
        "name": lambda seen: seen.folder.name,
        "color": lambda seen: "auto",
        "hexColor": lambda seen: "",
        "isDefaultCalendar": lambda seen: seen.folder.well_known == CALENDAR_WORD,
        "changeKey": lambda seen: change_key(seen.folder),
        "canShare": lambda seen: not seen.is_shared,
        "canViewPrivateItems": lambda seen: not seen.is_shared,
        "canEdit": lambda seen: not seen.is_shared,
        "allowedOnlineMeetingProviders": lambda seen: ["teamsForBusiness"],
        "defaultOnlineMeetingProvider": lambda seen: "teamsForBusiness",
        "isTallyingResponses": lambda seen: seen.folder.well_known == CALENDAR_WORD,
        "isRemovable": lambda seen: seen.folder.well_known != CALENDAR_WORD,
        "owner": lambda seen: seen.owner,
    },
    default=(
        "id", "name", "color", "hexColor", "isDefaultCalendar", "changeKey", "canShare", "canViewPrivateItems",
        "canEdit", "allowedOnlineMeetingProviders", "defaultOnlineMeetingProvider", "isTallyingResponses",
        "isRemovable", "owner",
    ),
    relations=("events", "calendarView"),
)  # fmt: skip
CALENDARS = OutlookList(CALENDAR, orders={"name": "name"}, default_order=("created_seq", "name"), default_top=100)


def calendar_list(call: Call, user: str) -> Answer:
    """Every calendar in somebody's list, the shared ones too."""
    mailbox = found_mailbox(call, user)
    return CALENDARS.answer(call, _calendars(mailbox), f"users('{mailbox.id}')/calendars", _show(call, mailbox))


def calendar_detail(call: Call, user: str = "", group: str = "", calendar: str = "") -> Answer:
    """One calendar, or the default one."""
    mailbox = holder(call, user, group)
    row = found_folder(mailbox, Folder.Kind.CALENDAR, calendar or CALENDAR_WORD)
    return shown_calendar(call, mailbox, row)


def shown_calendar(call: Call, mailbox: Mailbox, row: Folder, status: int = 200) -> Answer:
    """Return one calendar as the answer."""
    answer = one(call, CALENDARS, f"{where(mailbox)}/calendars", _show(call, mailbox), row)
    answer.status = status
    return answer


def calendar_group_list(call: Call, user: str) -> Answer:
    """The groups in which the calendars stand."""
    refuse_unknown_options(call, {"$top"})
    mailbox = found_mailbox(call, user)
    value = [
        {
            "id": _group_id(mailbox, key),
            "name": name,
            "classId": _CLASS_IDS[key],
            "changeKey": _group_id(mailbox, key)[-24:],
        }
        for key, name in _GROUPS.items()
    ]
    return Answer({"@odata.context": links.context(f"users('{mailbox.id}')/calendarGroups"), "value": value})


def grouped_calendar_list(call: Call, user: str, calendar_group: str) -> Answer:
    """The calendars of one group."""
    mailbox = found_mailbox(call, user)
    keys = {reference_of(_group_id(mailbox, key)).thing: key for key in _GROUPS}
    key = keys.get(reference_of(calendar_group).thing)
    if key is None:
        raise not_found()
    rows = _calendars(mailbox).filter(values__has_key="shared_from")
    if key == "own":
        rows = _calendars(mailbox).exclude(values__has_key="shared_from")
    return CALENDARS.answer(call, rows, f"users('{mailbox.id}')/calendars", _show(call, mailbox))


def holder(call: Call, user: str, group: str) -> Mailbox:
    """Return the mailbox of a user, or of a Microsoft 365 group. Raises `GraphError`."""
    if not group:
        return found_mailbox(call, user)
    found = found_group(call, group)
    if not found.is_unified:
        raise not_found("ErrorInvalidGroup")
    return catch_up(mailbox_of_group(found))


def found_calendar(call: Call, user: str, group: str, calendar: str) -> tuple[Mailbox, Folder]:
    """Return a calendar with the mailbox it lies in: a shared one lies in that of its owner. Raises `GraphError`."""
    mailbox = holder(call, user, group)
    folder = found_folder(mailbox, Folder.Kind.CALENDAR, calendar or CALENDAR_WORD)
    if "shared_from" not in folder.values:
        return mailbox, folder
    owner = Person.objects.live().select_related("tenant").filter(id=folder.values["shared_from"]).first()
    if owner is None:
        raise not_found()
    theirs = catch_up(mailbox_of_person(owner))
    return theirs, found_folder(theirs, Folder.Kind.CALENDAR, CALENDAR_WORD)


def where(mailbox: Mailbox) -> str:
    """Return how the contexts of answers begin."""
    return f"{'groups' if mailbox.is_group else 'users'}('{mailbox.id}')"


def _calendars(mailbox: Mailbox) -> QuerySet:
    return mailbox.folders.live().filter(kind=Folder.Kind.CALENDAR)


def _show(call: Call, mailbox: Mailbox):
    naming = naming_for(call, mailbox)
    return lambda row, chosen, expanded: CALENDAR.show(SeenCalendar(row, naming), chosen)


def _group_id(mailbox: Mailbox, key: str) -> str:
    return Naming(mailbox, immutable=False).folder(derived_id(mailbox.id, "calendar group", key))
