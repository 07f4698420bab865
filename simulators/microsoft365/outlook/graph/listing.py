"""Lists of a mailbox: ten at a time unless asked otherwise, the next page by `$skip`."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db.models import QuerySet

from simulators.microsoft365.graph import links
from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.listing import refuse_unknown_options
from simulators.microsoft365.graph.selecting import Shape
from simulators.microsoft365.outlook.graph.expanding import expansions, refuse_other_expansions
from simulators.microsoft365.outlook.graph.filtering import Field, query_of
from simulators.microsoft365.outlook.graph.naming import applied

HIGHEST_TOP = 1000


@dataclass(frozen=True)
class OutlookList:
    """How one kind of things is listed."""

    shape: Shape
    filters: dict[str, Field] = field(default_factory=dict)
    # What `$orderby` may name, and the column behind it.
    orders: dict[str, str] = field(default_factory=dict)
    default_order: tuple[str, ...] = ("pk",)
    expands: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    default_top: int = 10

    def answer(self, call: Call, rows: QuerySet, context: str, show: Callable) -> Answer:
        """Return one page. ``show`` turns a row, the chosen names and the expansions into an object."""
        options = {"$select", "$top", "$skip", "$count", "$filter", "$orderby", *self.extra}
        refuse_unknown_options(call, options | ({"$expand"} if self.expands else set()))
        chosen = self.chosen(call.query.get("$select"))
        expanded = expansions(call.query.get("$expand"))
        refuse_other_expansions(expanded, set(self.expands), self.shape.type_name)
        top, skip = self._top(call), whole(call, "$skip", 0)
        rows = rows.none() if call.tenant.is_empty else rows
        if call.query.get("$filter"):
            rows = rows.filter(query_of(call.query["$filter"], self.filters))
        body = {"@odata.context": links.context(context)}
        if call.query.get("$count", "").lower() == "true":
            body["@odata.count"] = rows.count()
        page = list(rows.order_by(*self._order(call), "pk")[skip : skip + top + 1])
        body["value"] = [show(row, chosen, expanded) for row in page[:top]]
        if len(page) > top:
            following = call.query | {"$skip": str(skip + top)}
            body["@odata.nextLink"] = links.address(call.path.rstrip("/"), following)
        return applied(call, Answer(body))

    def chosen(self, select: str | None) -> tuple[str, ...]:
        """Return the properties to show; Exchange adds the id and the etag to whatever is selected."""
        names = tuple(name for name in self.shape.chosen(select) if name in self.shape.makers)
        return tuple(dict.fromkeys((*(("@odata.etag",) if "@odata.etag" in self.shape.makers else ()), "id", *names)))

    def _top(self, call: Call) -> int:
        wanted = call.preference("odata.maxpagesize") or ""
        top = whole(call, "$top", int(wanted) if wanted.isdecimal() and int(wanted) else self.default_top)
        if not 1 <= top <= HIGHEST_TOP:
            raise GraphError(400, "ErrorInvalidRequest", f"The value '{top}' for $top is out of range.")
        return top

    def _order(self, call: Call) -> tuple[str, ...]:
        text = call.query.get("$orderby")
        if not text:
            return self.default_order
        columns = []
        for term in text.split(","):
            name, _, direction = term.strip().partition(" ")
            column = self.orders.get(name)
            if column is None or direction.strip().lower() not in ("", "asc", "desc"):
                raise GraphError(400, "ErrorInvalidUrlQuery", f"The property '{name}' does not support sorting.")
            columns.append(("-" if direction.strip().lower() == "desc" else "") + column)
        return tuple(columns)


def whole(call: Call, name: str, default: int) -> int:
    """Return an option that is a whole number. Raises `GraphError`."""
    text = call.query.get(name)
    if text is None:
        return default
    if not text.isdecimal():
        raise GraphError(400, "ErrorInvalidRequest", f"Invalid value for {name}: '{text}'.")
    return int(text)


def one(call: Call, listing: OutlookList, context: str, show: Callable, row) -> Answer:
    """Return one object."""
    refuse_unknown_options(call, {"$select"} | ({"$expand"} if listing.expands else set()))
    expanded = expansions(call.query.get("$expand"))
    refuse_other_expansions(expanded, set(listing.expands), listing.shape.type_name)
    chosen = listing.chosen(call.query.get("$select"))
    body = {"@odata.context": links.context(f"{context}/$entity")} | show(row, chosen, expanded)
    return applied(call, Answer(body))
