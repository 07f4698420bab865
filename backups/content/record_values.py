"""Values out of providers' records, whatever stands there: text, moments, people, sizes."""

import re
from datetime import UTC, date, datetime
from typing import Any

from backups.content.plain import one_line

# What Graph writes where it means no date at all.
_NO_YEAR = 1
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ESCAPED = re.compile(r"_x([0-9a-fA-F]{4})_")
_UNITS = ("bytes", "KB", "MB", "GB", "TB")


def inner(value: Any, *names: str) -> Any:
    """Return what stands at a path of names, None where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def listed(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list, none for what is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text_of(value: Any) -> str:
    """Return a value in one line; "" for what has no words: null, objects, lists."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, str):
        return one_line(value)
    return str(value) if isinstance(value, (int, float)) else ""


def person_of(value: Any) -> str:
    """Return somebody as ``Name <address>``: a recipient, an attendee, an address, an identity or a name."""
    if isinstance(value, str):
        return one_line(value)
    if not isinstance(value, dict):
        return ""
    for name in ("emailAddress", "user", "siteUser", "group", "siteGroup", "application", "device"):
        if isinstance(value.get(name), dict):
            value = value[name]
            break
    name = text_of(value.get("name")) or text_of(value.get("displayName"))
    address = text_of(value.get("address")) or text_of(value.get("email")) or text_of(value.get("userPrincipalName"))
    return f"{name} <{address}>" if name and address and name != address else name or address


def moment_of(value: Any) -> datetime | None:
    """Return a moment with its time zone, from a text or from Graph's ``{dateTime, timeZone}`` in UTC."""
    if isinstance(value, dict):
        value = value.get("dateTime")
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        # One at the end of time may not exist in another time zone.
        return moment.astimezone(UTC) if moment.year > _NO_YEAR else None
    except (ValueError, OverflowError):
        return None


def day_in(value: Any) -> date | None:
    """Return the day that a text ends with or is, such as the id of a cancelled day of a series."""
    found = _DAY.findall(value[-100:]) if isinstance(value, str) else []
    try:
        return date.fromisoformat(found[-1]) if found else None
    except ValueError:
        return None


def shown_day(day: date | None) -> str:
    """Return a day as people read it: Sun 15 Nov 2026."""
    return f"{day:%a} {day.day} {day:%b} {day.year}" if day else ""


def shown_moment(moment: datetime | None) -> str:
    """Return a moment as people read it, in UTC: Sun 15 Nov 2026, 16:09 UTC."""
    return f"{shown_day(moment.date())}, {moment:%H:%M} UTC" if moment else ""


def shown_size(value: Any) -> str:
    """Return a number of bytes as people read it."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        return ""
    size, unit = float(value), 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{value} bytes" if unit == 0 else f"{size:.1f} {_UNITS[unit]}"


def spaced(name: str) -> str:
    """Return the name of a property or column as words: ``Due_x0020_Date`` and ``dueDate`` both as Due Date."""
    name = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), name)
    words = one_line(_CAMEL.sub(" ", name).replace("_", " "), 120)
    return words[:1].upper() + words[1:]
