"""Calendars of one mailbox: a feed for each, single events and whole series.

Follows Microsoft's pages "event: delta", "Get event" and "Get attachment". Facts of an event are ``start``, ``end``,
``from`` (the organizer), ``to`` (who was invited), ``location``, ``is_series`` and ``is_cancelled`` besides those of
all kinds. Calendars of groups are none of a mailbox.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import ClassVar

from backups.connectors.base import NotThere
from backups.connectors.contract import (
    Capabilities,
    Change,
    Checkpoint,
    Feed,
    Kind,
    Part,
    Readable,
    Source,
    Upsert,
)
from backups.connectors.microsoft365.calendar_windows import CalendarReading
from backups.connectors.microsoft365.calendars import SHARED_CALENDAR, calendars
from backups.connectors.microsoft365.events import ATTACHMENT, whole_event
from backups.connectors.microsoft365.exchange import WIDTH, Exchange, quoted
from backups.connectors.microsoft365.graph import Graph


class CalendarConnector:
    """Reads calendars. A series is one object, with its exceptions and the days on which it does not take place."""

    kind: ClassVar[Kind] = Kind.CALENDAR
    capabilities: ClassVar[Capabilities] = Capabilities(
        missing=(
            "Calendars of others, which are saved with their owners",
            "Calendars of groups",
            "Where files attached as cloud links lie",
            "Changes of events that are over for half a year or more than a year ahead are seen once a week",
            "Who may see or edit a calendar",
        ),
    )
    width: ClassVar[int] = WIDTH

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def feeds(self, source: Source) -> Iterator[Feed]:
        """Yield the calendars."""
        return calendars(Exchange(self._graph, source))

    def changes(self, source: Source, feed: Feed, cursor: str) -> Iterator[Change]:
        """Yield what changed in a calendar; of one that belongs to somebody else nothing."""
        if feed.type == SHARED_CALENDAR:
            yield Checkpoint("", is_end=True)
            return
        yield from self._reading(source, feed).changes(cursor)

    def look(self, source: Source, feed: Feed, object_id: str) -> Upsert:
        """Return an event of this calendar. Raises `NotThere` for one that lies in another by now."""
        exchange = Exchange(self._graph, source)
        entry = exchange.get(f"events/{quoted(object_id)}")
        if not self._reading(source, feed).lies_here(object_id, entry):
            raise NotThere("This event lies in another calendar now.")
        return whole_event(exchange, object_id, entry)

    def complete(self, source: Source, feed: Feed, found: Upsert) -> Upsert:
        """Return the event with its exceptions and what is attached."""
        if found.is_whole:
            return found
        exchange = Exchange(self._graph, source)
        return whole_event(exchange, found.id, exchange.get(f"events/{quoted(found.id)}"))

    def open(self, source: Source, feed: Feed, found: Upsert, part: Part) -> AbstractContextManager[Readable]:
        """Open an attachment: a file as it is, an attached item as RFC 822, iCalendar or vCard."""
        event = part.facts.get("event") or found.id
        attachment = part.name.removeprefix(ATTACHMENT)
        content = f"events/{quoted(event)}/attachments/{quoted(attachment)}/$value"
        return Exchange(self._graph, source).open(content, of=f"events/{quoted(found.id)}")

    def _reading(self, source: Source, feed: Feed) -> CalendarReading:
        return CalendarReading(Exchange(self._graph, source), feed.id, now=self._graph.http.clock())
