"""/teams: the Microsoft 365 groups that are teams."""

from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.filtering import Field
from simulators.microsoft365.graph.group_shape import TEAM, TEAM_IN_LIST
from simulators.microsoft365.graph.groups import found_group
from simulators.microsoft365.graph.listing import Listing, single

TEAMS = Listing(
    TEAM_IN_LIST,
    "teams",
    filters={"displayName": Field("display_name__iexact", begins="display_name__istartswith")},
    counts_need_consistency=False,
)


def team_list(call: Call) -> Answer:
    """Every team."""
    return TEAMS.answer(call, call.tenant.groups.live().filter(is_team=True))


def team_detail(call: Call, team: str) -> Answer:
    """One team."""
    group = found_group(call, team)
    if not group.is_team:
        raise GraphError(404, "NotFound", f"No team found with Group Id {group.id}")
    return single(call, TEAM, group, "teams")
