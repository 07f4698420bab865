"""Lists that come in pages: `$select`, `$filter`, `$top`, `$count`, `$search` of sites, `@odata.nextLink`."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db.models import QuerySet

from simulators.microsoft365.graph import links
from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.filtering import Field, Filter
from simulators.microsoft365.graph.selecting import Shape

HIGHEST_TOP = 999
_KNOWN_TO_ODATA = ("$expand", "$orderby", "$search", "$skip", "$apply", "$compute", "$format", "$levels")


class NotSimulated(GraphError):
    """Graph would know this; the simulator does not. It goes into the log of unknown calls."""

    def __init__(self, what: str) -> None:
        super().__init__(501, "NotImplemented", f"{what} is not simulated. The call is in the log of unknown calls.")


@dataclass(frozen=True)
class Listing:
    """How one collection is listed."""

    shape: Shape
    context: str
    filters: dict[str, Field] = field(default_factory=dict)
    default_top: int = 100
    highest_top: int = HIGHEST_TOP
    # Directory counts only for those who say that an eventual answer will do.
    counts_need_consistency: bool = True

    def answer(self, call: Call, rows: QuerySet, *, show: Callable | None = None, extra=()) -> Answer:
        """Return one page of ``rows``. ``show`` turns a row and the chosen names into an object."""
        refuse_unknown_options(call, {"$select", "$top", "$filter", "$count", "$skiptoken", *extra})
        chosen = self.shape.chosen(call.query.get("$select"))
        top = top_of(call, self.default_top, self.highest_top)
        if call.query.get("$filter"):
            rows = rows.filter(Filter(call.query["$filter"], self.filters).query())
        if call.tenant.is_empty:
            rows = rows.none()
        body = {"@odata.context": links.context(_context(self.context, call.query.get("$select"), chosen))}
        if self._counts(call):
            body["@odata.count"] = rows.count()
        after = position_of(call)
        rows = rows.filter(pk__gt=after) if after else rows
        page = list(rows.order_by("pk")[: top + 1])
        if len(page) > top:
            body["@odata.nextLink"] = next_link(call, page[top - 1].pk)
        show = show or self.shape.show
        body["value"] = [show(row, chosen) for row in page[:top]]
        return Answer(body)

    def _counts(self, call: Call) -> bool:
        wanted = call.query.get("$count", "").lower() == "true"
        eventual = call.headers.get("consistencylevel", "").lower() == "eventual"
        return wanted and (eventual or not self.counts_need_consistency)


def top_of(call: Call, default: int, highest: int) -> int:
    """Return how many entries a page holds. Raises `GraphError`."""
    text = call.query.get("$top")
    if text is None:
        return default
    if not text.isdecimal() or not 1 <= int(text) <= highest:
        message = f"Invalid page size specified: '{text}'. Must be between 1 and {highest} inclusive."
        raise GraphError(400, "Request_UnsupportedQuery", message)
    return int(text)


def next_link(call: Call, last: object) -> str:
    """Return the address of the page that begins after ``last``."""
    options = {name: value for name, value in call.query.items() if name != "$skiptoken"}
    token = links.pack({"path": call.path.lower(), "after": str(last)})
    return links.address(call.path, options | {"$skiptoken": token})


def position_of(call: Call) -> str | None:
    """Return after which entry the page begins, or None for the first. Raises `GraphError`."""
    token = call.query.get("$skiptoken")
    if token is None:
        return None
    try:
        value = links.unpack(token)
    except links.BadLinkToken as problem:
        raise GraphError(400, "Directory_ExpiredPageToken", "The specified page token value is not valid.") from problem
    if value.get("path") != call.path.lower():
        raise GraphError(400, "Directory_ExpiredPageToken", "The specified page token belongs to another list.")
    return value["after"]


def refuse_unknown_options(call: Call, allowed: set[str]) -> None:
    """Raise unless every query option is in ``allowed``: 501 for what Graph knows, 400 for what it does not."""
    for name in call.query:
        if name in allowed:
            continue
        if name.lower() in _KNOWN_TO_ODATA:
            raise NotSimulated(f"{name} at {call.path}")
        if name.startswith("$"):
            raise GraphError(400, "BadRequest", f"The query parameter '{name}' is not supported.")


def single(call: Call, shape: Shape, row, context: str, *, show: Callable | None = None) -> Answer:
    """Return one object."""
    refuse_unknown_options(call, {"$select"})
    chosen = shape.chosen(call.query.get("$select"))
    where = _context(context, call.query.get("$select"), chosen)
    return Answer({"@odata.context": links.context(f"{where}/$entity")} | (show or shape.show)(row, chosen))


def _context(base: str, select: str | None, chosen: tuple[str, ...]) -> str:
    return f"{base}({','.join(chosen)})" if select else base
