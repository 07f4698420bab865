"""Putting events back: single ones, and series with their changed and cancelled days.

Into a folder means into a calendar of that name; calendars lie in no folders. Nobody is invited, and nobody is told
that something is cancelled: a live meeting with attendees that its owner planned is left where it is although it was to
be replaced, because Exchange would write to all of them. A second copy of an event needs no other name.
"""

from typing import Any, ClassVar

from backups.connectors.base import NotThere
from backups.connectors.contract import Feed, Kind
from backups.connectors.microsoft365.calendars import SHARED_CALENDAR
from backups.connectors.microsoft365.event_attachments import attached, attachments_in, lost_links
from backups.connectors.microsoft365.event_restored import event_body
from backups.connectors.microsoft365.exchange import WIDTH, quoted
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.restore_attachments import attach, event_path
from backups.connectors.microsoft365.restore_calendars import Calendars, name_of
from backups.connectors.microsoft365.restore_mailbox import (
    ORIGIN_EXPANDED,
    Found,
    Mailbox,
    entries,
    keyed,
    origin_in,
    to_replace,
)
from backups.connectors.microsoft365.series_restored import Days
from backups.connectors.restoring import Assignment, Less, Mark, Outcome, Room, Saved, There

_SELECT = f"$select=id,iCalUId,lastModifiedDateTime&{ORIGIN_EXPANDED}&$top=500"


class CalendarRestorer:
    """Puts events back through Graph."""

    kind: ClassVar[Kind] = Kind.CALENDAR
    width: ClassVar[int] = WIDTH
    newest_first: ClassVar[bool] = True
    may_lack: ClassVar[tuple[Less, ...]] = (
        Less.ATTENDEES, Less.ORGANIZER, Less.ONLINE_MEETING, Less.CLOUD_LINKS, Less.ATTACHMENTS, Less.EXCEPTIONS,
    )  # fmt: skip
    cost: ClassVar[float] = 2

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._calendars = Calendars()

    def check(self, assignment: Assignment) -> Room:
        """Make sure that there is a calendar."""
        return self._mailbox(assignment).room("calendar?$select=id")

    def turn(self, feed: Feed, facts: dict[str, Any]) -> int:
        """Leave out the calendars of others."""
        return -1 if feed.type == SHARED_CALENDAR else 0

    def mark(self, assignment: Assignment, saved: Saved) -> Mark:
        """Return what the event is known by in every calendar it stands in, and when somebody last touched it."""
        return Mark(_text(saved.record, "iCalUId"), _text(saved.record, "lastModifiedDateTime"))

    def marks_there(self, assignment: Assignment, feed: Feed) -> dict[str, There]:
        """Return the events of the calendar, and of its copy; those that were put back by what they were before too."""
        mailbox, found = self._mailbox(assignment), {}
        for name in dict.fromkeys(("", assignment.folder)):
            calendar = self._calendars.standing(mailbox, name_of(feed, name))
            for entry in entries(mailbox, f"calendars/{quoted(calendar)}/events?{_SELECT}") if calendar else ():
                there = There(entry["id"], _text(entry, "lastModifiedDateTime"))
                found.setdefault(_text(entry, "iCalUId"), there)
                found.setdefault(origin_in(entry), there)
        found.pop("", None)
        return found

    def find(self, assignment: Assignment, saved: Saved, key: str) -> str | None:
        """Return what an earlier try made; where that broke off halfway, the rest of it is done now."""
        mailbox = self._mailbox(assignment)
        calendar = self._calendars.known_place_of(mailbox, assignment, saved.feed)
        try:
            found = calendar and mailbox.found(f"calendars/{quoted(calendar)}/events", key)
        except NotThere:
            return None
        if not found:
            return None
        if not found.is_whole:
            self._end(mailbox, assignment, found, saved, anew=True)
        return found.id

    def put(self, assignment: Assignment, saved: Saved, key: str, there: There | None) -> Outcome:
        """Put an event or a series back."""
        mailbox, replaces = self._mailbox(assignment), to_replace(assignment, there)
        body, less = event_body(saved.record, is_elsewhere=assignment.is_elsewhere)
        if replaces and _is_meeting(mailbox, replaces):
            replaces = ""
        is_whole = not (saved.parts or replaces or _has_odd_days(saved.record))
        # Exchange knows a request again by it for a while; the restore key is there for good.
        origin = _text(saved.record, "iCalUId")
        body = keyed(body | {"transactionId": key}, key=key, origin=origin, is_whole=is_whole, replaces=replaces)
        made = self._make(mailbox, assignment, saved.feed, body)
        less |= lost_links(saved.record)
        if not is_whole:
            less |= self._end(mailbox, assignment, Found(made["id"], False, replaces), saved, anew=False)
        return Outcome(made["id"], tuple(sorted(less)), bool(replaces))

    def finish(self, assignment: Assignment) -> None:
        """Nothing is left open."""

    def _end(
        self, mailbox: Mailbox, assignment: Assignment, found: Found, saved: Saved, *, anew: bool
    ) -> set[Less]:  # fmt: skip
        """Do what is left to do of an event that was made."""
        path, own = event_path(found.id), {one.get("id") for one in attachments_in(saved.record)}
        less = attach(mailbox, path, attached(saved, saved.record), anew=anew)
        if _has_odd_days(saved.record):

            def attaching(exception: dict[str, Any], instance_id: str) -> set[Less]:
                # An exception may show what is attached to its series.
                return attach(mailbox, event_path(instance_id), attached(saved, exception, own), anew=anew)

            days = Days(mailbox, found.id, saved.record, is_elsewhere=assignment.is_elsewhere)
            less |= days.restore(attaching, anew=anew)
        if found.replaces:
            mailbox.delete(event_path(found.replaces))
        mailbox.say_whole(path)
        return less

    def _make(self, mailbox: Mailbox, assignment: Assignment, feed: Feed, body: dict[str, Any]) -> dict[str, Any]:
        calendar = self._calendars.place_of(mailbox, assignment, feed)
        try:
            return mailbox.post(f"calendars/{quoted(calendar)}/events", body)
        except NotThere:
            # Somebody deleted the calendar meanwhile.
            calendar = self._calendars.place_of(mailbox, assignment, feed, anew=True)
            return mailbox.post(f"calendars/{quoted(calendar)}/events", body)

    def _mailbox(self, assignment: Assignment) -> Mailbox:
        return Mailbox(self._graph, assignment.target)


def _is_meeting(mailbox: Mailbox, event_id: str) -> bool:
    """Return whether Exchange would write to people if this event went."""
    try:
        live = mailbox.get(f"{event_path(event_id)}?$select=id,isOrganizer,attendees")
    except NotThere:
        return False
    return bool(live.get("attendees")) and live.get("isOrganizer") is not False


def _has_odd_days(record: dict[str, Any]) -> bool:
    return bool(record.get("exceptionOccurrences") or record.get("cancelledOccurrences"))


def _text(entry: dict[str, Any], name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""
