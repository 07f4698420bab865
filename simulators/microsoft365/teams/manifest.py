"""The ground truth of teams and chats: what a backup must hold of each message."""

import hashlib
import json
from collections.abc import Iterable, Iterator

from simulators.microsoft365.graph.group_shape import TEAM
from simulators.microsoft365.graph.site_shape import graph_id
from simulators.microsoft365.models import Group, Site, Tenant
from simulators.microsoft365.teams.content.bodies import hosted_of
from simulators.microsoft365.teams.graph.channels import members_of_channel, members_of_team
from simulators.microsoft365.teams.graph.message_shape import Seen, hosted_id, show_message
from simulators.microsoft365.teams.graph.shapes import CHANNEL, show_installation, show_tab
from simulators.microsoft365.teams.graph.threads import file_of, post_id, show_post, show_thread, thread_id
from simulators.microsoft365.teams.models import Channel, Chat, Message, Thread
from simulators.microsoft365.teams.mutations.days import workspace_of
from simulators.microsoft365.teams.mutations.ledger import ensure_chats


def pieces(tenant: Tenant, groups: list[Group], *, with_chats: bool) -> Iterator[str]:
    """Yield the manifest of some teams as JSON, if wanted with all chats of the tenant."""
    yield f'{{"tenant": {json.dumps(str(tenant.id))}, "teams": ['
    comma = ""
    for group in groups:
        yield comma
        yield from _team(tenant, group)
        comma = ","
    yield '], "chats": ['
    if with_chats:
        ensure_chats(tenant)
        chats = [json.dumps(_chat(chat)) for chat in Chat.objects.filter(tenant=tenant).order_by("id")]
        yield ",".join(chats)
    yield "]}"


def _team(tenant: Tenant, group: Group) -> Iterator[str]:
    workspace = workspace_of(tenant, group)
    threads = Thread.objects.filter(group=group, deleted_at=None).order_by("id")
    facts = {
        "id": str(group.id),
        "display_name": group.display_name,
        "archived": group.is_archived,
        "refuses_members": workspace.refuses_members,
        "apps": [one["app"] for one in workspace.apps],
        "records": {
            "settings": _digest(TEAM.show(group, TEAM.default)),
            "members": _digests(members_of_team(group)),
            "threads": {thread_id(one): _thread(one) for one in threads},
            "apps": _digests(show_installation(one, {"teamsApp", "teamsAppDefinition"}) for one in workspace.apps),
        },
    }
    yield json.dumps(facts)[:-1] + ', "channels": ['
    comma = ""
    for channel in workspace.channels.select_related("workspace__group", "workspace__tenant").order_by("id"):
        yield comma + json.dumps(_channel(channel))
        comma = ","
    yield "]}"


def _channel(channel: Channel) -> dict:
    site = Site.objects.filter(id=channel.site_id).select_related("tenant").first()
    seen = Seen(channel, knows_new_words=True)
    return {
        "id": channel.thread_id,
        "state": "deleted" if channel.deleted_at else "live",
        "name": channel.name,
        "membership": channel.membership,
        "site_id": graph_id(site) if site else None,
        "members": [member["id"] for member in channel.members],
        "tabs": [tab["name"] for tab in channel.tabs],
        "record": _digest(CHANNEL.show(channel, CHANNEL.default)),
        "records": {
            "members": _digests(members_of_channel(channel)),
            "tabs": _digests(show_tab(channel, tab, with_app=True) for tab in channel.tabs),
        },
        "messages": [_message(row, seen) for row in Message.objects.filter(room_id=channel.id).order_by("number")],
    }


def _chat(chat: Chat) -> dict:
    seen = Seen(chat, knows_new_words=True)
    rows = Message.objects.filter(room_id=chat.id).order_by("number")
    return {"id": chat.thread_id, "members": chat.members, "messages": [_message(row, seen) for row in rows]}


def _message(message: Message, seen: Seen) -> dict:
    shown = show_message(message, seen)
    return {
        "id": shown["id"],
        "reply_to": shown["replyToId"],
        "kind": shown["messageType"],
        "recipe": message.recipe,
        "state": "deleted" if message.deleted_at else "live",
        "created": shown["createdDateTime"],
        "modified": shown["lastModifiedDateTime"],
        "etag": shown["etag"],
        "record": _digest(shown),
        "hosted": [_picture(message, index, data) for index, (_, data) in enumerate(hosted_of(message))],
    }


def _picture(message: Message, index: int, data: bytes) -> dict:
    return {"id": hosted_id(message, index), "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _thread(thread: Thread) -> dict:
    files = dict(file_of(post, name) for post in thread.posts for name in post["files"])
    return {
        "record": _digest(show_thread(thread)),
        "posts": {post_id(post): _post(thread, post) for post in thread.posts},
        "files": {key: hashlib.sha256(data).hexdigest() for key, data in files.items()},
    }


def _post(thread: Thread, post: dict) -> str:
    shown = show_post(thread, post)
    # It says nothing of what is in a post.
    del shown["changeKey"]
    return _digest(shown)


def _digests(shown: Iterable[dict]) -> dict[str, str]:
    return {one["id"]: _digest(one) for one in shown}


def _digest(shown: dict) -> str:
    """Return the SHA-256 of an object as Graph shows it: JSON with sorted names and no spaces."""
    text = json.dumps(shown, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
