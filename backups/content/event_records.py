"""Events and calendars as people read them, from Microsoft's records. Follows its page "event resource type"."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from backups.content.ics_rules import zone_named
from backups.content.record_values import day_in, inner, listed, moment_of, person_of, shown_day, spaced, text_of
from backups.content.recurrence_words import recurrence_words
from backups.content.sheet import MOST_LINES, Described, Sheet, name_in

_OF_EVENTS = frozenset({"start", "attendees", "organizer", "isAllDay", "recurrence"})
_ANSWERS = {
    "organizer": "organiser",
    "tentativelyAccepted": "tentative",
    "accepted": "accepted",
    "declined": "declined",
    "notResponded": "no answer",
    "none": "no answer",
}
_USUAL = frozenset({"", "normal", "busy", "none", "singleInstance"})


def event_described(record: dict[str, Any], facts: dict[str, Any]) -> Described:
    """Return an event with its series, or a calendar."""
    if not _OF_EVENTS & record.keys():
        return _calendar(record, facts)
    sheet = Sheet(name_in(record, facts, "subject", otherwise="Without a subject"))
    sheet.moment = _moment(record.get("start"))
    sheet.add("When", when_of(record))
    sheet.add("Repeats", recurrence_words(record.get("recurrence")))
    sheet.add("Where", _places(record))
    sheet.add_people("Organiser", record.get("organizer"))
    _add_attendees(sheet, record.get("attendees"))
    sheet.add("Changed days", _changed_days(record))
    sheet.add("Days that do not take place", _cancelled_days(record))
    _add_marks(sheet, record)
    for one in listed(record.get("attachments")):
        sheet.file(one.get("name"))
    sheet.add("Attachments", [one.get("name") for one in listed(record.get("attachments"))])
    sheet.body(record.get("body"))
    return sheet.described()


def when_of(event: dict[str, Any]) -> str:
    """Return when an event takes place, in the time zone it was made in."""
    start, end = event.get("start"), event.get("end")
    if event.get("isAllDay") is True:
        return _days(inner(start, "dateTime"), inner(end, "dateTime"))
    begins, ends = _moment(start), _moment(end)
    if begins is None:
        return ""
    zone = zone_named(event.get("originalStartTimeZone"), inner(start, "timeZone"))
    return _span(begins, ends, zone, text_of(inner(start, "timeZone")))


def _moment(value: Any) -> datetime | None:
    """Return a date of Graph's, which names its time zone, in UTC."""
    moment, zone = moment_of(value), zone_named(inner(value, "timeZone"))
    try:
        return moment.replace(tzinfo=zone).astimezone(UTC) if moment and zone else moment
    except OverflowError:
        # One at the beginning or the end of time.
        return moment


def _span(begins: datetime, ends: datetime | None, zone: Any, named: str) -> str:
    try:
        if zone:
            begins, ends = begins.astimezone(zone), ends and ends.astimezone(zone)
    except OverflowError:
        # At the beginning or the end of time there is no other time zone.
        zone = None
    until = ""
    if ends and ends != begins:
        until = f" to {ends:%H:%M}" if ends.date() == begins.date() else f" to {shown_day(ends.date())}, {ends:%H:%M}"
    name = str(zone).removeprefix("Etc/") if zone else named or "UTC"
    return f"{shown_day(begins.date())}, {begins:%H:%M}{until} ({name})"


def _days(start: Any, end: Any) -> str:
    first, after = (day_in(one[:10]) if isinstance(one, str) else None for one in (start, end))
    if first is None:
        return ""
    last = after - timedelta(days=1) if after and after > first else first
    return f"{shown_day(first)}, all day" if last == first else f"{shown_day(first)} to {shown_day(last)}, all day"


def _places(record: dict[str, Any]) -> list[str]:
    places = [record.get("location"), *listed(record.get("locations"))]
    return list(dict.fromkeys(filter(None, (text_of(inner(one, "displayName")) for one in places))))


def _add_attendees(sheet: Sheet, attendees: Any) -> None:
    lines = []
    for one in listed(attendees)[:MOST_LINES]:
        if person := person_of(one):
            answer = _ANSWERS.get(str(inner(one, "status", "response")), "no answer")
            role = text_of(one.get("type"))
            said = f"{role}, {answer}" if role in ("optional", "resource") else answer
            lines.append(f"{person}: {said}")
            sheet.know([person])
    sheet.add("Attendees", "\n".join(lines))


def _changed_days(record: dict[str, Any]) -> list[str]:
    lines = []
    for one in listed(record.get("exceptionOccurrences"))[:MOST_LINES]:
        subject = text_of(one.get("subject"))
        also = f", {subject}" if subject and subject != text_of(record.get("subject")) else ""
        original = moment_of(one.get("originalStart"))
        instead = f"{shown_day(original.date())}: " if original else ""
        lines.append(f"{instead}{when_of(one)}{also}")
    return lines


def _cancelled_days(record: dict[str, Any]) -> str:
    given = record.get("cancelledOccurrences")
    days = {day_in(one) for one in given[:MOST_LINES]} if isinstance(given, list) else set()
    return ", ".join(map(shown_day, sorted(day for day in days if isinstance(day, date))))


def _add_marks(sheet: Sheet, record: dict[str, Any]) -> None:
    for name, label in (("showAs", "Shown as"), ("importance", "Importance"), ("sensitivity", "Sensitivity")):
        value = text_of(record.get(name))
        sheet.add(label, "" if value in _USUAL else spaced(value))
    sheet.add_yes("Cancelled", record.get("isCancelled"))
    minutes = record.get("reminderMinutesBeforeStart")
    if record.get("isReminderOn") is True and isinstance(minutes, int):
        sheet.add("Reminder", f"{minutes:,} minutes before")
    sheet.add("Online meeting", inner(record, "onlineMeeting", "joinUrl") or record.get("onlineMeetingUrl"))
    sheet.add("Categories", record.get("categories"))


def _calendar(record: dict[str, Any], facts: dict[str, Any]) -> Described:
    sheet = Sheet(name_in(record, facts, "name", "displayName", otherwise="Calendar"), type_name="Calendar")
    sheet.add_people("Owner", record.get("owner"))
    sheet.add_yes("Shared by somebody else", record.get("isSharedWithMe"))
    return sheet.described()
