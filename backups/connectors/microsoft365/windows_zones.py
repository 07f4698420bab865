"""Times with the time zones that Outlook knows by the names Windows gives them.

Graph tells every time in UTC, and apart from it in which zone it was planned. An event goes back by the clock on the
wall of that zone: told in UTC, a series would move by an hour when the clocks change.
"""

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

_WALL = "%Y-%m-%dT%H:%M:%S"


def zone_of(name: Any) -> ZoneInfo | None:
    """Return the time zone of a name of Windows' or of the rest of the world's, or None for one that nobody knows."""
    if not isinstance(name, str) or not name:
        return None
    try:
        return ZoneInfo(WINDOWS_TO_OLSON.get(name, name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def moment_of(value: Any) -> datetime | None:
    """Return the moment of a date with its time zone as Graph writes one, or of a text; None for what is none."""
    zone: Any = "UTC"
    if isinstance(value, dict):
        zone, value = value.get("timeZone") or "UTC", value.get("dateTime")
    if not isinstance(value, str):
        return None
    try:
        # Graph writes seven digits after the second.
        moment = datetime.fromisoformat(value[:26] if value[26:27].isdecimal() else value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone_of(zone) or UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def on_the_wall(value: Any, zone_name: Any, *, is_all_day: bool = False) -> dict[str, str] | None:
    """Return a time as it is sent: by the clock of the zone it was planned in. None for what is no time.

    What lasts the whole day begins and ends at midnight in that zone, whichever zone it is told in.
    """
    moment = moment_of(value)
    if moment is None:
        return None
    zone = zone_of(zone_name)
    try:
        wall = moment.astimezone(zone or UTC).replace(tzinfo=None)
    except OverflowError:
        zone, wall = None, moment.replace(tzinfo=None)
    if is_all_day and wall.time() != time():
        wall = moment.replace(tzinfo=None)
    return {"dateTime": wall.strftime(_WALL), "timeZone": str(zone_name) if zone else "UTC"}
