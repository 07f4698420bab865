"""The event of Graph, made from an item: a single one, a series master, or one occurrence of a series."""

from datetime import UTC, date, datetime
from functools import cached_property
from urllib.parse import quote
from uuid import UUID

from simulators.microsoft365.graph.dates import written
from simulators.microsoft365.graph.selecting import Shape
from simulators.microsoft365.outlook.content.mails import HTML
from simulators.microsoft365.outlook.content.meetings import Meeting
from simulators.microsoft365.outlook.content.zones import UNKNOWN, wall_clock
from simulators.microsoft365.outlook.graph.message_shape import recipient
from simulators.microsoft365.outlook.graph.naming import Naming, change_key
from simulators.microsoft365.outlook.graph.texts import shown_text
from simulators.microsoft365.outlook.models import Item

_DAY_MARK = b"\x00\x51\x00\x08"
_ICAL = "040000008200E00074C5B7101A82E008"
_PLAIN_PREVIEW = 255


class SeenEvent:
    """One event as one client sees it; with a ``day``, the occurrence or exception of that day."""

    def __init__(self, item: Item, naming: Naming, zone: str = "UTC", day: date | None = None) -> None:
        self.item, self.naming, self.zone, self.day = item, naming, zone, day
        self.meeting = Meeting(item)

    @property
    def id(self) -> str:
        """The id in the form the client wants."""
        return self.naming.part(self.item, part_of(self.day)) if self.day else self.naming.item(self.item)

    @property
    def exception(self) -> dict | None:
        """What is different on this day, or None for an occurrence like the others."""
        return self.item.facts.get("exceptions", {}).get(self.day.isoformat()) if self.day else None

    @cached_property
    def span(self) -> tuple[datetime, datetime]:
        """Begin and end."""
        if self.day:
            return self.meeting.span_of(self.day)
        return self.item.at, self.item.at + self.meeting.length

    def value(self, name: str, default):
        """Return what was set for this day, or for the event, or else ``default`` (which may be made when needed)."""
        for values in ((self.exception or {}).get("values", {}), self.item.values):
            if name in values:
                return values[name]
        return default() if callable(default) else default

    @property
    def type(self) -> str:
        """Which of the four kinds of events it is."""
        if self.day:
            return "exception" if self.exception is not None else "occurrence"
        return "seriesMaster" if self.meeting.is_series else "singleInstance"


def part_of(day: date) -> UUID:
    """Return what stands in the id of the occurrence of a day."""
    raw = _DAY_MARK + day.year.to_bytes(2) + bytes([day.month, day.day])
    return UUID(bytes=raw + bytes(16 - len(raw)))


def day_of(part: UUID) -> date | None:
    """Return the day that an id of an occurrence holds, or None."""
    raw = part.bytes
    try:
        return date(int.from_bytes(raw[4:6]), raw[6], raw[7]) if raw.startswith(_DAY_MARK) else None
    except ValueError:
        return None


def _time(index: int):
    def make(seen: SeenEvent) -> dict:
        # Who made up a time zone gets an end without one.
        is_odd = index == 1 and seen.item.recipe == "odd_zone" and "end" not in seen.item.values
        return {"dateTime": wall_clock(seen.span[index], seen.zone), "timeZone": None if is_odd else seen.zone}

    return make


def _original_zone(seen: SeenEvent) -> str:
    return UNKNOWN if seen.item.recipe == "odd_zone" else seen.item.facts["zone"]


def _of(name: str, key: str, shown=lambda value: value):
    return lambda seen: seen.value(name, lambda: shown(seen.meeting.derived[key]))


def _body(seen: SeenEvent) -> dict:
    body = seen.value("body", lambda: {"contentType": HTML, "content": seen.meeting.derived["body"]})
    return shown_text(body or {"contentType": HTML, "content": ""}, seen.naming.text_form)


def _location(name: str) -> dict:
    return {"displayName": name, "locationType": "default", "uniqueId": name, "uniqueIdType": "private"}


def _attendees(people) -> list[dict]:
    answered = {"response": "none", "time": "0001-01-01T00:00:00Z"}
    return [{"type": "required", "status": answered} | recipient(person) for person in people]


def _response(seen: SeenEvent) -> dict:
    word = "organizer" if seen.meeting.derived["is_own"] else "notResponded"
    return {"response": word, "time": "0001-01-01T00:00:00Z"}


def _preview(seen: SeenEvent) -> str:
    body = seen.value("body", None)
    text = (body or {}).get("content") or ("" if body else seen.meeting.derived["body"])
    for mark in ("<p>", "</p>", "<br>"):
        text = text.replace(mark, " ")
    return " ".join(text.partition("<body>")[2].partition("</body>")[0].split() or text.split())[:_PLAIN_PREVIEW]


def _original_start(seen: SeenEvent) -> str | None:
    return written(seen.meeting.begins_on(seen.day)) if seen.day else None


def _cancelled(seen: SeenEvent) -> list[str]:
    return [f"OID.{seen.naming.item(seen.item)}.{day}" for day in sorted(seen.item.facts.get("cancelled", []))]


def _online(seen: SeenEvent) -> dict | None:
    meeting = seen.item.facts.get("meeting") or seen.item.id
    return {"joinUrl": f"https://teams.example/l/meetup-join/{meeting}"} if seen.item.recipe == "online" else None


EVENT = Shape(
    "event",
    {
        "@odata.etag": lambda seen: f'W/"{change_key(seen.item)}"',
        "id": lambda seen: seen.id,
        "createdDateTime": lambda seen: written(seen.item.created_at),
        "lastModifiedDateTime": lambda seen: written(seen.item.modified_at),
        "changeKey": lambda seen: change_key(seen.item),
        "categories": lambda seen: seen.value("categories", []),
        "transactionId": lambda seen: seen.value("transactionId", None),
        "originalStartTimeZone": _original_zone,
        "originalEndTimeZone": _original_zone,
        "iCalUId": lambda seen: _ICAL + seen.item.id.hex.upper(),
        "reminderMinutesBeforeStart": lambda seen: seen.value("reminderMinutesBeforeStart", 15),
        "isReminderOn": lambda seen: seen.value("isReminderOn", True),
        "hasAttachments": lambda seen: bool(seen.meeting.parts) and not seen.day,
        "subject": _of("subject", "subject"),
        "bodyPreview": _preview,
        "importance": lambda seen: seen.value("importance", "normal"),
        "sensitivity": lambda seen: seen.value("sensitivity", "normal"),
        "isAllDay": lambda seen: bool(seen.item.facts.get("all_day")),
        "isCancelled": lambda seen: seen.value("isCancelled", False),
        "isOrganizer": lambda seen: seen.meeting.derived["is_own"],
        "responseRequested": lambda seen: seen.value("responseRequested", True),
        "seriesMasterId": lambda seen: seen.naming.item(seen.item) if seen.day else None,
        "showAs": lambda seen: seen.value("showAs", "busy"),
        "type": lambda seen: seen.type,
        "webLink": lambda seen: f"https://outlook.example/owa/?itemid={quote(seen.id, safe='')}&path=/calendar/item",
        "onlineMeetingUrl": lambda seen: None,
        "isOnlineMeeting": lambda seen: seen.item.recipe == "online",
        "onlineMeetingProvider": lambda seen: "teamsForBusiness" if seen.item.recipe == "online" else "unknown",
        "allowNewTimeProposals": lambda seen: seen.value("allowNewTimeProposals", True),
        "isDraft": lambda seen: False,
        "hideAttendees": lambda seen: seen.value("hideAttendees", False),
        "responseStatus": _response,
        "body": _body,
        "start": _time(0),
        "end": _time(1),
        "location": _of("location", "location", _location),
        "locations": lambda seen: [seen.value("location", lambda: _location(seen.meeting.derived["location"]))],
        "recurrence": lambda seen: None if seen.day else seen.item.facts.get("recurrence"),
        "attendees": _of("attendees", "attendees", _attendees),
        "organizer": _of("organizer", "organizer", recipient),
        "onlineMeeting": _online,
        "originalStart": _original_start,
        "cancelledOccurrences": _cancelled,
    },
    default=(
        "@odata.etag", "id", "createdDateTime", "lastModifiedDateTime", "changeKey", "categories", "transactionId",
        "originalStartTimeZone", "originalEndTimeZone", "iCalUId", "reminderMinutesBeforeStart", "isReminderOn",
        "hasAttachments", "subject", "bodyPreview", "importance", "sensitivity", "isAllDay", "isCancelled",
        "isOrganizer", "responseRequested", "seriesMasterId", "showAs", "type", "webLink", "onlineMeetingUrl",
        "isOnlineMeeting", "onlineMeetingProvider", "allowNewTimeProposals", "isDraft", "hideAttendees",
        "responseStatus", "body", "start", "end", "location", "locations", "recurrence", "attendees", "organizer",
        "onlineMeeting",
    ),
    relations=("attachments", "exceptionOccurrences", "instances", "calendar", "singleValueExtendedProperties"),
)  # fmt: skip
# What a change feed says of an occurrence like all the others of its series.
_SKELETON = ("@odata.etag", "seriesMasterId", "type", "id", "start", "end")


def skeleton(seen: SeenEvent) -> dict:
    """Return an occurrence as a change feed shows it."""
    return {"@odata.type": "#microsoft.graph.event"} | EVENT.show(seen, _SKELETON)


def utc(text: str) -> datetime:
    """Return a moment that a client wrote; without an offset it is UTC. Raises `ValueError`."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
