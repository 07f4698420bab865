"""Lists of what stands in few rows, in pages."""

from collections.abc import Callable, Sequence

from simulators.microsoft365.graph import links
from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.listing import next_link, position_of, refuse_unknown_options

_ORDINARY = {"$top", "$skiptoken", "$count"}
HIGHEST_TOP = 50


def top_of(call: Call, default: int, highest: int) -> int:
    """Return how many entries a page of Teams holds. Raises `GraphError` 400."""
    text = call.query.get("$top")
    if text is None:
        return default
    if not text.isdecimal() or not 1 <= int(text) <= highest:
        raise GraphError(400, "BadRequest", f"The limit of '{highest}' for Top query has been exceeded.")
    return int(text)


def page_of(
    call: Call, context: str, rows: Sequence, show: Callable[[object], dict], *, options=(), default=100, highest=999
) -> Answer:  # fmt: skip
    """Return one page of ``rows``, which have an order that does not change."""
    refuse_unknown_options(call, {*_ORDINARY, *options})
    top, begin = top_of(call, default, highest), int(position_of(call) or 0)
    rows = [] if call.tenant.is_empty else rows
    body = {"@odata.context": links.context(context), "@odata.count": len(rows)}
    if begin + top < len(rows):
        body["@odata.nextLink"] = next_link(call, begin + top)
    return Answer(body | {"value": [show(row) for row in rows[begin : begin + top]]})


def expanded(call: Call, allowed: set[str]) -> set[str]:
    """Return what is to be expanded. Raises `GraphError` 400 for what cannot be."""
    wanted = {name.strip() for name in call.query.get("$expand", "").split(",") if name.strip()}
    if wanted - allowed:
        name = sorted(wanted - allowed)[0]
        raise GraphError(400, "BadRequest", f"Parsing OData Select and Expand failed: '{name}' cannot be expanded.")
    return wanted
