"""How much there is: Microsoft's numbers."""

from bisect import bisect_left, bisect_right

OVERALL_A_SECOND = 2000
DIRECTORY_SECONDS = 10
MAILBOX_REQUESTS, MAILBOX_SECONDS = 10_000, 600
MAILBOX_CONCURRENCY = 4
MAILBOX_UPLOAD_BYTES, MAILBOX_UPLOAD_SECONDS = 150 * 1024 * 1024, 300
# Teams counts requests of one app in one tenant by what they are about, and those about one team or channel.
_TEAMS_A_SECOND = {"/messages": 20, "/all messages": 200, "/team": 30, "/lists": 60}
_ONE_TEAM_A_SECOND = 4
MINUTE, DAY = 60, 86_400
# Users of the tenant → units in ten seconds.
_DIRECTORY_SIZES, _DIRECTORY_UNITS = (50, 501), (3500, 5000, 8000)
# Licences of the tenant → units of one app in a minute, and in a day.
_LICENCES = (1000, 5000, 15_000, 50_000)
_MINUTE_UNITS = (1250, 2500, 3750, 5000, 6250)
_DAY_UNITS = (1_200_000, 2_400_000, 3_600_000, 4_800_000, 6_000_000)


def directory_units(users: int) -> int:
    """Return the units of one app in one tenant in ten seconds."""
    return _DIRECTORY_UNITS[bisect_right(_DIRECTORY_SIZES, users)]


def teams_a_second(word: str) -> int:
    """Return the requests a second of a kind (``/kind``), or of one team."""
    return _TEAMS_A_SECOND.get(word, _ONE_TEAM_A_SECOND)


def sharepoint_units(licences: int) -> tuple[int, int]:
    """Return the units of one app in one tenant, in a minute and in a day."""
    at = bisect_left(_LICENCES, licences)
    return _MINUTE_UNITS[at], _DAY_UNITS[at]
