"""Events: lists, single ones, the instances of a series, views of a window of time."""

from datetime import date, datetime

from django.db.models import Q, QuerySet

from simulators.microsoft365.graph import links
from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.listing import refuse_unknown_options
from simulators.microsoft365.outlook.content.zones import UnknownZone, zone
from simulators.microsoft365.outlook.graph.attachment_shape import chosen_of_attachment, show_attachment
from simulators.microsoft365.outlook.graph.calendars import found_calendar, holder, where
from simulators.microsoft365.outlook.graph.event_shape import EVENT, SeenEvent, day_of, utc
from simulators.microsoft365.outlook.graph.expanding import expansions
from simulators.microsoft365.outlook.graph.extended import shown_properties, wanted_properties
from simulators.microsoft365.outlook.graph.filtering import moment_field, text_field
from simulators.microsoft365.outlook.graph.finding import item_at, not_found, reference_of
from simulators.microsoft365.outlook.graph.listing import OutlookList, one, whole
from simulators.microsoft365.outlook.graph.naming import applied, naming_for
from simulators.microsoft365.outlook.ids import Sort
from simulators.microsoft365.outlook.models import Item, Mailbox

_PROPERTIES = "singleValueExtendedProperties"
_ICAL_HEAD = 32
_LONGEST_VIEW_DAYS = 1825


def _by_ical_id(word: str) -> Q:
    try:
        return Q(id=word[_ICAL_HEAD:].lower())
    except ValueError:
        return Q(pk=None)


EVENTS = OutlookList(
    EVENT,
    filters={
        "start/dateTime": moment_field("at"),
        "lastModifiedDateTime": moment_field("modified_at"),
        "createdDateTime": moment_field("created_at"),
        "iCalUId": text_field(_by_ical_id),
    },
    orders={"start/dateTime": "at", "lastModifiedDateTime": "modified_at", "createdDateTime": "created_at"},
    default_order=("-at",),
    expands=("attachments", "exceptionOccurrences", _PROPERTIES),
)


def event_list(call: Call, user: str = "", group: str = "", calendar: str = "") -> Answer:
    """The single events and series masters of a calendar, the default one unless one is named."""
    mailbox, folder = found_calendar(call, user, group, calendar)
    rows = mailbox.items.live().filter(kind=Item.Kind.EVENT, folder_id=folder.id)
    return EVENTS.answer(call, rows, f"{where(mailbox)}/events", _show(call, mailbox))


def event_detail(call: Call, event: str, user: str = "", group: str = "", calendar: str = "") -> Answer:
    """One event, series master or occurrence."""
    mailbox = found_calendar(call, user, group, calendar)[0] if calendar else holder(call, user, group)
    item, day = found_event(mailbox, event)
    return shown_event(call, mailbox, item, day)


def shown_event(call: Call, mailbox: Mailbox, item: Item, day: date | None = None, status: int = 200) -> Answer:
    """Return one event as the answer."""
    seen = SeenEvent(item, naming_for(call, mailbox), zone_of(call), day)
    show = lambda row, chosen, expanded: show_event(row, _with_cancelled(chosen, expanded), expanded)  # noqa: E731
    answer = one(call, EVENTS, f"{where(mailbox)}/events", show, seen)
    answer.status = status
    return answer


def instance_list(call: Call, event: str, user: str = "", group: str = "", calendar: str = "") -> Answer:
    """The occurrences and exceptions of a series within a window."""
    mailbox = found_calendar(call, user, group, calendar)[0] if calendar else holder(call, user, group)
    item, day = found_event(mailbox, event)
    if day or not item.facts.get("recurrence"):
        raise GraphError(400, "ErrorInvalidRequest", "The event is not the master of a series.")
    begin, end = window_of(call)
    return _page(call, mailbox, seen_between(call, mailbox, [item], begin, end), f"{where(mailbox)}/events")


def calendar_view(call: Call, user: str = "", group: str = "", calendar: str = "") -> Answer:
    """What takes place within a window: single events, occurrences and exceptions."""
    mailbox, folder = found_calendar(call, user, group, calendar)
    begin, end = window_of(call)
    rows = within(mailbox.items.live().filter(kind=Item.Kind.EVENT, folder_id=folder.id), begin, end)
    seen = seen_between(call, mailbox, list(rows), begin, end)
    return _page(call, mailbox, seen, f"{where(mailbox)}/calendarView")


def found_event(mailbox: Mailbox, word: str) -> tuple[Item, date | None]:
    """Return an event, and for an occurrence the day of it. Raises `GraphError`."""
    reference = reference_of(word)
    if reference.sort != Sort.EVENT:
        raise not_found()
    item = item_at(mailbox, reference, Item.Kind.EVENT)
    if reference.part is None:
        return item, None
    day = day_of(reference.part)
    if day is None or not SeenEvent(item, None).meeting.has_day(day):
        raise not_found()
    return item, day


def seen_between(call: Call, mailbox: Mailbox, items: list[Item], begin: datetime, end: datetime) -> list[SeenEvent]:
    """Return what takes place in a window, in the order of time."""
    naming, zone_name, found = naming_for(call, mailbox), zone_of(call), []
    for item in [] if call.tenant.is_empty else items:
        master = SeenEvent(item, naming, zone_name)
        if master.meeting.is_series:
            found += [SeenEvent(item, naming, zone_name, day) for day in master.meeting.days_between(begin, end)]
        else:
            found.append(master)
    return sorted(found, key=lambda seen: (seen.span, seen.id))


def within(rows: QuerySet, begin: datetime, end: datetime) -> QuerySet:
    """Return the events and series that may touch a window."""
    return rows.filter(at__lt=end).filter(Q(until__gt=begin) | Q(until=None))


def window_of(call: Call | dict) -> tuple[datetime, datetime]:
    """Return the window a call asks for. Raises `GraphError` 400."""
    query = call if isinstance(call, dict) else call.query
    try:
        begin, end = utc(query["startDateTime"]), utc(query["endDateTime"])
    except KeyError as problem:
        message = "This request requires a time window specified by the query string parameters "
        raise GraphError(400, "ErrorInvalidParameter", message + "StartDateTime and EndDateTime.") from problem
    except ValueError as problem:
        raise GraphError(400, "ErrorInvalidParameter", f"The time window is not valid: {problem}.") from problem
    if end <= begin or (end - begin).days > _LONGEST_VIEW_DAYS:
        raise GraphError(400, "ErrorCalendarViewRangeTooBig", "The requested time duration is not supported.")
    return begin, end


def zone_of(call: Call) -> str:
    """Return the time zone a call prefers, UTC without a preference. Raises `GraphError`."""
    name = call.preference("outlook.timezone") or "UTC"
    try:
        zone(name)
    except UnknownZone as problem:
        raise GraphError(
            400, "TimeZoneNotSupportedException", f"A valid TimeZone value must be specified: {name}."
        ) from problem
    return name


def show_event(seen: SeenEvent, chosen: tuple[str, ...], expanded: dict) -> dict:
    """Return an event with what shall be expanded."""
    shown = EVENT.show(seen, chosen)
    if "attachments" in expanded:
        names = chosen_of_attachment(expanded["attachments"].get("$select"))
        parts = [] if seen.day else seen.meeting.parts
        shown["attachments"] = [show_attachment(seen.item, part, seen.naming, names) for part in parts]
    if "exceptionOccurrences" in expanded and not seen.day:
        inner = expansions(expanded["exceptionOccurrences"].get("$expand"))
        days = sorted(seen.item.facts.get("exceptions", {}))
        exceptions = [SeenEvent(seen.item, seen.naming, seen.zone, date.fromisoformat(day)) for day in days]
        shown["exceptionOccurrences"] = [show_event(one, EVENT.default, inner) for one in exceptions]
    if _PROPERTIES in expanded:
        properties = shown_properties(seen, wanted_properties(expanded[_PROPERTIES]))
        if properties:
            shown[_PROPERTIES] = properties
    return shown


def _with_cancelled(chosen: tuple[str, ...], expanded: dict) -> tuple[str, ...]:
    # It is told of a single series master, to those who ask for its exceptions.
    return (*chosen, "cancelledOccurrences") if "exceptionOccurrences" in expanded else chosen


def _page(call: Call, mailbox: Mailbox, seen: list[SeenEvent], context: str) -> Answer:
    refuse_unknown_options(
        call, {"$select", "$top", "$skip", "$count", "$orderby", "$expand", "startDateTime", "endDateTime"}
    )
    chosen, expanded = EVENTS.chosen(call.query.get("$select")), expansions(call.query.get("$expand"))
    top, skip = whole(call, "$top", EVENTS.default_top), whole(call, "$skip", 0)
    page = seen[skip : skip + top]
    body = {"@odata.context": links.context(context), "value": [show_event(one, chosen, expanded) for one in page]}
    if len(seen) > skip + top:
        following = call.query | {"$skip": str(skip + top)}
        body["@odata.nextLink"] = links.address(call.path.rstrip("/"), following)
    return applied(call, Answer(body))


def _show(call: Call, mailbox: Mailbox):
    naming, zone_name = naming_for(call, mailbox), zone_of(call)
    return lambda row, chosen, expanded: show_event(SeenEvent(row, naming, zone_name), chosen, expanded)
