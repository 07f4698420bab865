"""How much Microsoft allows one app in one tenant, by what a call is counted by.

The numbers are those of Microsoft's pages "Microsoft Graph service-specific throttling limits" and "Avoid getting
throttled or blocked in SharePoint Online". A scope is "<tenant> <word> [<id>]", as `Graph` makes it.
"""

from bisect import bisect_left

from backups.connectors.limits import Allowance

# Licences of the tenant → units of one app in a minute, and in a day.
_LICENCES = (1000, 5000, 15_000, 50_000)
_MINUTE_UNITS = (1250, 2500, 3750, 5000, 6250)
_DAY_UNITS = (1_200_000, 2_400_000, 3_600_000, 4_800_000, 6_000_000)
# Of a tenant with fewer than 50 users; larger ones have more, and nobody needs it.
_DIRECTORY = Allowance(3500, 10, burst=350)
_MAILBOX = Allowance(10_000, 600, burst=800)
_TEAM = Allowance(4, 1, burst=2)
_TEAMS = Allowance(30, 1, burst=10)


def allowance_of(scope: str, *, licences: int = 0) -> Allowance | None:
    """Return what Microsoft allows of ``scope`` in a tenant with so many licences; None where no limit is known."""
    _, word, *_ = [*scope.split(" "), ""]
    if word == "sharepoint":
        at = bisect_left(_LICENCES, licences)
        return Allowance(_MINUTE_UNITS[at], 60, burst=_MINUTE_UNITS[at] * 0.04, a_day=_DAY_UNITS[at])
    return {"directory": _DIRECTORY, "mailbox": _MAILBOX, "team": _TEAM, "teams": _TEAMS}.get(word)
