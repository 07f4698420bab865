"""When a series takes place: Graph's pattern and range as a recurrence rule of RFC 5545.

Follows Microsoft's pages "recurrencePattern resource type" and "recurrenceRange resource type".
"""

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icalendar import vRecur
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

_DAYS = {
    "monday": "MO", "tuesday": "TU", "wednesday": "WE", "thursday": "TH", "friday": "FR", "saturday": "SA",
    "sunday": "SU",
}  # fmt: skip
_INDEXES = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
_FREQUENCIES = {"daily": "DAILY", "weekly": "WEEKLY"}
# The last day that every month has.
_SURE_DAY = 28


def zone_named(*names: Any) -> ZoneInfo | None:
    """Return the first time zone there is by one of ``names``, which Windows or everybody else may have given it."""
    for name in names:
        if not isinstance(name, str) or not name:
            continue
        known = "UTC" if name == "tzone://Microsoft/Utc" else WINDOWS_TO_OLSON.get(name, name)
        try:
            return ZoneInfo(known)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            # One that somebody made up; the next name may tell it.
            continue
    return None


def rule_of(recurrence: dict[str, Any], start: date | datetime) -> vRecur | None:
    """Return the rule of a series that begins with ``start``; None where the pattern is none that Graph documents."""
    pattern, bounds = recurrence.get("pattern"), recurrence.get("range")
    if not isinstance(pattern, dict) or not isinstance(bounds, dict):
        return None
    kind = str(pattern.get("type"))
    rule: dict[str, Any] = {"INTERVAL": _number(pattern.get("interval"))}
    if kind in _FREQUENCIES:
        rule["FREQ"] = _FREQUENCIES[kind]
        if kind == "weekly":
            rule |= {"BYDAY": _days(pattern), "WKST": _DAYS.get(str(pattern.get("firstDayOfWeek")).lower(), "SU")}
    elif kind in ("absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly"):
        rule |= _of_months(kind, pattern)
    else:
        return None
    return vRecur({name: value for name, value in (rule | _end(bounds, start)).items() if value})


def _of_months(kind: str, pattern: dict[str, Any]) -> dict[str, Any]:
    rule: dict[str, Any] = {"FREQ": "YEARLY" if kind.endswith("Yearly") else "MONTHLY"}
    if kind.endswith("Yearly"):
        rule["BYMONTH"] = _number(pattern.get("month"))
    if kind.startswith("absolute"):
        day = min(_number(pattern.get("dayOfMonth")), 31)
        rule["BYMONTHDAY"] = day
        if day > _SURE_DAY:
            # Outlook takes the last day of a month that is too short; a rule would leave such a month out.
            rule |= {"BYMONTHDAY": list(range(_SURE_DAY, day + 1)), "BYSETPOS": -1}
        return rule
    return rule | {"BYDAY": _days(pattern), "BYSETPOS": _INDEXES.get(str(pattern.get("index")), 1)}


def _end(bounds: dict[str, Any], start: date | datetime) -> dict[str, Any]:
    if bounds.get("type") == "numbered":
        return {"COUNT": _number(bounds.get("numberOfOccurrences"))}
    if bounds.get("type") != "endDate":
        return {}
    try:
        last = date.fromisoformat(str(bounds.get("endDate")))
    except ValueError:
        return {}
    if not isinstance(start, datetime):
        return {"UNTIL": last}
    # The rule of an event with a time zone ends at a moment in UTC: the end of that day, where it takes place.
    return {"UNTIL": datetime.combine(last, time(23, 59, 59), start.tzinfo or UTC).astimezone(UTC)}


def _days(pattern: dict[str, Any]) -> list[str]:
    given = pattern.get("daysOfWeek")
    return [_DAYS[str(one).lower()] for one in given if str(one).lower() in _DAYS] if isinstance(given, list) else []


def _number(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 1
