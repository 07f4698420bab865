"""Delta queries of Exchange: one feed per folder, page sizes by preference, links that are forgotten some day.

The rules are those of Microsoft's "Get incremental changes to messages in a folder" and its kin: the options of the
first request are part of the link; `$top` caps what a round tells at all; a lost link is `SyncStateNotFound`.
"""

import random
from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from simulators.microsoft365.graph import links
from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.listing import refuse_unknown_options
from simulators.microsoft365.graph.moods import Mood
from simulators.microsoft365.models import Tenant
from simulators.microsoft365.outlook.graph.feeds import Feed
from simulators.microsoft365.outlook.graph.naming import applied
from simulators.microsoft365.outlook.models import Line

LINKS_LIVE = timedelta(days=30)
_TOKENS = ("$skiptoken", "$deltatoken")
_CHANGE_TYPES = ("", "created", "updated", "deleted")
_REPLAYED_AT_MOST = 20


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
    after: str
    known_upto: int
    # How many more entries the round may tell; None without $top.
    left: int | None
    page: int
    epoch: int
    issued_at: float


def delta(call: Call, feed: Feed) -> Answer:
    """Answer one request of a delta feed."""
    refuse_unknown_options(call, {"$top", "changeType", *feed.options, *_TOKENS})
    size = _page_size(call, feed)
    position = _position(call, feed)
    feed.check(position.options)
    mood = _mood(call.tenant, feed, position)
    if call.tenant.is_empty:
        entries, following = [], _between(position)
    elif mood.sends_an_empty_page:
        entries, following = [], replace(position, kind="skip", page=position.page + 1)
    else:
        entries, following = _page(feed, position, mood, size)
    following = replace(following, issued_at=call.now.timestamp())
    body = {"@odata.context": links.context(feed.context), "value": entries} | _link(call, following)
    return applied(call, Answer(body), size)


def _page(feed: Feed, position: Position, mood: "OutlookMood", size: int) -> tuple[list[dict], Position]:
    size = mood.page_size(size)
    if position.left is not None:
        size = min(size, position.left)
    feed.tells_halves = mood.tells_halves
    tell = feed.snapshot if position.since is None else feed.changes
    entries, after = tell(position, size)
    entries = mood.rearranged(entries)
    left = None if position.left is None else position.left - size
    if after and (left is None or left > 0):
        return entries, replace(position, kind="skip", after=after, left=left, page=position.page + 1)
    return entries, _between(position)


def _position(call: Call, feed: Feed) -> Position:
    given = [call.query[name] for name in _TOKENS if call.query.get(name)]
    if not given:
        return _first(call, feed)
    try:
        position = Position(**links.unpack(given[0]))
    except (links.BadLinkToken, TypeError) as problem:
        raise _lost("SyncStateInvalid", "The sync state is invalid.") from problem
    if (position.feed, position.tenant) != (feed.name, str(call.tenant.id)):
        raise _lost("ErrorInvalidSyncStateData", "The sync state belongs to another call.")
    for name in (*feed.options, "changeType"):
        if name in call.query and call.query[name] != position.options.get(name):
            raise _lost("ErrorInvalidSyncStateData", "The sync state belongs to other query options.")
    is_old = call.now.timestamp() - position.issued_at > LINKS_LIVE.total_seconds()
    if is_old or position.epoch != feed.mailbox.epoch:
        raise _lost("SyncStateNotFound", "The sync state generation is not found.")
    return _later(call, feed, position) if position.kind == "delta" else position


def _first(call: Call, feed: Feed) -> Position:
    options = {name: call.query[name] for name in (*feed.options, "changeType") if name in call.query}
    if options.get("changeType", "") not in _CHANGE_TYPES:
        raise GraphError(400, "BadRequest", f"Invalid change type: '{options['changeType']}'.")
    newest = _newest(feed)
    return Position(
        feed=feed.name,
        tenant=str(call.tenant.id),
        options=options,
        kind="skip",
        since=None,
        upto=newest,
        after="",
        known_upto=newest,
        left=_top(call),
        page=0,
        epoch=feed.mailbox.epoch,
        issued_at=call.now.timestamp(),
    )


def _later(call: Call, feed: Feed, position: Position) -> Position:
    newest = _newest(feed)
    position = replace(position, kind="skip", known_upto=position.upto, upto=newest, page=0, left=None)
    since = _mood(call.tenant, feed, position).replayed_lines(feed, position.known_upto)
    return replace(position, since=since, after=str(since))


def _between(position: Position) -> Position:
    return replace(position, kind="delta", since=None, after="", left=None, page=0)


def _newest(feed: Feed) -> int:
    return Line.objects.filter(mailbox_id=feed.mailbox.id).newest_number()


def _link(call: Call, position: Position) -> dict:
    is_end = position.kind == "delta"
    token = links.pack(asdict(position))
    address = links.address(call.path.rstrip("/"), {_TOKENS[is_end]: token})
    return {"@odata.deltaLink" if is_end else "@odata.nextLink": address}


def _lost(code: str, message: str) -> GraphError:
    return GraphError(400, code, message)


def _page_size(call: Call, feed: Feed) -> int:
    text = call.preference("odata.maxpagesize")
    if text is None:
        return feed.default_page
    if not text.isdecimal() or int(text) < 1:
        raise GraphError(400, "ErrorInvalidRequest", f"Invalid page size specified: '{text}'.")
    return min(int(text), feed.highest_page)


def _top(call: Call) -> int | None:
    text = call.query.get("$top")
    if text is None:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise GraphError(400, "ErrorInvalidRequest", f"Invalid value for $top: '{text}'.")
    return int(text)


class OutlookMood(Mood):
    """What one page of one feed of a mailbox is like."""

    def __init__(self, moods: dict, seed: str) -> None:
        super().__init__(moods, random.Random(seed))  # noqa: S311
        # With dice of its own, so that it does not change the other moods.
        self.tells_halves = random.Random(f"{seed}/halves").random() < moods.get("halves", 0)  # noqa: S311

    def replayed_lines(self, feed: Feed, since: int) -> int:
        """Return the line after which to tell, which may lie before ``since``."""
        if not self._happens("replays"):
            return since
        old = Line.objects.filter(feed_id=feed.feed_id, id__lte=since).order_by("-id")
        numbers = list(old.values_list("id", flat=True)[: self.dice.randint(1, _REPLAYED_AT_MOST)])
        return numbers[-1] - 1 if numbers else since


def _mood(tenant: Tenant, feed: Feed, position: Position) -> OutlookMood:
    """Return the mood of one page. The same history makes the same trouble, whatever the numbers of its lines."""
    if not tenant.moods:
        return OutlookMood({}, "")
    told = Line.objects.filter(feed_id=feed.feed_id, id__lte=position.upto).count()
    seed = f"{tenant.moods.get('seed', 0)}/{feed.feed_id}/{told}/{position.page}"
    return OutlookMood(tenant.moods, seed)
