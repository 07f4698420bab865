"""When a series takes place, in words.

Follows Microsoft's pages "recurrencePattern resource type" and "recurrenceRange resource type".
"""

from typing import Any

from backups.content.record_values import day_in, inner, shown_day

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_WHICH = frozenset({"first", "second", "third", "fourth", "last"})


def recurrence_words(recurrence: Any) -> str:
    """Return a recurrence of Graph's as words, "" for what is none."""
    pattern, bounds = inner(recurrence, "pattern"), inner(recurrence, "range")
    if not isinstance(pattern, dict):
        return ""
    words = _pattern(pattern)
    return words and words + _end(bounds)


def _pattern(pattern: dict[str, Any]) -> str:
    kind, every = pattern.get("type"), _number(pattern.get("interval"), 1)
    days, which = _named_days(pattern.get("daysOfWeek")), _which(pattern.get("index"))
    day, month = _number(pattern.get("dayOfMonth"), 1), _month(pattern.get("month"))
    words = {
        "daily": _every(every, "day"),
        "weekly": f"{_every(every, 'week')} on {days}",
        "absoluteMonthly": f"{_every(every, 'month')} on day {day}",
        "relativeMonthly": f"{_every(every, 'month')} on the {which} {days}",
        "absoluteYearly": f"{_every(every, 'year')} on {day} {month}",
        "relativeYearly": f"{_every(every, 'year')} on the {which} {days} of {month}",
    }
    return words.get(kind, "") if isinstance(kind, str) else ""


def _end(bounds: Any) -> str:
    kind = inner(bounds, "type")
    if kind == "endDate" and (last := day_in(inner(bounds, "endDate"))):
        return f", until {shown_day(last)}"
    if kind == "numbered" and (times := _number(inner(bounds, "numberOfOccurrences"), 0)):
        return ", once" if times == 1 else f", {times} times"
    return ""


def _every(number: int, unit: str) -> str:
    return f"Every {unit}" if number == 1 else f"Every {number} {unit}s"


def _named_days(value: Any) -> str:
    given = {one.lower() for one in value if isinstance(one, str)} if isinstance(value, list) else set()
    days = [day for day in _DAYS if day in given]
    sets = {_DAYS: "day", _DAYS[:5]: "weekday", _DAYS[5:]: "weekend day"}
    if tuple(days) in sets:
        return sets[tuple(days)]
    names = [day.capitalize() for day in days]
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0] if names else "the same day"


def _which(value: Any) -> str:
    return value if isinstance(value, str) and value in _WHICH else "first"


def _month(value: Any) -> str:
    number = _number(value, 1)
    return _MONTHS[number - 1] if number <= len(_MONTHS) else _MONTHS[0]


def _number(value: Any, otherwise: int) -> int:
    is_number = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 100_000
    return value if is_number else otherwise
