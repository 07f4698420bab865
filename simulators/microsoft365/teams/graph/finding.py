"""Finds the team, the channel and the message a path names."""

from simulators.microsoft365.graph.calls import Call, GraphError
from simulators.microsoft365.graph.groups import found_group
from simulators.microsoft365.teams.models import Channel, Chat, Message, Workspace
from simulators.microsoft365.teams.models.channel import uuid_of_thread
from simulators.microsoft365.teams.mutations.days import workspace_of
from simulators.microsoft365.teams.mutations.ledger import switchboard_of

_PROTECTED = (
    "Invoked API requires Protected API access in application-only context when not using Resource Specific Consent. "
    "Visit https://docs.microsoft.com/en-us/graph/teams-protected-apis for more details."
)


def found_workspace(call: Call, team: str) -> Workspace:
    """Return a team. Raises `GraphError` 404."""
    group = found_group(call, team)
    if not group.is_team:
        raise GraphError(404, "NotFound", f"No team found with Group Id {group.id}")
    return workspace_of(call.tenant, group)


def found_channel(call: Call, team: str, channel: str) -> Channel:
    """Return a channel of a team. Raises `GraphError` 404."""
    channels = found_workspace(call, team).channels.live().select_related("workspace__group", "workspace__tenant")
    found = channels.filter(id=uuid_of_thread(channel)).first()
    if found is None:
        raise GraphError(404, "NotFound", f"No Thread found with Id {channel}")
    return found


def found_message(call: Call, room: Channel | Chat, number: str, *, reply_to: Message | None = None) -> Message:
    """Return a post, or with ``reply_to`` a reply to it. Raises `GraphError` 404."""
    rows = Message.objects.filter(room_id=room.id, reply_to=reply_to.number if reply_to else None)
    found = rows.filter(number=int(number) if number.isdecimal() and len(number) < 19 else 0).first()
    if found is None:
        raise GraphError(404, "NotFound", f"No message found with Id {number}")
    return found


def refuse_where_protected(call: Call) -> None:
    """Raise `GraphError` 403 in a tenant whose messages only approved apps may read."""
    if switchboard_of(call.tenant).protects_messages:
        raise GraphError(403, "Forbidden", _PROTECTED)
