"""What changed in a calendar, in the best way its server knows.

Follows Microsoft's pages "event: delta" and "Get incremental changes to events in a calendar view". v1.0 has no
documented feed of a whole calendar, so each is read in the first of these ways that is answered:

DELTA   the change feed of all its events, which Microsoft documents for beta only
WINDOW  the change feed of what takes place from half a year ago until in a year, and once a week, when the window
        moves on, the list of everything: what lies outside of the window is noticed within a week
LIST    the list of everything, every time

The window is as wide as what people work with: most changes concern the days around today, and every series is told
day by day within it, so that a wider one would cost more than it tells.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from backups.connectors.base import CursorExpired, NotThere, PermissionMissing, UnexpectedAnswer
from backups.connectors.contract import Change, Checkpoint, Remove
from backups.connectors.microsoft365.events import event_told, is_occurrence
from backups.connectors.microsoft365.exchange import MALFORMED, Exchange, quoted
from backups.connectors.microsoft365.folder_feeds import answered, changes_of, is_full, listed

DELTA, WINDOW, LIST = "delta", "window", "list"
# A window whose feed is being opened, and one whose calendar is being listed.
_OPENING, _LISTING = "window opens", "window lists"
_BACK, _AHEAD = timedelta(days=180), timedelta(days=400)
LISTED_EVERY = timedelta(days=7)
# The feeds of some calendars answer larger pages with 503 and nothing.
_PAGE = 10
_LIST_PAGE = 500
_PROPERTIES = (
    "id,type,changeKey,subject,start,end,createdDateTime,lastModifiedDateTime,isCancelled,hasAttachments,organizer,"
    "seriesMasterId,iCalUId"
)
# A way that v1.0 does not know is refused, or does not exist.
_REFUSALS = (UnexpectedAnswer, NotThere)
# Before any event there is: v1.0 was seen to want a beginning where beta wants none.
_BEGINNINGS = ("", "?startDateTime=1900-01-01T00:00:00Z")


@dataclass(frozen=True)
class Place:
    """How far a calendar was read, and in which way. This is what its cursor holds."""

    way: str
    link: str = ""
    # The change feed to go on with once everything is listed, and when that was.
    feed: str = ""
    listed_at: str = ""

    def packed(self) -> str:
        """Return the cursor."""
        return json.dumps(asdict(self))

    @classmethod
    def unpacked(cls, cursor: str) -> "Place":
        """Return what a cursor means. Raises `CursorExpired`."""
        try:
            place = cls(**json.loads(cursor))
            if not place.link and place.way != _LISTING:
                raise ValueError("no link to go on with")
            if place.listed_at and datetime.fromisoformat(place.listed_at).tzinfo is None:
                raise ValueError("a moment without a time zone")
        except (ValueError, TypeError) as problem:
            raise CursorExpired("How far the calendar was read is not known any more.") from problem
        return place


class CalendarReading:
    """One pass over a calendar."""

    def __init__(self, exchange: Exchange, calendar_id: str, *, now: datetime) -> None:
        self.exchange, self.now = exchange, now
        self._calendar = f"calendars/{quoted(calendar_id)}"
        # Series that this pass has told of.
        self._told: set[str] = set()

    def changes(self, cursor: str) -> Iterator[Change]:
        """Yield what changed since ``cursor``, like `Connector.changes`."""
        if not cursor:
            return self._from_the_start()
        place = Place.unpacked(cursor)
        if place.way == DELTA:
            return self._delta(self._pages("", place.link))
        if place.way == WINDOW:
            self._refuse_an_old_window(place)
            return self._window(self._pages("", place.link), place)
        if place.way == _OPENING:
            return self._opening(self._pages("", place.link))
        return self._listing(place)

    def lies_here(self, remote_id: str, entry: dict[str, Any]) -> bool:
        """Return whether an event that exists lies in this calendar: its id does not tell."""
        ical_id = entry.get("iCalUId")
        if not isinstance(ical_id, str) or not ical_id:
            return True
        wanted = quote(f"iCalUId eq '{ical_id.replace(chr(39), chr(39) * 2)}'", safe="")
        pages = self.exchange.pages(f"{self._calendar}/events?$select=id&$filter={wanted}")
        return any(found == remote_id for found, _ in listed(pages, "event"))

    def _from_the_start(self) -> Iterator[Change]:
        for beginning in _BEGINNINGS:
            pages = answered(self._pages(f"events/delta{beginning}"), _REFUSALS)
            if pages is not None:
                yield from self._delta(pages)
                return
        begin, end = (f"{(self.now + shift):%Y-%m-%dT00:00:00Z}" for shift in (-_BACK, _AHEAD))
        pages = answered(self._pages(f"calendarView/delta?startDateTime={begin}&endDateTime={end}"), _REFUSALS)
        yield from self._listing(Place(LIST)) if pages is None else self._opening(pages)

    def _pages(self, path: str, link: str = "") -> Iterator[dict]:
        try:
            yield from self.exchange.pages(f"{self._calendar}/{path}", size=_PAGE, link=link)
        except PermissionMissing as problem:
            if link and is_full(problem):
                raise CursorExpired("A full mailbox does not tell what changed.", code=problem.code) from problem
            raise

    def _delta(self, pages: Iterable[dict]) -> Iterator[Change]:
        return changes_of(_masters_first(pages), self._change, cursor_of=lambda link: Place(DELTA, link).packed())

    def _window(self, pages: Iterable[dict], place: Place) -> Iterator[Change]:
        def cursor_of(link: str) -> str:
            return Place(WINDOW, link, listed_at=place.listed_at).packed()

        return changes_of(_masters_first(pages), self._change_in_window, cursor_of=cursor_of)

    def _opening(self, pages: Iterable[dict]) -> Iterator[Change]:
        """Read the window only to learn where its changes begin; then list, so that nothing falls between the two."""
        for page in pages:
            following, last = page.get("@odata.nextLink"), page.get("@odata.deltaLink")
            if following:
                yield Checkpoint(Place(_OPENING, following).packed())
            elif last:
                yield Checkpoint(Place(_LISTING, feed=last).packed())
                yield from self._listing(Place(_LISTING, feed=last))
            else:
                raise UnexpectedAnswer("The changes of a calendar end without saying from where to go on.")

    def _listing(self, place: Place) -> Iterator[Change]:
        path = f"{self._calendar}/events?$select={_PROPERTIES}&$top={_LIST_PAGE}"
        for page in self.exchange.pages(path, link=place.link):
            for remote_id, entry in listed([page], "event"):
                yield event_told(remote_id, entry)
            following = page.get("@odata.nextLink")
            if following:
                yield Checkpoint(Place(place.way, following, place.feed).packed())
        listed_at = self.now.isoformat()
        over = Place(WINDOW, place.feed, listed_at=listed_at).packed() if place.feed else ""
        yield Checkpoint(over, is_end=True)

    def _refuse_an_old_window(self, place: Place) -> None:
        if not place.listed_at or self.now - datetime.fromisoformat(place.listed_at) >= LISTED_EVERY:
            raise CursorExpired("The calendar was not listed for a week.")

    def _change(self, remote_id: str, entry: dict[str, Any]) -> Iterator[Change]:
        if "@removed" in entry:
            yield Remove(remote_id)
        elif is_occurrence(entry):
            yield from self._master_of(entry)
        else:
            self._told.add(remote_id)
            yield event_told(remote_id, entry)

    def _change_in_window(self, remote_id: str, entry: dict[str, Any]) -> Iterator[Change]:
        if "@removed" in entry:
            # What left the window counts as removed from it, although it is there.
            yield from self._looked_up(remote_id, otherwise=(Remove(remote_id),))
        else:
            yield from self._change(remote_id, entry)

    def _master_of(self, entry: dict[str, Any]) -> Iterator[Change]:
        """Tell of the series whose day is told, once in a pass."""
        master = entry.get("seriesMasterId")
        if isinstance(master, str) and master and master not in self._told:
            self._told.add(master)
            yield from self._looked_up(master)

    def _looked_up(self, remote_id: str, *, otherwise: Iterable[Change] = ()) -> Iterator[Change]:
        """Tell of an event as it is, or ``otherwise`` where it does not exist."""
        try:
            entry = self.exchange.get(f"events/{quoted(remote_id)}?$select={_PROPERTIES}")
        except NotThere:
            yield from otherwise
            return
        except UnexpectedAnswer as problem:
            if problem.code != MALFORMED:
                raise
            yield from otherwise
            return
        if is_occurrence(entry):
            yield from self._master_of(entry)
        elif self.lies_here(remote_id, entry):
            yield event_told(remote_id, entry)
        else:
            yield Remove(remote_id)


def _masters_first(pages: Iterable[dict]) -> Iterator[dict]:
    """Yield pages with the days of series last, so that a series that is told itself is not looked up for its days."""
    for page in pages:
        value = sorted(page["value"], key=lambda entry: isinstance(entry, dict) and is_occurrence(entry))
        yield {**page, "value": value}
