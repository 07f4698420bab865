"""Changes what a team is: its settings, what a member may do, and which tabs a channel has."""

from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.group_shape import TEAM, TEAM_SETTINGS
from simulators.microsoft365.graph.listing import single
from simulators.microsoft365.models import GroupMember, Scope
from simulators.microsoft365.mutations.ledger import Op, writing
from simulators.microsoft365.teams.generator.places import people_of
from simulators.microsoft365.teams.graph.channels import roles_of
from simulators.microsoft365.teams.graph.creating import writable
from simulators.microsoft365.teams.graph.finding import found_channel, found_workspace
from simulators.microsoft365.teams.graph.reading import refusal, text_of
from simulators.microsoft365.teams.graph.shapes import show_member

_READ_ONLY = ("classification", "specialization")
_VISIBILITIES = {"private": False, "public": True}


def team_update(call: Call, team: str) -> Answer:
    """Change the properties of a team that the body names, those of a group of settings one by one."""
    workspace, body = writable(found_workspace(call, team)), call.json()
    unknown = set(body) - set(TEAM_SETTINGS) - {"displayName", "description", "visibility", *_READ_ONLY}
    if unknown:
        raise refusal(f"Property '{min(unknown)}' is read-only and cannot be set.")
    changes = {}
    if "displayName" in body:
        changes["display_name"] = text_of(body, "displayName")
    if "description" in body:
        changes["description"] = body["description"] or ""
    if "visibility" in body:
        if body["visibility"] not in _VISIBILITIES:
            raise refusal(f"Invalid visibility '{body['visibility']}'.")
        changes["is_public"] = _VISIBILITIES[body["visibility"]]
    settings = {name: _settings(body[name], name) for name in TEAM_SETTINGS if name in body}
    with writing(call.tenant.id) as ledger:
        workspace.settings = workspace.settings | {
            name: workspace.settings.get(name, {}) | values for name, values in settings.items()
        }
        workspace.save(update_fields=["settings"])
        ledger.update(workspace.group, **changes)
    return single(call, TEAM, workspace.group, "teams")


def team_member_update(call: Call, team: str, member: str) -> Answer:
    """Make a member of a team an owner, or no owner any more."""
    workspace, person = _member(call, team, member)
    roles = call.json().get("roles")
    if not isinstance(roles, list):
        raise refusal("A member is changed by its roles.")
    is_owner = "owner" in roles
    with writing(call.tenant.id) as ledger:
        owners = GroupMember.objects.filter(group=workspace.group, is_owner=True)
        if not is_owner and not owners.exclude(member_id=person.id).exists():
            raise refusal("The last owner of a team stays its owner.")
        if is_owner:
            owners.get_or_create(group=workspace.group, member_id=person.id, is_owner=True)
        else:
            owners.filter(member_id=person.id).delete()
        ledger.record(Scope.GROUPS, workspace.group_id, Op.UPDATED, member=person)
    return Answer(show_member(str(workspace.group_id), person, roles_of(person, is_owner=is_owner)))


def tab_delete(call: Call, team: str, channel: str, tab: str) -> Answer:
    """Take a tab out of a channel."""
    found = found_channel(call, team, channel)
    writable(found.workspace)
    left = [one for one in found.tabs if one["id"] != tab]
    if len(left) == len(found.tabs):
        raise GraphError(404, "NotFound", f"No tab found with Id {tab}")
    with writing(call.tenant.id):
        found.tabs = left
        found.save(update_fields=["tabs"])
    return Answer(None, 204)


def _settings(given: object, name: str) -> dict:
    if not isinstance(given, dict) or set(given) - set(TEAM_SETTINGS[name]):
        raise refusal(f"Invalid value specified for property '{name}'.")
    return given


def _member(call: Call, team: str, member: str) -> tuple:
    workspace = writable(found_workspace(call, team))
    for person in people_of(workspace.group):
        if show_member(str(workspace.group_id), person, [])["id"] == member:
            return workspace, person
    raise GraphError(404, "NotFound", f"No member found with Id {member}")
