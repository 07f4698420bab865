"""Delta queries of messages: the last eight months first, then what changed, page by page.

The rules are those of Microsoft's pages "chatMessage: delta" (of a channel, and of a user's chats): `$top` (up to 50),
`$filter` (lastModifiedDateTime gt) and `$expand=replies` belong to the first request and are baked into the links.
Messages that are deleted come with the moment of it, and never with `@removed`.
"""

import random
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from uuid import UUID

from simulators.microsoft365.graph import links
from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.delta import LINKS_LIVE
from simulators.microsoft365.graph.listing import refuse_unknown_options
from simulators.microsoft365.graph.moods import Mood
from simulators.microsoft365.models import Tenant
from simulators.microsoft365.teams.graph.moments import conditions
from simulators.microsoft365.teams.graph.paging import HIGHEST_TOP, expanded, top_of
from simulators.microsoft365.teams.models import Line, Message

HORIZON = timedelta(days=243)
_DEFAULT_TOP = 20
_REPLAYED_AT_MOST = 20
_TOKENS = ("$skiptoken", "$deltatoken")


@dataclass(frozen=True)
class MessageFeed:
    """The posts of some rooms. ``show`` makes entries of rows, if wanted with replies."""

    key: UUID
    rooms: list[UUID]
    context: str
    show: Callable[..., list[dict]]
    expands: bool = True
    epoch: int = 0


@dataclass(frozen=True)
class Position:
    """Where a client stands in a feed. This is what a link's token holds."""

    feed: str
    tenant: str
    options: dict
    kind: str
    # This round tells of the lines after `since`, up to `upto`. In a first round `since` is None.
    since: int | None
    upto: int
    # The last message (first round) or line (later ones) that was told.
    after: int
    page: int
    epoch: int
    issued_at: float


def delta(call: Call, feed: MessageFeed) -> Answer:
    """Answer one request of a feed of messages."""
    refuse_unknown_options(call, {"$top", "$filter", "$expand", *_TOKENS})
    position = _position(call, feed)
    mood = _mood(call.tenant, feed, position)
    body = {"@odata.context": links.context(feed.context)}
    if call.tenant.is_empty:
        entries, following = [], _between(position)
    elif mood.sends_an_empty_page:
        entries, following = [], replace(position, page=position.page + 1)
    else:
        entries, following = _page(call, feed, position, mood)
    following = replace(following, issued_at=call.now.timestamp())
    is_end = following.kind == "delta"
    address = links.address(call.path.rstrip("/"), {_TOKENS[is_end]: links.pack(asdict(following))})
    return Answer(body | {"value": entries, "@odata.deltaLink" if is_end else "@odata.nextLink": address})


def _page(call: Call, feed: MessageFeed, position: Position, mood: Mood) -> tuple[list[dict], Position]:
    size = mood.page_size(position.options["top"])
    within = conditions(position.options["filter"], "chain_at", ("gt",))
    posts = Message.objects.filter(room_id__in=feed.rooms, reply_to=None, **within)
    if position.since is None:
        rows = posts.filter(entered_seq__lte=position.upto, id__gt=position.after, chain_at__gte=call.now - HORIZON)
        page = list(rows.order_by("id")[: size + 1])
        last = page[size - 1].id if len(page) > size else None
    else:
        lines = Line.objects.filter(room_id__in=feed.rooms).last_of_each(upto=position.upto)
        told = list(lines.filter(id__gt=position.after).order_by("id")[: size + 1])
        found = posts.in_bulk([line.message_id for line in told[:size]])
        page = [found[line.message_id] for line in told[:size] if line.message_id in found]
        last = told[size - 1].id if len(told) > size else None
    entries = mood.rearranged(feed.show(page[:size], with_replies=position.options["replies"]))
    if last is None:
        return entries, _between(position)
    return entries, replace(position, kind="skip", after=last, page=position.page + 1)


def _position(call: Call, feed: MessageFeed) -> Position:
    given = [call.query[name] for name in _TOKENS if call.query.get(name)]
    if not given:
        return _first(call, feed)
    if len(given) > 1:
        raise GraphError(400, "BadRequest", "Only one of the tokens may be given.")
    try:
        position = Position(**links.unpack(given[0]))
    except (links.BadLinkToken, TypeError) as problem:
        raise GraphError(400, "BadRequest", "The token of this link is not valid.") from problem
    if (position.feed, position.tenant) != (str(feed.key), str(call.tenant.id)):
        raise GraphError(400, "BadRequest", "The token of this link belongs to another call.")
    if {"$filter", "$expand"} & set(call.query):
        raise GraphError(400, "BadRequest", "The options of the first request are part of the token.")
    is_old = call.now.timestamp() - position.issued_at > LINKS_LIVE.total_seconds()
    if is_old or position.epoch != feed.epoch:
        raise GraphError(410, "syncStateNotFound", "The sync state generation is not found; start again.")
    return _later(call, feed, position) if position.kind == "delta" else position


def _first(call: Call, feed: MessageFeed) -> Position:
    text = call.query.get("$filter", "")
    conditions(text, "chain_at", ("gt",))
    options = {
        "top": top_of(call, _DEFAULT_TOP, HIGHEST_TOP),
        "filter": text,
        "replies": bool(expanded(call, {"replies"} if feed.expands else set())),
    }
    newest = Line.objects.filter(tenant=call.tenant).newest_number()
    return Position(str(feed.key), str(call.tenant.id), options, "skip", None, newest, 0, 0, feed.epoch, 0.0)


def _later(call: Call, feed: MessageFeed, position: Position) -> Position:
    newest = Line.objects.filter(tenant=call.tenant).newest_number()
    known = position.upto
    position = replace(position, kind="skip", upto=newest, page=0, since=known)
    since = _mood(call.tenant, feed, position).replayed_lines(feed, known)
    return replace(position, since=since, after=since)


def _between(position: Position) -> Position:
    return replace(position, kind="delta", since=None, after=0, page=0)


class MessageMood(Mood):
    """What one page of a feed of messages is like."""

    def replayed_lines(self, feed: MessageFeed, since: int) -> int:
        """Return the line after which to tell, which may lie before ``since``."""
        if not self._happens("replays"):
            return since
        old = Line.objects.filter(room_id__in=feed.rooms, id__lte=since).order_by("-id")
        numbers = list(old.values_list("id", flat=True)[: self.dice.randint(1, _REPLAYED_AT_MOST)])
        return numbers[-1] - 1 if numbers else since


def _mood(tenant: Tenant, feed: MessageFeed, position: Position) -> MessageMood:
    """Return the mood of one page. The same history makes the same trouble, whatever the numbers of its lines."""
    if not tenant.moods:
        return MessageMood({}, random.Random(0))  # noqa: S311
    told = Line.objects.filter(room_id__in=feed.rooms, id__lte=position.upto).count()
    seed = f"{tenant.moods.get('seed', 0)}/{feed.key}/{told}/{position.page}"
    return MessageMood(tenant.moods, random.Random(seed))  # noqa: S311
