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
from backups.connectors.microsoft365.records import digest
from backups.connectors.microsoft365.restore_attachments import attach, event_path
from backups.connectors.microsoft365.restore_calendars import Calendars, name_of
from backups.connectors.microsoft365.restore_mailbox import ORIGIN_EXPANDED, Mailbox, entries, origin_in
from backups.connectors.microsoft365.restore_objects import Kept, ObjectRestorer
from backups.connectors.microsoft365.series_restored import Days
from backups.connectors.restoring import Assignment, Less, Mark, Room, Saved, There

_SELECT = f"$select=id,iCalUId,lastModifiedDateTime&{ORIGIN_EXPANDED}&$top=500"


class CalendarRestorer(ObjectRestorer):
    """Puts events back through Graph."""

    kind: ClassVar[Kind] = Kind.CALENDAR
    width: ClassVar[int] = WIDTH
    newest_first: ClassVar[bool] = True
    may_lack: ClassVar[tuple[Less, ...]] = (
        Less.ATTENDEES, Less.ORGANIZER, Less.ONLINE_MEETING, Less.CLOUD_LINKS, Less.ATTACHMENTS, Less.EXCEPTIONS,
    )  # fmt: skip
    cost: ClassVar[float] = 2

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
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
        # What lies where it is put counts before what lies where it was.
        for name in dict.fromkeys((assignment.folder, "")):
            calendar = self._calendars.standing(mailbox, name_of(feed, name))
            for entry in entries(mailbox, f"calendars/{quoted(calendar)}/events?{_SELECT}") if calendar else ():
                there = There(entry["id"], _text(entry, "lastModifiedDateTime"))
                found.setdefault(_text(entry, "iCalUId"), there)
                found.setdefault(origin_in(entry), there)
        found.pop("", None)
        return found

    # Exchange knows a request again for a while.
    _may_be_old = True

    def _listing(self, mailbox: Mailbox, assignment: Assignment, feed: Feed) -> str | None:
        calendar = self._calendars.known_place_of(mailbox, assignment, feed)
        return f"calendars/{quoted(calendar)}/events" if calendar else None

    def _path(self, object_id: str) -> str:
        return event_path(object_id)

    def _origin(self, saved: Saved) -> str:
        return _text(saved.record, "iCalUId")

    def _may_go(self, mailbox: Mailbox, object_id: str) -> bool:
        return not _is_meeting(mailbox, object_id)

    def _body(self, assignment: Assignment, kept: Kept) -> tuple[dict[str, Any], set[Less]]:
        body, less = event_body(kept.saved.record, is_elsewhere=assignment.is_elsewhere)
        return body, less | lost_links(kept.saved.record)

    def _has_more(self, kept: Kept) -> bool:
        return bool(kept.saved.parts) or _has_odd_days(kept.saved.record)

    def _make(
        self, mailbox: Mailbox, assignment: Assignment, kept: Kept, body: dict[str, Any], key: str
    ) -> tuple[dict[str, Any], set[Less]]:
        body = body | {"transactionId": digest(key)}
        return self._calendars.put_into(mailbox, assignment, kept.saved.feed, body), set()

    def _rest(self, mailbox: Mailbox, assignment: Assignment, kept: Kept, object_id: str, *, anew: bool) -> set[Less]:
        saved, own = kept.saved, {one.get("id") for one in attachments_in(kept.saved.record)}

        def attaching(exception: dict[str, Any], instance_id: str) -> set[Less]:
            # An exception may show what is attached to its series.
            files = attached(saved, exception, own)
            return attach(mailbox, event_path(instance_id), files, anew=anew, damaged=saved.damaged)

        files = attached(saved, saved.record)
        less = attach(mailbox, event_path(object_id), files, anew=anew, damaged=saved.damaged)
        if _has_odd_days(saved.record):
            days = Days(mailbox, object_id, saved.record, is_elsewhere=assignment.is_elsewhere)
            less |= days.restore(attaching, anew=anew)
        return less


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
