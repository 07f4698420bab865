"""Time zones by the names Windows gives them, and by those of the rest of the world."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

WINDOWS = {
    "UTC": "UTC",
    "GMT Standard Time": "Europe/London",
    "W. Europe Standard Time": "Europe/Berlin",
    "Romance Standard Time": "Europe/Paris",
    "Eastern Standard Time": "America/New_York",
    "Pacific Standard Time": "America/Los_Angeles",
    "India Standard Time": "Asia/Kolkata",
    "Tokyo Standard Time": "Asia/Tokyo",
    "tzone://Microsoft/Utc": "UTC",
}
# What Exchange answers for a zone that somebody made up.
UNKNOWN = "tzone://Microsoft/Custom"


class UnknownZone(ValueError):
    """There is no such time zone."""


def zone(name: str) -> ZoneInfo:
    """Return a time zone. Raises `UnknownZone`."""
    try:
        return ZoneInfo(WINDOWS.get(name, name))
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
        raise UnknownZone(name) from problem


def moment(text: str, zone_name: str) -> datetime:
    """Return a wall-clock time of a zone as a moment in UTC. Raises `UnknownZone` and `ValueError`."""
    # Graph writes seven digits after the second.
    wall = datetime.fromisoformat(text.rstrip("Z")[:26])
    return wall.replace(tzinfo=wall.tzinfo or zone(zone_name)).astimezone(UTC)


def wall_clock(at: datetime, zone_name: str) -> str:
    """Return a moment as the wall clock of a zone shows it, in Graph's form."""
    return at.astimezone(zone(zone_name)).strftime("%Y-%m-%dT%H:%M:%S.0000000")
