"""A kept event as it is sent to be made again, without anybody who would be written to.

Follows Microsoft's pages "Create event" and "event resource type". Exchange writes to attendees by itself whenever an
event has some, so they stand at the beginning of its text instead.
"""

from html import escape
from typing import Any

from backups.connectors.microsoft365.records import person_in
from backups.connectors.microsoft365.windows_zones import on_the_wall, zone_of
from backups.connectors.restoring import Less

_TAKEN = (
    "subject", "importance", "sensitivity", "showAs", "categories", "isReminderOn", "reminderMinutesBeforeStart",
    "isAllDay", "location",
)  # fmt: skip
# A day of a series takes the rest from it.
_OF_A_DAY = tuple(name for name in _TAKEN if name != "isAllDay")
_NO_DATE = "0001-01-01"
_TYPES = {"required": "required", "optional": "optional", "resource": "room or equipment"}
_ANSWERS = {"accepted": "accepted", "declined": "declined", "tentativelyAccepted": "tentatively accepted"}


def event_body(record: dict[str, Any], *, is_elsewhere: bool) -> tuple[dict[str, Any], set[Less]]:
    """Return what makes the event or the series, without what is attached, and what it will lack."""
    body = {name: record[name] for name in _TAKEN if record.get(name) not in (None, "", {})}
    body |= {"body": _text(record, is_elsewhere=is_elsewhere)} | times_of(record)
    locations = record.get("locations")
    if isinstance(locations, list) and len(locations) > 1:
        body.pop("location", None)
        body["locations"] = locations
    if recurrence := _recurrence(record.get("recurrence")):
        body["recurrence"] = recurrence
    return body, _lacking(record, is_elsewhere=is_elsewhere)


def times_of(record: dict[str, Any]) -> dict[str, Any]:
    """Return start and end, each in the zone it was planned in."""
    is_all_day = record.get("isAllDay") is True
    found = {}
    for name, zone in (("start", "originalStartTimeZone"), ("end", "originalEndTimeZone")):
        time = on_the_wall(record.get(name), record.get(zone), is_all_day=is_all_day)
        if time:
            found[name] = time
    return found


def day_body(exception: dict[str, Any], master: dict[str, Any], *, is_elsewhere: bool) -> dict[str, Any]:
    """Return what makes one day of a series as it was: its times, and what else is not as in the series."""
    body = {name: exception[name] for name in _OF_A_DAY if exception.get(name) not in (None, master.get(name))}
    if isinstance(exception.get("body"), dict) and exception["body"] != master.get("body"):
        body["body"] = _text(exception, is_elsewhere=is_elsewhere)
    zones = {name: master.get(name) for name in ("originalStartTimeZone", "originalEndTimeZone")}
    return body | times_of(zones | {"isAllDay": master.get("isAllDay")} | exception)


def _recurrence(value: Any) -> dict[str, Any] | None:
    if not isinstance(value, dict) or not isinstance(value.get("pattern"), dict):
        return None
    bounds = {name: one for name, one in (value.get("range") or {}).items() if one not in (None, "", _NO_DATE)}
    # What does not go with its type is written as nothing, and refused when it comes back.
    if bounds.get("type") != "numbered":
        bounds.pop("numberOfOccurrences", None)
    if bounds.get("type") != "endDate":
        bounds.pop("endDate", None)
    if zone_of(bounds.get("recurrenceTimeZone")) is None:
        bounds.pop("recurrenceTimeZone", None)
    return {"pattern": {name: one for name, one in value["pattern"].items() if one is not None}, "range": bounds}


def _lacking(record: dict[str, Any], *, is_elsewhere: bool) -> set[Less]:
    less = set()
    if record.get("attendees"):
        less.add(Less.ATTENDEES)
    if _organizer(record, is_elsewhere=is_elsewhere):
        less.add(Less.ORGANIZER)
    if record.get("isOnlineMeeting") is True or record.get("onlineMeeting"):
        less.add(Less.ONLINE_MEETING)
    return less


def _organizer(record: dict[str, Any], *, is_elsewhere: bool) -> str:
    """Return who planned the event where that is not who gets it."""
    return person_in(record.get("organizer")) if is_elsewhere or record.get("isOrganizer") is False else ""


def _text(record: dict[str, Any], *, is_elsewhere: bool) -> dict[str, str]:
    body = record.get("body") if isinstance(record.get("body"), dict) else {}
    kind, content = str(body.get("contentType") or "text").lower(), str(body.get("content") or "")
    lines = _who(record, is_elsewhere=is_elsewhere)
    if not lines:
        return {"contentType": kind, "content": content}
    if kind != "html":
        return {"contentType": kind, "content": "\r\n".join([*lines, "", content])}
    told = "".join(f"<div>{escape(line)}</div>" for line in lines) + "<hr>"
    begin = content.lower().find("<body")
    at = content.find(">", begin) + 1 if begin >= 0 else 0
    return {"contentType": kind, "content": content[:at] + told + content[at:]}


def _who(record: dict[str, Any], *, is_elsewhere: bool) -> list[str]:
    organizer = _organizer(record, is_elsewhere=is_elsewhere)
    lines = [f"Organizer: {organizer}"] if organizer else []
    attendees = record.get("attendees")
    people = [_attendee(one) for one in attendees if isinstance(one, dict)] if isinstance(attendees, list) else []
    if any(people):
        lines.append(f"Attendees when this was saved: {'; '.join(filter(None, people))}")
    return lines


def _attendee(one: dict[str, Any]) -> str:
    person, status = person_in(one), one.get("status")
    answer = _ANSWERS.get(status.get("response", "")) if isinstance(status, dict) else None
    notes = [note for note in (_TYPES.get(str(one.get("type"))), answer) if note]
    return f"{person} ({', '.join(notes)})" if person and notes else person
