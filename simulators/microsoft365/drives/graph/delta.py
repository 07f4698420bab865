"""Delta queries of drives and lists: SharePoint's dialect.

The rules are those of Microsoft's pages "driveItem: delta" and "listItem: delta": one option `token` carries
everything; `latest` asks for a link from now on, a moment for what changed since then; an object stands in a round once
or more often, the last time counts; a link that was forgotten is answered with 410, a code that says what to do with
what one has, and the address to begin anew.
"""

import random
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from simulators.microsoft365.drives.models import Line
from simulators.microsoft365.graph import links
from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.listing import refuse_unknown_options
from simulators.microsoft365.graph.moods import Mood

LINKS_LIVE = timedelta(days=60)
_OPTIONS = {"token", "$select", "$top", "$expand"}
_DEFAULT_PAGE, _HIGHEST_PAGE = 200, 5000
_REPLAYED_AT_MOST = 20


class Feed:
    """What a feed tells of; a drive's and a list's say the rest."""

    # The row that owns the feed (its id, epoch and resync), its path, and whether options are understood.
    owner = None
    path = ""
    context = ""

    def chosen(self, select: str, expand: str) -> tuple[str, ...]:
        """Return what to show. Raises `GraphError`."""
        raise NotImplementedError

    def rows(self):
        """Every row, the gone ones too."""
        raise NotImplementedError

    def show(self, row, chosen: tuple[str, ...]) -> dict:
        """Show something that exists."""
        raise NotImplementedError

    def removal(self, row) -> dict:
        """Show that something is gone."""
        raise NotImplementedError

    def beside(self, rows: list) -> list:
        """Return the rows to tell of because ``rows`` changed, and those first."""
        return rows


@dataclass(frozen=True)
class Position:
    """Where a client stands in a feed. This is what a link's token holds."""

    feed: str
    epoch: int
    select: str
    expand: str
    # "skip" within a round, "delta" between two.
    kind: str
    # The round tells of the lines after `since`, up to `upto`. In a first round `since` is None.
    since: int | None
    upto: int
    # The last row (first round) or line (later ones) that was told.
    after: str
    # What was created after this line was never told before, so its end need not be told either.
    known_upto: int
    page: int
    issued_at: float


def delta(call: Call, feed: Feed) -> Answer:
    """Answer one request of a delta feed."""
    refuse_unknown_options(call, _OPTIONS)
    position = _position(call, feed)
    body = {"@odata.context": links.context(feed.context)}
    if position.kind == "latest":
        return Answer(body | {"value": []} | _link(call, feed, replace(position, kind="delta")))
    chosen = feed.chosen(position.select, position.expand)
    mood = _mood(call, feed, position.upto, position.page)
    if call.tenant.is_empty:
        entries, following = [], _between(position)
    elif mood.sends_an_empty_page:
        entries, following = [], replace(position, page=position.page + 1)
    else:
        told, after = _page(feed, position, mood.page_size(_page_size(call)))
        entries = mood.rearranged([feed.removal(row) if row.is_gone else feed.show(row, chosen) for row in told])
        following = _between(position) if after is None else replace(position, after=after, page=position.page + 1)
    return Answer(body | _link(call, feed, following) | {"value": entries})


def _page(feed: Feed, position: Position, size: int) -> tuple[list, str | None]:
    if position.since is None:
        rows = feed.rows().live().filter(created_seq__lte=position.upto).order_by("pk")
        page = list((rows.filter(pk__gt=position.after) if position.after else rows)[: size + 1])
        return page[:size], str(page[size - 1].pk) if len(page) > size else None
    lines = Line.objects.filter(feed_id=feed.owner.id).last_of_each(upto=position.upto)
    page = list(lines.filter(id__gt=int(position.after)).order_by("id")[: size + 1])
    rows = {row.pk: row for row in feed.rows().filter(pk__in=[line.object_id for line in page[:size]])}
    told = [rows[line.object_id] for line in page[:size] if line.object_id in rows]
    told = [row for row in told if not (row.is_gone and row.created_seq > position.known_upto)]
    return feed.beside(told), str(page[size - 1].id) if len(page) > size else None


def _position(call: Call, feed: Feed) -> Position:
    word = call.query.get("token", "")
    newest = Line.objects.filter(feed_id=feed.owner.id).newest_number()
    begin = Position(
        feed=str(feed.owner.id),
        epoch=feed.owner.epoch,
        select=call.query.get("$select", ""),
        expand=call.query.get("$expand", ""),
        kind="skip",
        since=None,
        upto=newest,
        after="",
        known_upto=newest,
        page=0,
        issued_at=call.now.timestamp(),
    )
    feed.chosen(begin.select, begin.expand)
    if word in ("", "latest"):
        return replace(begin, kind="latest") if word else begin
    moment = _moment(word)
    if moment is not None:
        before = Line.objects.filter(feed_id=feed.owner.id, at__lte=moment).newest_number()
        return replace(begin, since=before, after=str(before), known_upto=before)
    return _continued(call, feed, begin, _unpacked(word))


def _continued(call: Call, feed: Feed, begin: Position, position: Position) -> Position:
    if position.feed != begin.feed:
        raise GraphError(400, "invalidRequest", "The token of this link belongs to another call.")
    for name, own in (("$select", position.select), ("$expand", position.expand)):
        if name in call.query and call.query[name] != own:
            raise GraphError(400, "invalidRequest", "The token of this link belongs to other query options.")
    age = call.now.timestamp() - position.issued_at
    if position.epoch != begin.epoch or age > LINKS_LIVE.total_seconds():
        raise _gone(feed, position)
    position = replace(position, issued_at=begin.issued_at)
    if position.kind == "skip":
        return position
    since = _replayed(_mood(call, feed, begin.upto, 0), feed, position.upto)
    return replace(position, kind="skip", since=since, upto=begin.upto, after=str(since), page=0)


def _between(position: Position) -> Position:
    return replace(position, kind="delta", since=None, after="", known_upto=position.upto, page=0)


def _link(call: Call, feed: Feed, position: Position) -> dict:
    address = links.address(feed.path, {"token": links.pack(asdict(position))})
    return {"@odata.deltaLink" if position.kind == "delta" else "@odata.nextLink": address}


def _mood(call: Call, feed: Feed, upto: int, page: int) -> Mood:
    if not call.tenant.moods:
        return Mood({}, random.Random(0))  # noqa: S311
    told = Line.objects.filter(feed_id=feed.owner.id, id__lte=upto).count()
    return Mood(call.tenant.moods, random.Random(f"{call.tenant.moods.get('seed', 0)}/{feed.owner.id}/{told}/{page}"))  # noqa: S311


def _replayed(mood: Mood, feed: Feed, since: int) -> int:
    if mood.dice.random() >= mood.moods.get("replays", 0):
        return since
    old = Line.objects.filter(feed_id=feed.owner.id, id__lte=since).order_by("-id").values_list("id", flat=True)
    numbers = list(old[: mood.dice.randint(1, _REPLAYED_AT_MOST)])
    return numbers[-1] - 1 if numbers else since


def _moment(word: str) -> datetime | None:
    try:
        return datetime.fromisoformat(word) if word[:2] == "20" and "T" in word and ":" in word else None
    except ValueError as problem:
        raise GraphError(400, "invalidRequest", f"The token '{word}' is no moment.") from problem


def _unpacked(word: str) -> Position:
    try:
        return Position(**links.unpack(word))
    except (links.BadLinkToken, TypeError) as problem:
        raise GraphError(400, "invalidRequest", "The token of this link is not valid.") from problem


def _gone(feed: Feed, position: Position) -> GraphError:
    options = {"$select": position.select, "$expand": position.expand}
    restart = links.address(feed.path, {name: value for name, value in options.items() if value})
    return GraphError(410, feed.owner.resync, "Resync required. Begin anew at Location.", {"Location": restart})


def _page_size(call: Call) -> int:
    text = call.query.get("$top") or call.preference("odata.maxpagesize")
    if text is None:
        return _DEFAULT_PAGE
    if not text.isdecimal() or int(text) < 1:
        raise GraphError(400, "invalidRequest", f"Invalid page size specified: '{text}'.")
    return min(int(text), _HIGHEST_PAGE)
