"""Brings old messages into channels: `startMigration`, messages with their own dates and authors, `completeMigration`.

Follows Microsoft's pages "channel: startMigration" and "Import third-party platform messages to Teams": the app that
starts a migration owns it until it is complete; a second start is refused; mentions cannot be brought in.
"""

import base64
import binascii
from datetime import timedelta
from uuid import UUID

from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.models import Person
from simulators.microsoft365.mutations.ledger import writing
from simulators.microsoft365.teams.graph.finding import found_channel, found_message, found_workspace
from simulators.microsoft365.teams.graph.messages import one_message
from simulators.microsoft365.teams.graph.reading import past_moment, refusal
from simulators.microsoft365.teams.models import Channel, Message
from simulators.microsoft365.teams.models.workspace import Migration
from simulators.microsoft365.teams.mutations.ledger import say

_MOST_BYTES = 28 * 1024
_TICK = timedelta(milliseconds=1)


def migration_start(call: Call, team: str, channel: str) -> Answer:
    """Let old messages be brought into a channel, if wanted as old as ``conversationCreationDateTime`` says."""
    found = found_channel(call, team, channel)
    if found.migration == Migration.IN_PROGRESS:
        raise refusal("The channel is in migration mode already.")
    body = call.json() if call.body else {}
    if body.get("conversationCreationDateTime"):
        found.original_at = past_moment(call, body["conversationCreationDateTime"], "conversationCreationDateTime")
        if found.original_at >= found.created_at:
            raise refusal("conversationCreationDateTime must lie before the creation of the channel.")
    with writing(call.tenant.id):
        found.migration, found.migrated_by = Migration.IN_PROGRESS, call.client_id
        found.save(update_fields=["migration", "migrated_by", "original_at"])
    return Answer(None, 204)


def migration_complete(call: Call, team: str, channel: str) -> Answer:
    """End the migration of a channel."""
    found = _own(call, found_channel(call, team, channel))
    with writing(call.tenant.id):
        found.migration = Migration.COMPLETED
        found.save(update_fields=["migration"])
    return Answer(None, 204)


def team_migration_complete(call: Call, team: str) -> Answer:
    """End the migration of a team, whose channels are complete already."""
    workspace = found_workspace(call, team)
    if workspace.migration != Migration.IN_PROGRESS:
        raise refusal("The team is not in migration mode.")
    if workspace.channels.live().filter(migration=Migration.IN_PROGRESS).exists():
        raise refusal("Complete the migration of every channel before that of the team.")
    with writing(call.tenant.id):
        workspace.migration = Migration.COMPLETED
        workspace.save(update_fields=["migration"])
    return Answer(None, 204)


def message_create(call: Call, team: str, channel: str) -> Answer:
    """Bring a post into a channel that is in migration mode."""
    return _bring(call, _own(call, found_channel(call, team, channel)), None)


def reply_create(call: Call, team: str, channel: str, message: str) -> Answer:
    """Bring a reply into a channel that is in migration mode."""
    found = _own(call, found_channel(call, team, channel))
    return _bring(call, found, found_message(call, found, message))


def _own(call: Call, channel: Channel) -> Channel:
    if channel.migration != Migration.IN_PROGRESS:
        raise GraphError(403, "Forbidden", "Messages are written by users; apps only bring them into a migration.")
    if channel.migrated_by != call.client_id:
        raise GraphError(403, "Forbidden", "Another application owns the migration of this channel.")
    return channel


def _bring(call: Call, channel: Channel, post: Message | None) -> Answer:
    body = call.json()
    at = past_moment(call, body.get("createdDateTime"), "createdDateTime")
    # A millisecond is as exact as messages are.
    if at < (channel.original_at or channel.created_at) - _TICK or (post and at < post.created_at):
        raise refusal("'createdDateTime' lies before the beginning of the conversation.")
    if Message.objects.filter(room_id=channel.id, number=round(at.timestamp() * 1000)).exists():
        raise GraphError(409, "Conflict", "There is a message of this moment already.")
    if body.get("mentions"):
        raise refusal("Mentions cannot be brought in.")
    author, facts = _author(call, body), _facts(body)
    with writing(call.tenant.id) as ledger:
        message = say(ledger, channel.id, author, "post", reply_to=post, at=at, **facts)
    return one_message(call, channel, message, 201)


def _author(call: Call, body: dict) -> Person:
    user = ((body.get("from") or {}).get("user") or {}) if isinstance(body.get("from"), dict) else {}
    try:
        found = call.tenant.people.filter(id=UUID(str(user.get("id")))).first()
    except ValueError:
        found = None
    if found is None or user.get("userIdentityType", "aadUser") != "aadUser":
        raise refusal("'from' must name a user of this tenant.")
    if isinstance(user.get("displayName"), str):
        found.display_name = user["displayName"]
    return found


def _facts(body: dict) -> dict:
    content = body.get("body")
    if not isinstance(content, dict) or not isinstance(content.get("content"), str):
        raise refusal("'body' needs content.")
    if len(content["content"].encode()) > _MOST_BYTES:
        raise GraphError(413, "RequestEntityTooLarge", "The message is too large.")
    html, hosted = content["content"], []
    for index, one in enumerate(body.get("hostedContents") or []):
        try:
            data = base64.b64decode(one["contentBytes"], validate=True)
            kind, name = one["contentType"], one["@microsoft.graph.temporaryId"]
        except (KeyError, TypeError, binascii.Error) as problem:
            raise refusal("A hosted content needs a temporaryId, contentType and contentBytes.") from problem
        hosted.append({"type": kind, "bytes": base64.b64encode(data).decode()})
        html = html.replace(f'"../hostedContents/{name}/$value"', f'"hosted:{index}"')
    return {
        "body": html,
        "kind": content.get("contentType", "text"),
        "subject": body.get("subject"),
        "importance": body.get("importance") or "normal",
        "attachments": body.get("attachments") or [],
        "hosted": hosted,
    }
