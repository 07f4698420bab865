"""On which days a series takes place. A recurrence is what Graph calls one: a pattern and a range."""

import calendar
from collections.abc import Iterator
from datetime import date, timedelta

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_INDEXES = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}
# Nobody looks further than that into a series without end.
_MOST = 5000


def days(recurrence: dict, *, upto: date) -> Iterator[date]:
    """Yield the days of a series in order, up to and including ``upto``."""
    bounds = recurrence["range"]
    first = date.fromisoformat(bounds["startDate"])
    end = date.fromisoformat(bounds["endDate"]) if bounds.get("type") == "endDate" else date.max
    count = bounds["numberOfOccurrences"] if bounds.get("type") == "numbered" else _MOST
    for day in _candidates(recurrence["pattern"], first):
        if day > min(end, upto) or count == 0:
            return
        if day >= first:
            count -= 1
            yield day


def last_day(recurrence: dict) -> date | None:
    """Return the last day of a series, or None when it has no end."""
    if recurrence["range"].get("type") not in ("endDate", "numbered"):
        return None
    last = None
    for last in days(recurrence, upto=date.max):  # noqa: B007 - the last one is what is wanted
        pass
    return last


def _candidates(pattern: dict, first: date) -> Iterator[date]:
    kind, interval = pattern["type"], max(1, pattern.get("interval") or 1)
    for step in range(_MOST):
        if kind == "daily":
            yield first + timedelta(days=step * interval)
        elif kind == "weekly":
            yield from _week(pattern, first + timedelta(weeks=step * interval), first)
        else:
            months = step * interval * (12 if kind.endswith("Yearly") else 1)
            yield from _month(
                pattern, first.year + (first.month - 1 + months) // 12, (first.month - 1 + months) % 12 + 1
            )


def _week(pattern: dict, day: date, first: date) -> Iterator[date]:
    begins = _DAYS.index(pattern.get("firstDayOfWeek") or "sunday")
    sunday = day - timedelta(days=(day.weekday() - begins) % 7)
    wanted = {_DAYS.index(name.lower()) for name in pattern.get("daysOfWeek") or [_DAYS[first.weekday()]]}
    for offset in range(7):
        if (sunday + timedelta(days=offset)).weekday() in wanted:
            yield sunday + timedelta(days=offset)


def _month(pattern: dict, year: int, month: int) -> Iterator[date]:
    length = calendar.monthrange(year, month)[1]
    if pattern["type"].startswith("absolute"):
        yield date(year, month, min(pattern.get("dayOfMonth") or 1, length))
        return
    wanted = {_DAYS.index(name.lower()) for name in pattern.get("daysOfWeek") or []}
    fitting = [day for day in range(1, length + 1) if date(year, month, day).weekday() in wanted]
    if fitting:
        yield date(year, month, fitting[_INDEXES.get(pattern.get("index") or "first", 0)])
