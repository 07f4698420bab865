"""Writes events, from what Graph's clients send. Operations and the calls of a restore share it."""

from collections.abc import Mapping
from datetime import date, datetime

from simulators.microsoft365.mutations.ledger import CannotMutate
from simulators.microsoft365.outlook.content.meetings import Meeting, set_times
from simulators.microsoft365.outlook.content.recurrences import last_day
from simulators.microsoft365.outlook.content.zones import UnknownZone, moment, wall_clock
from simulators.microsoft365.outlook.models import Folder, Item, Notice
from simulators.microsoft365.outlook.mutations.ledger import MailboxLedger

# What clients may send along although Exchange decides it.
_READ_ONLY = (
    "id", "iCalUId", "uid", "changeKey", "webLink", "type", "seriesMasterId", "createdDateTime", "organizer",
    "lastModifiedDateTime", "isOrganizer", "responseStatus", "originalStart", "originalStartTimeZone", "isDraft",
    "originalEndTimeZone", "bodyPreview", "hasAttachments", "exceptionOccurrences", "cancelledOccurrences",
    "attachments", "onlineMeeting", "onlineMeetingUrl", "isOnlineMeeting", "onlineMeetingProvider", "start", "end",
    "recurrence", "isAllDay", "instances", "calendar", "locations",
)  # fmt: skip


class CannotPlan(CannotMutate):
    """What was sent makes no event."""


def plan_event(box: MailboxLedger, folder: Folder, body: Mapping, *, recipe: str = "") -> Item:
    """Create an event or a series. Raises `CannotPlan`."""
    facts = _when(body, {})
    item = Item(facts=facts)
    set_times(item)
    times = {"at": item.at, "until": item.until}
    return box.create(Item.Kind.EVENT, folder.id, recipe=recipe, facts=facts, values=own_values(body), **times)


def replan(box: MailboxLedger, item: Item, day: date | None, body: Mapping) -> None:
    """Change an event, or with ``day`` one occurrence of a series, which becomes an exception. Raises `CannotPlan`."""
    if day is None:
        item.facts = item.facts | _when(body, item.facts)
        set_times(item)
        item.values = item.values | own_values(body)
    else:
        _except(item, day, body)
    box.change(item)


def call_off(box: MailboxLedger, item: Item, day: date | None) -> None:
    """Delete an event or a series, or with ``day`` one occurrence."""
    if day is None:
        box.remove(item)
        return
    exceptions = {key: value for key, value in item.facts.get("exceptions", {}).items() if key != day.isoformat()}
    cancelled = sorted({*item.facts.get("cancelled", []), day.isoformat()})
    item.facts = item.facts | {"exceptions": exceptions, "cancelled": cancelled}
    box.change(item)


def _except(item: Item, day: date, body: Mapping) -> None:
    exceptions = dict(item.facts.get("exceptions", {}))
    exception = dict(exceptions.get(day.isoformat(), {}))
    if "start" in body:
        begin, _ = _moment(body, "start")
        end = _moment(body, "end")[0] if "end" in body else begin + Meeting(item).length
        exception |= {"at": begin.isoformat(), "minutes": int((end - begin).total_seconds() // 60)}
    exception["values"] = exception.get("values", {}) | own_values(body)
    exceptions[day.isoformat()] = exception
    item.facts = item.facts | {"exceptions": exceptions}


def _when(body: Mapping, known: Mapping) -> dict:
    """Return the facts of when an event is."""
    facts = {}
    if "start" in body or not known:
        begin, zone = _moment(body, "start")
        end, _ = _moment(body, "end")
        if end < begin:
            raise CannotPlan("The end of an event comes after its start.")
        wall = wall_clock(begin, zone)[:19]
        facts |= {"start": wall, "zone": zone, "minutes": int((end - begin).total_seconds() // 60)}
    if "isAllDay" in body:
        facts["all_day"] = bool(body["isAllDay"])
    if "recurrence" in body:
        facts["recurrence"] = _recurrence(body["recurrence"])
        facts |= {"cancelled": [], "exceptions": {}}
    return facts


def _moment(body: Mapping, name: str) -> tuple[datetime, str]:
    value = body.get(name)
    try:
        zone = value.get("timeZone") or "UTC"
        return moment(value["dateTime"], zone), zone
    except (UnknownZone, ValueError, TypeError, KeyError, AttributeError) as problem:
        raise CannotPlan(f"The property {name!r} is no moment with a time zone that is known: {value!r}.") from problem


def _recurrence(value: Mapping | None) -> dict | None:
    if value is None:
        return None
    try:
        pattern = {"month": 0, "dayOfMonth": 0, "firstDayOfWeek": "sunday", "index": "first"} | value["pattern"]
        bounds = {"numberOfOccurrences": 0, "endDate": "0001-01-01", "recurrenceTimeZone": "UTC"} | value["range"]
        last_day({"pattern": pattern, "range": bounds})
    except (ValueError, TypeError, KeyError) as problem:
        raise CannotPlan(f"The recurrence cannot be understood: {problem!r}.") from problem
    if value["range"].get("recurrenceTimeZone") == "":
        raise CannotPlan("The recurrenceTimeZone of a recurrence may be left out, but it may not be empty.")
    return {"pattern": pattern, "range": bounds}


def own_values(body: Mapping) -> dict:
    """Return the properties of an event that are kept as they were sent."""
    return {name: value for name, value in body.items() if name not in _READ_ONLY and "@" not in name}


def tell_attendees(box: MailboxLedger, item: Item, kind: str) -> None:
    """Note whom Exchange would write to because of a call: an ``invitation``, ``update`` or ``cancellation``."""
    addresses = [((one or {}).get("emailAddress") or {}).get("address") for one in item.values.get("attendees") or []]
    recipients = [address for address in addresses if address]
    if recipients:
        subject = item.values.get("subject") or ""
        Notice.objects.create(mailbox=box.mailbox, kind=kind, subject=subject, recipients=recipients, at=box.now)
