"""Every call that is simulated: method, path, who may, what it costs."""

import re

from simulators.microsoft365.drives.graph.routes import ROUTES as DRIVE_ROUTES
from simulators.microsoft365.graph import (
    groups,
    mailboxes,
    organization,
    permissions,
    sites,
    teams,
    users,
)
from simulators.microsoft365.graph.group_feed import group_delta
from simulators.microsoft365.graph.routing import Route
from simulators.microsoft365.graph.user_feed import user_delta
from simulators.microsoft365.outlook.graph.routes import ROUTES as OUTLOOK_ROUTES
from simulators.microsoft365.teams.graph.routes import ROUTES as TEAMS_ROUTES
from simulators.microsoft365.throttle.prices import DIRECTORY, OUTLOOK, SHAREPOINT, TEAMS, Price

# Functions may be called with their namespace and with empty brackets.
_FUNCTION_DRESS = re.compile(
    r"(?<=/)(?:microsoft\.graph\.)?(delta|getallsites|getallmessages)(?:\(\))?(?=/|$)", re.IGNORECASE
)
# Teams names what it made with its key in brackets.
_KEY = re.compile(r"(?<=/)(teams|operations)\('([^']+)'\)", re.IGNORECASE)


P = permissions
ROUTES = (
    *OUTLOOK_ROUTES,
    *DRIVE_ROUTES,
    *TEAMS_ROUTES,
    Route("GET", "/organization", organization.organization_list, P.ORGANIZATION, Price(DIRECTORY, 1)),
    Route("GET", "/subscribedSkus", organization.sku_list, P.LICENCES, Price(DIRECTORY, 1)),
    Route("GET", "/users", users.user_list, P.USERS, Price(DIRECTORY, 2)),
    Route("GET", "/users/delta", user_delta, P.USER_CHANGES, Price(DIRECTORY, 2)),
    Route("GET", "/users/{user}", users.user_detail, P.USERS, Price(DIRECTORY, 1)),
    Route("GET", "/users/{user}/mailboxSettings", mailboxes.mailbox_settings, P.MAILBOX_SETTINGS, Price(OUTLOOK, 1)),
    Route("GET", "/users/{user}/drive", sites.user_drive, P.DRIVES, Price(SHAREPOINT, 1)),
    Route(
        "GET",
        "/directory/deletedItems/microsoft.graph.user",
        users.deleted_user_list,
        P.DELETED_USERS,
        Price(DIRECTORY, 2),
    ),
    Route("GET", "/groups", groups.group_list, P.GROUPS, Price(DIRECTORY, 2)),
    Route("GET", "/groups/delta", group_delta, P.GROUP_CHANGES, Price(DIRECTORY, 2)),
    Route("GET", "/groups/{group}", groups.group_detail, P.GROUP, Price(DIRECTORY, 1)),
    Route("GET", "/groups/{group}/members", groups.member_list, P.MEMBERS, Price(DIRECTORY, 3)),
    Route("GET", "/groups/{group}/transitiveMembers", groups.transitive_member_list, P.MEMBERS, Price(DIRECTORY, 5)),
    Route(
        "GET",
        "/groups/{group}/transitiveMembers/microsoft.graph.user",
        groups.transitive_user_list,
        P.MEMBERS,
        Price(DIRECTORY, 5),
    ),
    Route("GET", "/groups/{group}/owners", groups.owner_list, P.OWNERS, Price(DIRECTORY, 2)),
    Route("GET", "/groups/{group}/sites/root", sites.group_root_site, P.SITES, Price(SHAREPOINT, 1)),
    Route("GET", "/teams", teams.team_list, P.TEAMS, Price(TEAMS, 1)),
    Route("GET", "/teams/{team}", teams.team_detail, P.TEAM, Price(TEAMS, 1)),
    Route("GET", "/sites/getAllSites", sites.all_site_list, P.SITES, Price(SHAREPOINT, 2)),
    Route("GET", "/sites/delta", sites.site_delta, P.SITE_CHANGES, Price(SHAREPOINT, 2, with_token=1)),
    Route("GET", "/sites/root", sites.site_root, P.SITES, Price(SHAREPOINT, 1)),
    Route("GET", "/sites/{host}:/{path}:", sites.site_at_path, P.SITES, Price(SHAREPOINT, 1)),
    Route("GET", "/sites/{host}:/{path}", sites.site_at_path, P.SITES, Price(SHAREPOINT, 1)),
    Route("GET", "/sites/{site}", sites.site_detail, P.SITES, Price(SHAREPOINT, 1)),
    Route("GET", "/sites", sites.site_list, P.SITES, Price(SHAREPOINT, 2)),
)


def find_route(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """Return the route of a request with its arguments, or None. Listed first wins."""
    plain = _KEY.sub(r"\1/\2", _FUNCTION_DRESS.sub(r"\1", path.rstrip("/")))
    for route in ROUTES:
        if route.method != method:
            continue
        match = route.pattern.fullmatch(plain)
        if match and not _goes_on_after_path(match.groupdict()):
            return route, match.groupdict()
    return None


def _goes_on_after_path(arguments: dict[str, str]) -> bool:
    # "/sites/{host}:/{path}:/drives" is another call.
    return ":" in arguments.get("path", "")
