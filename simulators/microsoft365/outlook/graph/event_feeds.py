"""The two change feeds of a calendar: one over a window of time, one over all events (which few tenants answer)."""

from datetime import date, datetime

from django.db.models import Q, QuerySet

from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.outlook.graph.calendars import found_calendar, where
from simulators.microsoft365.outlook.graph.delta import delta
from simulators.microsoft365.outlook.graph.event_shape import EVENT, SeenEvent, skeleton, utc
from simulators.microsoft365.outlook.graph.events import window_of, within, zone_of
from simulators.microsoft365.outlook.graph.feeds import Feed, Op
from simulators.microsoft365.outlook.graph.naming import Naming, naming_for
from simulators.microsoft365.outlook.ids import Sort
from simulators.microsoft365.outlook.models import Folder, Habit, Item, Line, Mailbox

# Some calendars cannot cope with larger pages.
_SMALL_PAGE = 10


class EventFeed(Feed):
    """Single events and series masters that came, changed or went."""

    sort = Sort.EVENT
    options = ("startDateTime",)

    def __init__(self, mailbox: Mailbox, naming: Naming, calendar: Folder, zone: str) -> None:
        super().__init__(mailbox, naming, calendar.id)
        self.zone = zone
        self.context = f"{where(mailbox)}/calendars('{naming.folder(calendar.id)}')/events"

    def check(self, options: dict[str, str]) -> None:
        self._begin(options)

    def live(self, options: dict[str, str]) -> QuerySet:
        rows = self.mailbox.items.live().filter(kind=Item.Kind.EVENT, folder_id=self.feed_id)
        return rows.filter(Q(until__gt=self._begin(options)) | Q(until=None))

    def show(self, row: Item, options: dict[str, str]) -> list[dict]:
        return [EVENT.show(SeenEvent(row, self.naming, self.zone), EVENT.default)]

    def _begin(self, options: dict[str, str]) -> datetime:
        if "startDateTime" not in options:
            raise GraphError(400, "ErrorInvalidParameter", "This request requires the parameter StartDateTime.")
        try:
            return utc(options["startDateTime"])
        except ValueError as problem:
            raise GraphError(400, "ErrorInvalidParameter", f"StartDateTime is not valid: {problem}.") from problem


class ViewFeed(EventFeed):
    """What takes place within a window. What changes outside of it is told as removed, though it is there."""

    options = ("startDateTime", "endDateTime")

    def check(self, options: dict[str, str]) -> None:
        window_of(options)

    def live(self, options: dict[str, str]) -> QuerySet:
        rows = self.mailbox.items.live().filter(kind=Item.Kind.EVENT, folder_id=self.feed_id)
        return within(rows, *window_of(options))

    def show(self, row: Item, options: dict[str, str]) -> list[dict]:
        master = SeenEvent(row, self.naming, self.zone)
        shown = EVENT.show(master, EVENT.default)
        if not master.meeting.is_series:
            return [shown]
        seen = [SeenEvent(row, self.naming, self.zone, day) for day in master.meeting.days_between(*window_of(options))]
        entries = [EVENT.show(one, EVENT.default) if one.exception is not None else skeleton(one) for one in seen]
        return [shown, *entries] if entries else []

    def _entries(self, line: Line, row, position, story: list[str]) -> list[dict]:
        if row is None and line.operation != Op.LEFT:
            return self.gone(line)
        entries = super()._entries(line, row, position, story)
        if row is None or not row.facts.get("recurrence") or position.options.get("changeType"):
            return entries
        # Of a series none of which takes place in the window the master is told as removed as well.
        return (entries or self.gone(line)) + self._gone_days(row, position.options)

    def _gone_days(self, row: Item, options: dict[str, str]) -> list[dict]:
        """The days of a series that was changed which do not take place, or not in the window (any more)."""
        master = SeenEvent(row, self.naming)
        present = {day.isoformat() for day in master.meeting.days_between(*window_of(options))}
        gone = {*row.facts.get("cancelled", []), *(set(row.facts.get("exceptions", {})) - present)}
        days = [date.fromisoformat(day) for day in sorted(gone)]
        return [{"id": SeenEvent(row, self.naming, day=day).id, "@removed": {"reason": "deleted"}} for day in days]


def event_delta(call: Call, user: str = "", group: str = "", calendar: str = "") -> Answer:
    """What changed in a calendar, where v1.0 answers that at all."""
    mailbox, folder = found_calendar(call, user, group, calendar)
    if not Habit.of(mailbox.tenant).answers_event_delta:
        message = "Change tracking is not supported against 'microsoft.graph.event'."
        raise GraphError(400, "ErrorInvalidRequest", message)
    return _fragile(call, folder) or delta(call, EventFeed(mailbox, naming_for(call, mailbox), folder, zone_of(call)))


def view_delta(call: Call, user: str = "", group: str = "", calendar: str = "") -> Answer:
    """What changed in a window of a calendar."""
    mailbox, folder = found_calendar(call, user, group, calendar)
    return _fragile(call, folder) or delta(call, ViewFeed(mailbox, naming_for(call, mailbox), folder, zone_of(call)))


def _fragile(call: Call, folder: Folder) -> Answer | None:
    size = call.preference("odata.maxpagesize") or ""
    is_large = size.isdecimal() and int(size) > _SMALL_PAGE
    return Answer(None, 503) if folder.values.get("fragile") and is_large else None
