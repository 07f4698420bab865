"""Makes teams, channels, members, tabs and installed apps, as a restore does."""

from uuid import UUID

from simulators.microsoft365.graph import links
from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.listing import refuse_unknown_options
from simulators.microsoft365.models import Group, GroupMember, Scope
from simulators.microsoft365.mutations.groups import create_group
from simulators.microsoft365.mutations.ledger import CannotMutate, Ledger, Op, writing
from simulators.microsoft365.teams.graph.channels import one_channel, roles_of
from simulators.microsoft365.teams.graph.finding import found_channel, found_workspace
from simulators.microsoft365.teams.graph.moments import moment
from simulators.microsoft365.teams.graph.reading import bound_id, bound_person, past_moment, refusal, text_of
from simulators.microsoft365.teams.graph.shapes import show_member, show_tab
from simulators.microsoft365.teams.models import Channel, Operation, Workspace
from simulators.microsoft365.teams.models.workspace import Migration
from simulators.microsoft365.teams.mutations.channels import enter_channel, enter_tab
from simulators.microsoft365.teams.mutations.ledger import held_workspace, new_thing_id

_BUILT_IN = "com.microsoft."
_TEMPLATE = "template@odata.bind"


def team_create(call: Call) -> Answer:
    """Begin to make a team; the operation says when it is there."""
    body = call.json()
    name = text_of(body, "displayName")
    if "teamsTemplates" not in str(body.get(_TEMPLATE)):
        raise refusal(f"'{_TEMPLATE}' is needed.")
    is_migration = body.get("@microsoft.graph.teamCreationMode") == "migration"
    members = [bound_person(call, one) for one in body.get("members", [])]
    if not is_migration and [is_owner for _, is_owner in members] != [True]:
        raise refusal("A team must have exactly one owner when it is created.")
    facts = {"display_name": name, "description": body.get("description") or "", "kind": "microsoft365"}
    people = [str(person.id) for person, _ in members]
    with writing(call.tenant.id) as ledger:
        made = create_group(ledger, facts | {"members": people, "owners": people})
        group = Group.objects.select_related("tenant").get(id=made["id"])
        workspace = held_workspace(ledger, group)
        if is_migration:
            _begin_in_migration(call, ledger, workspace, body)
        return _accepted(ledger, workspace, "createTeam", f"/teams('{group.id}')")


def operation_detail(call: Call, team: str, operation: str) -> Answer:
    """How far an operation is. It is done when it was asked after twice."""
    refuse_unknown_options(call, set())
    with writing(call.tenant.id) as ledger:
        found = _operation(call, team, operation)
        found.asked += 1
        found.save(update_fields=["asked"])
        if found.is_done and found.kind == "createTeam" and not found.group.is_team:
            ledger.update(found.group, is_team=True)
    shown = {
        "id": str(found.id),
        "operationType": found.kind,
        "createdDateTime": moment(found.begun_at),
        "status": "succeeded" if found.is_done else "inProgress",
        "lastActionDateTime": moment(call.now),
        "attemptsCount": 1,
        "targetResourceId": str(found.group_id),
        "targetResourceLocation": found.target,
        "error": None,
    }
    return Answer({"@odata.context": links.context("teams/operations/$entity")} | shown)


def channel_create(call: Call, team: str) -> Answer:
    """Make a channel."""
    body = call.json()
    name, membership = text_of(body, "displayName"), body.get("membershipType") or "standard"
    if membership not in Channel.Membership.values:
        raise refusal(f"Invalid membershipType '{membership}'.")
    people = [bound_person(call, one) for one in body.get("members", [])]
    if membership != "standard" and not any(is_owner for _, is_owner in people):
        raise refusal("A private or shared channel needs an owner.")
    members = [{"id": str(person.id), "owner": is_owner} for person, is_owner in people]
    facts = {"description": body.get("description") or ""}
    if body.get("@microsoft.graph.channelCreationMode") == "migration":
        began = past_moment(call, body.get("createdDateTime"), "createdDateTime")
        facts |= {"created_at": began, "migration": Migration.IN_PROGRESS, "migrated_by": call.client_id}
    found = writable(found_workspace(call, team))
    with writing(call.tenant.id) as ledger:
        try:
            channel = enter_channel(ledger, found, name, membership, members=members, **facts)
        except CannotMutate as problem:
            raise refusal("Channel name already existed, please use other name.") from problem
        if membership == Channel.Membership.SHARED:
            return _accepted(ledger, found, "createChannel", f"/teams('{team}')/channels('{channel.thread_id}')")
    return one_channel(call, channel, 201)


def team_member_create(call: Call, team: str) -> Answer:
    """Make somebody a member of a team, or an owner."""
    workspace = writable(found_workspace(call, team))
    person, is_owner = bound_person(call, call.json())
    with writing(call.tenant.id) as ledger:
        for as_owner in {False, is_owner}:
            _, is_new = GroupMember.objects.get_or_create(
                group=workspace.group, member_id=person.id, is_owner=as_owner, defaults={"is_group": False}
            )
            if is_new:
                operation = Op.UPDATED if as_owner else Op.MEMBER_ADDED
                ledger.record(Scope.GROUPS, workspace.group_id, operation, member=person)
    shown = show_member(str(workspace.group_id), person, roles_of(person, is_owner=is_owner))
    return Answer({"@odata.context": links.context(f"teams('{team}')/members/$entity")} | shown, 201)


def channel_member_create(call: Call, team: str, channel: str) -> Answer:
    """Make somebody a member of a private or shared channel."""
    found = found_channel(call, team, channel)
    person, is_owner = bound_person(call, call.json())
    if not found.has_own_site:
        raise refusal("Members of a standard channel are those of its team.")
    with writing(call.tenant.id):
        others = [member for member in found.members if member["id"] != str(person.id)]
        found.members = [*others, {"id": str(person.id), "owner": is_owner}]
        found.save(update_fields=["members"])
    shown = show_member(found.thread_id, person, roles_of(person, is_owner=is_owner))
    return Answer({"@odata.context": links.context("channels/members/$entity")} | shown, 201)


def tab_create(call: Call, team: str, channel: str) -> Answer:
    """Add a tab to a channel. Its app has to be installed in the team, unless it came with Teams."""
    found, body = found_channel(call, team, channel), call.json()
    name, app = text_of(body, "displayName"), bound_id(body, "teamsApp")
    writable(found.workspace)
    if not app.startswith(_BUILT_IN) and app not in [one["app"] for one in found.workspace.apps]:
        raise GraphError(404, "NotFound", f"The app {app} is not installed in this team.")
    given = body.get("configuration") or {}
    configuration = {key: given.get(key) for key in ("entityId", "contentUrl", "websiteUrl", "removeUrl")}
    with writing(call.tenant.id):
        enter_tab(found, app, name, configuration)
    shown = show_tab(found, found.tabs[-1], with_app=False)
    return Answer({"@odata.context": links.context("channels/tabs/$entity")} | shown, 201)


def installed_app_create(call: Call, team: str) -> Answer:
    """Install an app in a team."""
    workspace, app = writable(found_workspace(call, team)), bound_id(call.json(), "teamsApp")
    if app in [one["app"] for one in workspace.apps]:
        raise GraphError(409, "Conflict", f"App entitlement already exists for {app}.")
    with writing(call.tenant.id):
        new = {"id": str(new_thing_id(workspace, "app")), "app": app}
        workspace.apps = [*workspace.apps, new]
        workspace.save(update_fields=["apps"])
    return Answer(None, 201)


def _operation(call: Call, team: str, operation: str) -> Operation:
    rows = Operation.objects.select_related("group__tenant").filter(group__tenant=call.tenant)
    try:
        return rows.get(id=UUID(operation), group_id=UUID(team))
    except (ValueError, Operation.DoesNotExist) as problem:
        raise GraphError(404, "NotFound", f"No operation found with Id {operation}") from problem


def _begin_in_migration(call: Call, ledger: Ledger, workspace: Workspace, body: dict) -> None:
    """Let old messages be brought into a new team, from its first channel on."""
    began = past_moment(call, body.get("createdDateTime"), "createdDateTime")
    workspace.group.created_at = began
    workspace.group.save(update_fields=["created_at"])
    workspace.migration = Migration.IN_PROGRESS
    workspace.save(update_fields=["migration"])
    facts = {"created_at": began, "migration": Migration.IN_PROGRESS, "migrated_by": call.client_id}
    workspace.channels.update(**facts)


def _accepted(ledger: Ledger, workspace: Workspace, kind: str, target: str) -> Answer:
    operation = Operation(
        id=new_thing_id(workspace, "operation"), group=workspace.group, kind=kind, begun_at=ledger.now, target=target
    )
    operation.save(force_insert=True)
    place = f"/teams('{workspace.group_id}')/operations('{operation.id}')"
    return Answer(None, 202, {"Location": place, "Content-Location": target})


def writable(workspace: Workspace) -> Workspace:
    """Return a team that may be changed. Raises `GraphError` 403 where it is archived."""
    if workspace.group.is_archived:
        raise GraphError(403, "Forbidden", "The team is archived, so nothing in it can be changed.")
    return workspace
