"""The chatMessage of Graph."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings

from simulators.microsoft365.teams.content.bodies import content_of, hosted_of
from simulators.microsoft365.teams.graph.moments import moment
from simulators.microsoft365.teams.models import Channel, Chat, Message

_USER = "#microsoft.graph.teamworkUserIdentity"
_NEW_WORD, _UNKNOWN = "systemEventMessage", "unknownFutureValue"
_NOBODY = {"application": None, "device": None}
_EVENTS = "#microsoft.graph.{}EventMessageDetail"


@dataclass(frozen=True)
class Seen:
    """How messages of a room are seen by one caller."""

    room: Channel | Chat
    knows_new_words: bool

    @property
    def path(self) -> str:
        """The path of the room."""
        if isinstance(self.room, Chat):
            return f"/chats/{self.room.thread_id}"
        return f"/teams/{self.room.workspace_id}/channels/{self.room.thread_id}"


def show_message(message: Message, seen: Seen) -> dict:
    """Return a message."""
    content = content_of(message)
    kind = "message"
    if message.is_event:
        kind = _NEW_WORD if seen.knows_new_words else _UNKNOWN
    is_chat = isinstance(seen.room, Chat)
    reactions = [] if message.deleted_at else message.facts.get("reactions", [])
    return {
        "id": str(message.number),
        "replyToId": str(message.reply_to) if message.reply_to else None,
        "etag": str(round(message.modified_at.timestamp() * 1000)),
        "messageType": kind,
        "createdDateTime": moment(message.created_at),
        "lastModifiedDateTime": moment(message.modified_at),
        "lastEditedDateTime": moment(message.edited_at),
        "deletedDateTime": moment(message.deleted_at),
        "subject": content.subject,
        "summary": None,
        "chatId": seen.room.thread_id if is_chat else None,
        "importance": content.importance,
        "locale": "en-us",
        "webUrl": None if is_chat else f"https://teams.example/l/message/{seen.room.thread_id}/{message.number}",
        "policyViolation": None,
        "eventDetail": _event(message) if message.is_event else None,
        "from": _author(message),
        "body": {"contentType": content.kind, "content": _with_addresses(content.html, message, seen)},
        "channelIdentity": None if is_chat else _identity_of(seen.room),
        "attachments": content.attachments,
        "mentions": content.mentions,
        "reactions": [_reaction(one) for one in reactions],
    }


def message_path(message: Message, seen: Seen) -> str:
    """Return the path of a message."""
    if message.reply_to:
        return f"{seen.path}/messages/{message.reply_to}/replies/{message.number}"
    return f"{seen.path}/messages/{message.number}"


def hosted_id(message: Message, index: int) -> str:
    """Return the id of the picture at a place in a message; whoever writes it anew puts in other pictures."""
    where = f"picture/{message.number}/{message.edition}/{index}"
    return base64.urlsafe_b64encode(f"id=,type=1,url={where}".encode()).decode()


def _with_addresses(html: str, message: Message, seen: Seen) -> str:
    for index in range(len(hosted_of(message)) if "hosted:" in html else 0):
        address = f"{settings.GRAPH_URL_BASE}/v1.0{message_path(message, seen)}"
        html = html.replace(
            f'"hosted:{index}"', f'"{address}/hostedContents/{hosted_id(message, index)}/$value"'
        )  # fmt: skip
    return html


def _identity_of(channel: Channel) -> dict:
    return {"teamId": str(channel.workspace_id), "channelId": channel.thread_id}


def _user(person_id: str, name: str | None) -> dict:
    return {"@odata.type": _USER, "id": person_id, "displayName": name, "userIdentityType": "aadUser"}


def _author(message: Message) -> dict | None:
    if message.is_event:
        return None
    return _NOBODY | {"user": _user(str(message.author_id), message.author_name)}


def _reaction(one: dict) -> dict:
    return {
        "reactionType": one["type"],
        "displayName": one["name"],
        "reactionContentUrl": None,
        "createdDateTime": moment(datetime.fromtimestamp(one["at"], UTC)),
        "user": _NOBODY | {"user": _user(one["who"], None)},
    }


def _event(message: Message) -> dict:
    initiator = {"initiator": _NOBODY | {"user": _user(*message.facts["initiator"])}}
    if "channel" in message.facts:
        thread_id, name = message.facts["channel"]
        detail = {"channelId": thread_id, "channelDisplayName": name}
        return {"@odata.type": _EVENTS.format("channelAdded")} | detail | initiator
    members = [_user(person_id, None) for person_id, _ in message.facts["members"]]
    detail = {"visibleHistoryStartDateTime": "0001-01-01T00:00:00Z", "members": members}
    return {"@odata.type": _EVENTS.format("membersAdded")} | detail | initiator
