"""/groups/{id}/threads: conversations in the mailbox of a team's group."""

import base64
from datetime import UTC, datetime
from html import escape
from uuid import UUID

from simulators.microsoft365.graph import links
from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.dates import written
from simulators.microsoft365.graph.listing import refuse_unknown_options
from simulators.microsoft365.teams.content.pictures import PNG, picture
from simulators.microsoft365.teams.graph.finding import found_workspace
from simulators.microsoft365.teams.graph.paging import expanded, page_of
from simulators.microsoft365.teams.models import Thread

_HEAD = "AAQk"


def thread_list(call: Call, group: str) -> Answer:
    """The conversations of a group, the one with the latest post first."""
    rows = list(_rows(call, group).order_by("-last_at", "id"))
    return page_of(call, f"groups('{group}')/threads", rows, show_thread, default=20)


def thread_detail(call: Call, group: str, thread: str) -> Answer:
    """One conversation."""
    refuse_unknown_options(call, set())
    context = links.context(f"groups('{group}')/threads/$entity")
    return Answer({"@odata.context": context} | show_thread(_found(call, group, thread)))


def post_list(call: Call, group: str, thread: str) -> Answer:
    """The posts of a conversation, the oldest first."""
    found = _found(call, group, thread)
    return page_of(
        call, f"groups('{group}')/threads('{thread}')/posts", found.posts, lambda post: show_post(found, post)
    )


def post_detail(call: Call, group: str, thread: str, post: str) -> Answer:
    """One post, if wanted with its attachments and their bytes."""
    refuse_unknown_options(call, {"$expand"})
    with_files = bool(expanded(call, {"attachments"}))
    found = _found(call, group, thread)
    one = next((one for one in found.posts if post_id(one) == post), None)
    if one is None:
        raise _missing()
    shown = show_post(found, one)
    if with_files:
        shown["attachments"] = [_attachment(one, name) for name in one["files"]]
    return Answer({"@odata.context": links.context("groups/threads/posts/$entity")} | shown)


def show_thread(thread: Thread) -> dict:
    """Return a conversation."""
    return {
        "id": thread_id(thread),
        "topic": thread.topic,
        "hasAttachments": any(post["files"] for post in thread.posts),
        "lastDeliveredDateTime": written(thread.last_at),
        "uniqueSenders": sorted({post["name"] for post in thread.posts}),
        "preview": thread.posts[-1]["body"][:100],
        "isLocked": False,
        "toRecipients": [],
        "ccRecipients": [],
    }


def show_post(thread: Thread, post: dict) -> dict:
    """Return a post."""
    at = written(datetime.fromtimestamp(post["at"], UTC))
    sender = {"emailAddress": {"name": post["name"], "address": post["address"]}}
    return {
        "id": post_id(post),
        "createdDateTime": at,
        "lastModifiedDateTime": at,
        "changeKey": "CQAAABYAAAD",
        "categories": [],
        "receivedDateTime": at,
        "hasAttachments": bool(post["files"]),
        "body": {"contentType": "html", "content": f"<html><body>{escape(post['body'])}</body></html>"},
        "from": sender,
        "sender": sender,
        "conversationThreadId": thread_id(thread),
        "newParticipants": [],
    }


def thread_id(thread: Thread) -> str:
    """Return the id Graph gives a conversation."""
    return _HEAD + base64.urlsafe_b64encode(thread.id.bytes).decode()


def post_id(post: dict) -> str:
    """Return the id Graph gives a post."""
    return _HEAD + base64.urlsafe_b64encode(b"post" + bytes.fromhex(post["id"])).decode()


def file_of(post: dict, name: str) -> tuple[str, bytes]:
    """Return the id and the bytes of a file on a post."""
    return f"{post_id(post)}{base64.urlsafe_b64encode(name.encode()).decode()}", picture(post["id"], name)


def _attachment(post: dict, name: str) -> dict:
    key, data = file_of(post, name)
    return {
        "@odata.type": "#microsoft.graph.fileAttachment",
        "id": key,
        "lastModifiedDateTime": written(datetime.fromtimestamp(post["at"], UTC)),
        "name": name,
        "contentType": PNG,
        "size": len(data),
        "isInline": False,
        "contentId": None,
        "contentLocation": None,
        "contentBytes": base64.b64encode(data).decode(),
    }


def _rows(call: Call, group: str):
    workspace = found_workspace(call, group)
    return Thread.objects.filter(group_id=workspace.group_id, deleted_at=None)


def _found(call: Call, group: str, thread: str) -> Thread:
    try:
        key = UUID(bytes=base64.urlsafe_b64decode(thread.removeprefix(_HEAD)))
    except ValueError as problem:
        raise _missing() from problem
    found = _rows(call, group).filter(id=key).first()
    if found is None:
        raise _missing()
    return found


def _missing() -> GraphError:
    return GraphError(404, "ErrorItemNotFound", "The specified object was not found in the store.")
