"""Delta queries: a snapshot first, then what changed, page by page.

The rules are those of Microsoft's "Use delta query to track changes": links are opaque and carry the options of the
first call; a round ends with a delta link; what changes during a round appears again in the next one; a link of
another call or with other options is refused; one older than seven days is gone.
"""

from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from simulators.microsoft365.graph import links, moods
from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.feeds import Feed
from simulators.microsoft365.graph.listing import refuse_unknown_options
from simulators.microsoft365.models import Change
from simulators.microsoft365.mutations.ledger import sweep

LINKS_LIVE = timedelta(days=7)


@dataclass(frozen=True)
class Position:
    """Where a client stands in a feed. This is what a link's token holds."""

    scope: str
    tenant: str
    select: str
    # "skip" within a round, "delta" between two.
    kind: str
    # This round tells of the changes after `since`, up to `upto`. In a first round `since` is None.
    since: int | None
    upto: int
    # The last object (first round) or change (later ones) that was told, and the last member within a group.
    after: str
    member: str
    # What was created after this change was never told before, so its end need not be told either.
    known_upto: int
    page: int
    issued_at: float


def delta(call: Call, feed: Feed) -> Answer:
    """Answer one request of a delta feed."""
    _refuse_options(call, feed)
    sweep(call.tenant)
    size = _page_size(call, feed)
    position = _position(call, feed)
    body = {"@odata.context": links.context(feed.context)}
    if isinstance(position, str):
        return Answer(body | {"value": []} | _link(call, feed, _between(call, feed, _newest(call))))
    entries, following = _page(call, feed, position, size)
    answer = Answer(body | {"value": entries} | _link(call, feed, following))
    if feed.is_directory and call.preference("odata.maxpagesize"):
        answer.headers["Preference-Applied"] = f"odata.maxpagesize={size}"
    return answer


def _page(call: Call, feed: Feed, position: Position, size: int) -> tuple[list[dict], Position]:
    mood = moods.mood_of(call.tenant, feed.scope, position.upto, position.page)
    if call.tenant.is_empty:
        return [], _between(call, feed, position.upto)
    if mood.sends_an_empty_page:
        return [], replace(position, kind="skip", page=position.page + 1, issued_at=call.now.timestamp())
    chosen = feed.chosen(position.select or None)
    told = feed.tell(call.tenant, position, chosen, mood.page_size(size))
    entries = mood.rearranged(told.entries)
    if told.after is None:
        return entries, _between(call, feed, position.upto)
    following = replace(position, kind="skip", after=told.after, member=told.member, page=position.page + 1)
    return entries, replace(following, issued_at=call.now.timestamp())


def _position(call: Call, feed: Feed) -> Position | str:
    """Return where the request stands, or "latest" when it only wants a link."""
    given = [call.query[name] for name in feed.token_options if name in call.query]
    if not given or given == [""]:
        return _first_round(call, feed)
    if given == ["latest"]:
        return "latest"
    if len(given) > 1:
        raise GraphError(400, "Request_UnsupportedQuery", "Only one of the tokens may be given.")
    position = _unpacked(given[0])
    _refuse_other_scope(call, feed, position)
    if call.now.timestamp() - position.issued_at > LINKS_LIVE.total_seconds():
        raise _gone(feed, position)
    if position.kind == "delta":
        return _later_round(call, feed, position)
    return position


def _first_round(call: Call, feed: Feed) -> Position:
    newest = _newest(call)
    return replace(_between(call, feed, newest), kind="skip", since=None)


def _later_round(call: Call, feed: Feed, position: Position) -> Position:
    newest = _newest(call)
    mood = moods.mood_of(call.tenant, feed.scope, newest, 0)
    since = mood.replayed(call.tenant, feed.scope, position.upto)
    return replace(position, kind="skip", since=since, upto=newest, after=str(since), member="", page=0)


def _between(call: Call, feed: Feed, upto: int) -> Position:
    return Position(
        scope=feed.scope,
        tenant=str(call.tenant.id),
        select=_select(call),
        kind="delta",
        since=None,
        upto=upto,
        after="",
        member="",
        known_upto=upto,
        page=0,
        issued_at=call.now.timestamp(),
    )


def _select(call: Call) -> str:
    # Later requests of a round carry their options in the token alone.
    for name in ("$skiptoken", "$deltatoken", "token"):
        word = call.query.get(name, "")
        if word and word != "latest":
            return _unpacked(word).select
    return call.query.get("$select", "")


def _newest(call: Call) -> int:
    return Change.objects.filter(tenant=call.tenant).newest_number()


def _link(call: Call, feed: Feed, position: Position) -> dict:
    is_end = position.kind == "delta"
    option = feed.token_options[-1] if is_end else feed.token_options[0]
    address = links.address(feed.path, {option: links.pack(asdict(position))})
    return {"@odata.deltaLink" if is_end else "@odata.nextLink": address}


def _unpacked(word: str) -> Position:
    try:
        return Position(**links.unpack(word))
    except (links.BadLinkToken, TypeError) as problem:
        raise GraphError(400, "Request_BadRequest", "The token of this link is not valid.") from problem


def _refuse_other_scope(call: Call, feed: Feed, position: Position) -> None:
    if (position.scope, position.tenant) != (feed.scope, str(call.tenant.id)):
        raise GraphError(400, "Request_BadRequest", "The token of this link belongs to another call.")
    if "$select" in call.query and call.query["$select"] != position.select:
        raise GraphError(400, "Request_BadRequest", "The token of this link belongs to other query options.")


def _gone(feed: Feed, position: Position) -> GraphError:
    options = {"$select": position.select} if position.select else {}
    restart = links.address(feed.path, options | ({"$deltatoken": ""} if feed.is_directory else {}))
    message = "The token of this link has expired. Start again with a full synchronization."
    return GraphError(410, feed.gone_code, message, {"Location": restart})


def _refuse_options(call: Call, feed: Feed) -> None:
    if feed.is_directory:
        for name in ("$top", "$expand", "$orderby"):
            if name in call.query:
                message = f"The query parameter '{name}' is not supported in differential queries."
                raise GraphError(400, "Request_UnsupportedQuery", message)
    refuse_unknown_options(call, {"$select", *feed.token_options, *feed.extra_options})
    feed.chosen(call.query.get("$select"))


def _page_size(call: Call, feed: Feed) -> int:
    text = call.preference("odata.maxpagesize") if feed.is_directory else call.query.get("$top")
    if text is None:
        return feed.default_page
    if not text.isdecimal() or int(text) < 1:
        raise GraphError(400, "BadRequest", f"Invalid page size specified: '{text}'.")
    return min(int(text), feed.highest_page)
