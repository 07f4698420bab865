"""An event, or a whole series with its exceptions, as an iCalendar file (RFC 5545).

A series keeps the wall clock of its time zone, so that it stays at nine when the clocks change. Follows Microsoft's
page "event resource type".
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from icalendar import Alarm, Calendar, Event, Timezone, vCalAddress, vText

from backups.content.ics_rules import rule_of, zone_named
from backups.content.pages import text_of_html

_PRODUCT = "-//Portico//Export//EN"
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_ANSWERS = {"accepted": "ACCEPTED", "organizer": "ACCEPTED", "declined": "DECLINED", "tentativelyAccepted": "TENTATIVE"}
_ROLES = {"required": "REQ-PARTICIPANT", "optional": "OPT-PARTICIPANT", "resource": "NON-PARTICIPANT"}
_CLASSES = {"private": "PRIVATE", "personal": "PRIVATE", "confidential": "CONFIDENTIAL"}
_PRIORITIES = {"high": 1, "low": 9}
# Every change of the clocks is written down, and most files are for this time.
_ZONES_FROM, _ZONES_UNTIL = date(1990, 1, 1), date(2040, 1, 1)
_DAY_AT_END = re.compile(r"(\d{4}-\d\d-\d\d)$")


def event_as_ics(record: dict[str, Any], *, uid: str) -> bytes:
    """Return an event with everything about it that iCalendar knows; ``uid`` stands in where it has none of its own.

    A date or a pattern that makes no sense is left out, and the event is in the file all the same.
    """
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    known_as = str(record.get("iCalUId") or uid)
    begin = _begin(record)
    master = _event(record, known_as, begin)
    calendar.add_component(master)
    recurrence = record.get("recurrence")
    if isinstance(recurrence, dict) and begin is not None and (rule := rule_of(recurrence, begin)):
        master.add("rrule", rule)
        for day in _days_off(record, begin):
            master.add("exdate", day)
        for exception in _exceptions(record):
            original = _original(exception, begin)
            if original is not None:
                one = _event({**record, "recurrence": None, **exception}, known_as, _begin(exception, record))
                one.add("recurrence-id", original)
                calendar.add_component(one)
    # What a zone is, stands before what takes place in it.
    calendar.subcomponents[:0] = [_zone(name) for name in sorted(calendar.get_missing_tzids())]
    return calendar.to_ical()


@lru_cache(maxsize=64)
def _zone(name: str) -> Timezone:
    return Timezone.from_tzid(name, first_date=_ZONES_FROM, last_date=_ZONES_UNTIL)


def _event(record: dict[str, Any], uid: str, begin: date | datetime | None) -> Event:
    event = Event()
    event.add("uid", _line(uid))
    event.add("dtstamp", _moment(record.get("lastModifiedDateTime")) or datetime(1970, 1, 1, tzinfo=UTC))
    for name, key in (("created", "createdDateTime"), ("last-modified", "lastModifiedDateTime")):
        if moment := _moment(record.get(key)):
            event.add(name, moment)
    if begin is not None:
        event.add("dtstart", begin)
        event.add("dtend", _end(record, begin))
    event.add("summary", _text(record.get("subject")))
    _add_words(event, record)
    _add_people(event, record)
    _add_states(event, record)
    if record.get("isReminderOn") is True and isinstance(record.get("reminderMinutesBeforeStart"), int):
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", _text(record.get("subject")) or "Reminder")
        alarm.add("trigger", timedelta(minutes=-record["reminderMinutesBeforeStart"]))
        event.add_component(alarm)
    return event


def _add_words(event: Event, record: dict[str, Any]) -> None:
    location, body = record.get("location"), record.get("body")
    if isinstance(location, dict) and location.get("displayName"):
        event.add("location", _text(location["displayName"]))
    content = body.get("content") if isinstance(body, dict) else None
    if isinstance(content, str) and content.strip():
        is_html = str(body.get("contentType")).lower() == "html"
        event.add("description", _text(text_of_html(content) if is_html else content).strip())
        if is_html:
            event.add("x-alt-desc", vText(_text(content)), parameters={"FMTTYPE": "text/html"})
    if categories := [_line(one) for one in _list(record.get("categories"))]:
        event.add("categories", categories)
    online = record.get("onlineMeeting")
    if isinstance(online, dict) and isinstance(online.get("joinUrl"), str):
        event.add("url", _line(online["joinUrl"]))


def _add_people(event: Event, record: dict[str, Any]) -> None:
    if organizer := _person(record.get("organizer")):
        event.add("organizer", organizer)
    for attendee in _list(record.get("attendees")):
        person = _person(attendee)
        if person is None:
            continue
        status = attendee.get("status")
        answer = status.get("response") if isinstance(status, dict) else None
        person.params["ROLE"] = _ROLES.get(str(attendee.get("type")), "REQ-PARTICIPANT")
        person.params["PARTSTAT"] = _ANSWERS.get(str(answer), "NEEDS-ACTION")
        event.add("attendee", person)


def _add_states(event: Event, record: dict[str, Any]) -> None:
    event.add("status", "CANCELLED" if record.get("isCancelled") is True else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if record.get("showAs") == "free" else "OPAQUE")
    if secrecy := _CLASSES.get(str(record.get("sensitivity"))):
        event.add("class", secrecy)
    if priority := _PRIORITIES.get(str(record.get("importance"))):
        event.add("priority", priority)


def _begin(record: dict[str, Any], master: dict[str, Any] | None = None) -> date | datetime | None:
    """Return when an event begins: a day for one that lasts whole days, else a moment in the zone it was made in."""
    if record.get("isAllDay", (master or {}).get("isAllDay")) is True:
        return _day(record.get("start"))
    recurrence = (master or record).get("recurrence")
    bounds = recurrence.get("range") if isinstance(recurrence, dict) else None
    given = bounds.get("recurrenceTimeZone") if isinstance(bounds, dict) else None
    zone = zone_named(record.get("originalStartTimeZone"), (master or {}).get("originalStartTimeZone"), given)
    moment = _moment(record.get("start"))
    return moment.astimezone(zone) if moment and zone else moment


def _end(record: dict[str, Any], begin: date | datetime) -> date | datetime:
    if not isinstance(begin, datetime):
        return max(_day(record.get("end")) or begin, begin + timedelta(days=1))
    end = _moment(record.get("end"))
    return end.astimezone(begin.tzinfo) if end and end >= begin else begin


def _days_off(record: dict[str, Any], begin: date | datetime) -> Iterator[date | datetime]:
    """Yield the days on which a series does not take place; their ids end in the day."""
    for one in _list(record.get("cancelledOccurrences")):
        found = _DAY_AT_END.search(one) if isinstance(one, str) else None
        if found:
            yield _same_time(date.fromisoformat(found[1]), begin)


def _exceptions(record: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in _list(record.get("exceptionOccurrences")) if isinstance(one, dict)]


def _original(exception: dict[str, Any], begin: date | datetime) -> date | datetime | None:
    original = _moment(exception.get("originalStart"))
    if original is None:
        return None
    return original.astimezone(begin.tzinfo) if isinstance(begin, datetime) else original.date()


def _same_time(day: date, begin: date | datetime) -> date | datetime:
    return datetime.combine(day, begin.timetz()) if isinstance(begin, datetime) else day


def _moment(value: Any) -> datetime | None:
    """Return a moment from Graph's text, or from a date with its time zone; None for what is none."""
    zone = None
    if isinstance(value, dict):
        zone, value = zone_named(value.get("timeZone")), value.get("dateTime")
    if not isinstance(value, str):
        return None
    try:
        # Graph writes seven digits after the second.
        moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", value))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=zone or UTC)
        moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment.replace(microsecond=0)


def _day(value: Any) -> date | None:
    text = value.get("dateTime") if isinstance(value, dict) else None
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None


def _person(value: Any) -> vCalAddress | None:
    inner = value.get("emailAddress") if isinstance(value, dict) else None
    if not isinstance(inner, dict) or not inner.get("address"):
        return None
    person = vCalAddress(f"mailto:{_line(inner['address'])}")
    if inner.get("name"):
        # A quotation mark would end the name; the format knows no way to write one.
        person.params["CN"] = vText(_line(inner["name"]).replace('"', "'"))
    return person


def _text(value: Any) -> str:
    return _CONTROLS.sub(" ", str(value or "").replace("\r\n", "\n").replace("\r", "\n"))


def _line(value: Any) -> str:
    return " ".join(_text(value).split())


def _list(value: Any) -> list:
    return value if isinstance(value, list) else []
