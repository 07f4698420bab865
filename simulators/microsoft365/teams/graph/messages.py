"""Messages of channels: lists, replies, feeds."""

from datetime import datetime

from django.db.models import Q, QuerySet

from simulators.microsoft365.graph import links
from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.listing import refuse_unknown_options
from simulators.microsoft365.teams.graph.delta import MessageFeed, delta
from simulators.microsoft365.teams.graph.finding import (
    found_channel,
    found_message,
    found_workspace,
    refuse_where_protected,
)
from simulators.microsoft365.teams.graph.message_shape import Seen, message_path, show_message
from simulators.microsoft365.teams.graph.moments import conditions
from simulators.microsoft365.teams.graph.paging import HIGHEST_TOP, expanded, page_of, top_of
from simulators.microsoft365.teams.graph.shapes import knows_new_words
from simulators.microsoft365.teams.models import Channel, Chat, Message

_DEFAULT_TOP = 20
MOST_REPLIES = 1000


def message_list(call: Call, team: str, channel: str) -> Answer:
    """The posts of a channel, the one with the latest news first; the old ones too."""
    refuse_where_protected(call)
    found = found_channel(call, team, channel)
    refuse_unknown_options(call, {"$top", "$expand", "$skiptoken"})
    with_replies = bool(expanded(call, {"replies"}))
    top = top_of(call, _DEFAULT_TOP, HIGHEST_TOP)
    seen = seen_by(call, found)
    rows = _below(call, Message.objects.filter(room_id=found.id, reply_to=None)).order_by("-chain_at", "-number")
    page = [] if call.tenant.is_empty else list(rows[: top + 1])
    body = {"@odata.context": links.context(f"{_context(found)}/messages"), "@odata.count": len(page[:top])}
    if len(page) > top:
        body["@odata.nextLink"] = _next(call, page[top - 1])
    return Answer(body | {"value": shown_posts(page[:top], seen, with_replies=with_replies)})


def message_detail(call: Call, team: str, channel: str, message: str) -> Answer:
    """One post."""
    refuse_where_protected(call)
    found = found_channel(call, team, channel)
    return one_message(call, found, found_message(call, found, message))


def reply_list(call: Call, team: str, channel: str, message: str) -> Answer:
    """The replies to a post, the newest first."""
    refuse_where_protected(call)
    found = found_channel(call, team, channel)
    post = found_message(call, found, message)
    rows = list(replies_of(found, [post.number]).order_by("-number"))
    context = f"{_context(found)}/messages('{post.number}')/replies"
    seen = seen_by(call, found)
    return page_of(
        call, context, rows, lambda row: show_message(row, seen), default=_DEFAULT_TOP, highest=HIGHEST_TOP
    )  # fmt: skip


def reply_detail(call: Call, team: str, channel: str, message: str, reply: str) -> Answer:
    """One reply."""
    refuse_where_protected(call)
    found = found_channel(call, team, channel)
    post = found_message(call, found, message)
    return one_message(call, found, found_message(call, found, reply, reply_to=post))


def message_delta(call: Call, team: str, channel: str) -> Answer:
    """What was said and changed in a channel: posts, of which a reply makes news as well."""
    refuse_where_protected(call)
    found = found_channel(call, team, channel)
    seen = seen_by(call, found)

    def show(rows: list[Message], *, with_replies: bool) -> list[dict]:
        return shown_posts(rows, seen, with_replies=with_replies)

    context = f"Collection({_context(found)}/messages)"
    return delta(call, MessageFeed(found.id, [found.id], context, show, epoch=found.workspace.epoch))


def all_message_list(call: Call, team: str) -> Answer:
    """Every message of all channels of a team, replies too."""
    refuse_where_protected(call)
    workspace = found_workspace(call, team)
    channels = {one.id: one for one in workspace.channels.live().select_related("workspace")}
    return all_messages(call, f"teams('{workspace.group_id}')/channels/messages", channels)


def all_messages(call: Call, context: str, rooms: dict) -> Answer:
    """Return a page of all messages of some rooms, by when they were modified."""
    options = ("$filter", "model")
    within = conditions(call.query.get("$filter"), "modified_at", ("gt", "lt"))
    rows = Message.objects.filter(room_id__in=rooms, **within).order_by("id")
    whole = _Rows(rows)
    knows = knows_new_words(call)
    return page_of(
        call,
        context,
        whole,
        lambda row: show_message(row, Seen(rooms[row.room_id], knows)),
        options=options,
        default=_DEFAULT_TOP,
        highest=HIGHEST_TOP,
    )


class _Rows:
    """Rows of the database as a sequence that is read page by page."""

    def __init__(self, rows: QuerySet) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return self.rows.count()

    def __getitem__(self, part: slice) -> list:
        return list(self.rows[part])


def one_message(call: Call, room: Channel | Chat, message: Message, status: int = 200) -> Answer:
    """Return one message as an answer."""
    refuse_unknown_options(call, set())
    context = links.context(f"{_context(room)}/messages/$entity")
    return Answer({"@odata.context": context} | show_message(message, seen_by(call, room)), status)


def seen_by(call: Call, room: Channel | Chat) -> Seen:
    """Return how a caller sees the messages of a room."""
    return Seen(room, knows_new_words(call))


def replies_of(channel: Channel, numbers: list[int]) -> QuerySet[Message]:
    """Return the replies to some posts."""
    return Message.objects.filter(room_id=channel.id, reply_to__in=numbers)


def shown_posts(posts: list[Message], seen: Seen, *, with_replies: bool) -> list[dict]:
    """Return posts, if wanted each with its replies; where there are too many of them, with a link to the others."""
    shown = [show_message(post, seen) for post in posts]
    if not with_replies:
        return shown
    replies: dict[int, list[Message]] = {post.number: [] for post in posts}
    for reply in replies_of(seen.room, list(replies)).order_by("-number"):
        replies[reply.reply_to].append(reply)
    for post, entry in zip(posts, shown, strict=True):
        path = f"{message_path(post, seen)}/replies"
        mine = replies[post.number]
        entry["replies@odata.context"] = links.context(f"{_context(seen.room)}/messages('{post.number}')/replies")
        entry["replies@odata.count"] = len(mine)
        if len(mine) > MOST_REPLIES:
            token = links.pack({"path": path.lower(), "after": str(MOST_REPLIES)})
            entry["replies@odata.nextLink"] = links.address(path, {"$top": str(HIGHEST_TOP), "$skiptoken": token})
        entry["replies"] = [show_message(reply, seen) for reply in mine[:MOST_REPLIES]]
    return shown


def _context(room: Channel | Chat) -> str:
    if isinstance(room, Chat):
        return f"chats('{room.thread_id}')"
    return f"teams('{room.workspace_id}')/channels('{room.thread_id}')"


def _next(call: Call, last: Message) -> str:
    token = links.pack({"path": call.path.lower(), "at": last.chain_at.isoformat(), "number": last.number})
    options = {name: value for name, value in call.query.items() if name != "$skiptoken"}
    return links.address(call.path, options | {"$skiptoken": token})


def _below(call: Call, rows: QuerySet) -> QuerySet:
    """Return the rows of the page a request asks for and of those after it."""
    if "$skiptoken" not in call.query:
        return rows
    try:
        place = links.unpack(call.query["$skiptoken"])
        at, number = datetime.fromisoformat(place["at"]), place["number"]
    except (links.BadLinkToken, KeyError) as problem:
        raise GraphError(400, "BadRequest", "Invalid paging token.") from problem
    if place["path"] != call.path.lower():
        raise GraphError(400, "BadRequest", "The paging token belongs to another list.")
    return rows.filter(Q(chain_at__lt=at) | Q(chain_at=at, number__lt=number))
