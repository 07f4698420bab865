"""/teams/{id}/channels, and what hangs on a team and on a channel besides messages."""

from django.db.models import QuerySet

from simulators.microsoft365.drives.graph.channel_folders import shown_folder
from simulators.microsoft365.graph import links
from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.listing import refuse_unknown_options
from simulators.microsoft365.models import Group, GroupMember, Kind, Person
from simulators.microsoft365.teams.generator.places import people_of, site_of_files
from simulators.microsoft365.teams.graph.finding import found_channel, found_workspace
from simulators.microsoft365.teams.graph.paging import expanded, page_of
from simulators.microsoft365.teams.graph.shapes import CHANNEL, show_channel, show_installation, show_member, show_tab
from simulators.microsoft365.teams.models import Channel, Workspace


def channel_list(call: Call, team: str) -> Answer:
    """The channels of a team, those with members of their own too."""
    workspace = found_workspace(call, team)
    rows = _rows(workspace)
    if call.query.get("$filter"):
        rows = rows.filter(**_membership(call.query["$filter"]))
    chosen = CHANNEL.chosen(call.query.get("$select"))
    context = f"teams('{workspace.group_id}')/channels"
    return page_of(
        call, context, list(rows), lambda row: show_channel(call, row, chosen), options=("$select", "$filter")
    )


def channel_detail(call: Call, team: str, channel: str) -> Answer:
    """One channel."""
    return one_channel(call, found_channel(call, team, channel))


def primary_channel(call: Call, team: str) -> Answer:
    """The channel every team has."""
    return one_channel(call, _rows(found_workspace(call, team)).get(is_general=True))


def one_channel(call: Call, channel: Channel, status: int = 200) -> Answer:
    """Return one channel as an answer."""
    refuse_unknown_options(call, {"$select"})
    context = links.context(f"teams('{channel.workspace_id}')/channels/$entity")
    chosen = CHANNEL.chosen(call.query.get("$select"))
    return Answer({"@odata.context": context} | show_channel(call, channel, chosen), status)


def team_member_list(call: Call, team: str) -> Answer:
    """The people of a team. Some teams do not tell."""
    workspace = found_workspace(call, team)
    if workspace.refuses_members:
        raise GraphError(403, "Forbidden", "Failed to get license information for the team's members.")
    return page_of(call, f"teams('{workspace.group_id}')/members", members_of_team(workspace.group), dict)


def channel_member_list(call: Call, team: str, channel: str) -> Answer:
    """The people of a channel: its own ones, or those of the team."""
    found = found_channel(call, team, channel)
    if not found.has_own_site:
        return team_member_list(call, team)
    context = f"teams('{found.workspace_id}')/channels('{found.thread_id}')/members"
    return page_of(call, context, members_of_channel(found), dict)


def members_of_team(group: Group) -> list[dict]:
    """Return the people of a team as its members."""
    owners = set(GroupMember.objects.filter(group=group, is_owner=True).values_list("member_id", flat=True))
    return [show_member(str(group.id), one, roles_of(one, is_owner=one.id in owners)) for one in people_of(group)]


def members_of_channel(channel: Channel) -> list[dict]:
    """Return the people of a private or shared channel as its members."""
    owners = {member["id"]: member["owner"] for member in channel.members}
    people = Person.objects.live().filter(id__in=owners).order_by("id")
    return [show_member(channel.thread_id, one, roles_of(one, is_owner=owners[str(one.id)])) for one in people]


def roles_of(person: Person, *, is_owner: bool) -> list[str]:
    """Return the roles of a member."""
    if person.kind == Kind.GUEST:
        return ["guest"]
    return ["owner"] if is_owner else []


def tab_list(call: Call, team: str, channel: str) -> Answer:
    """The tabs of a channel."""
    found = found_channel(call, team, channel)
    with_app = bool(expanded(call, {"teamsApp"}))
    context = f"teams('{found.workspace_id}')/channels('{found.thread_id}')/tabs"
    return page_of(call, context, found.tabs, lambda tab: show_tab(found, tab, with_app=with_app), options=("$expand",))


def installed_app_list(call: Call, team: str) -> Answer:
    """The apps that are installed in a team."""
    workspace = found_workspace(call, team)
    expand = expanded(call, {"teamsApp", "teamsAppDefinition"})
    context = f"teams('{workspace.group_id}')/installedApps"
    return page_of(call, context, workspace.apps, lambda one: show_installation(one, expand), options=("$expand",))


def files_folder(call: Call, team: str, channel: str) -> Answer:
    """Where the files of a channel lie: in the team's site, or in a site of its own."""
    refuse_unknown_options(call, set())
    found = found_channel(call, team, channel)
    site = site_of_files(found)
    if site is None:
        raise GraphError(404, "itemNotFound", "The resource could not be found.")
    return Answer({"@odata.context": links.context("driveItem/$entity")} | shown_folder(site, found.name))


def _rows(workspace: Workspace) -> QuerySet[Channel]:
    rows = workspace.channels.live().select_related("workspace__group", "workspace__tenant")
    return rows.order_by("-is_general", "created_at", "id")


def _membership(text: str) -> dict[str, str]:
    name, _, value = text.partition(" eq ")
    word = value.strip().strip("'")
    if name.strip() != "membershipType" or word not in Channel.Membership.values:
        raise GraphError(400, "BadRequest", f"Invalid filter clause: {text}")
    return {"membership": word}
