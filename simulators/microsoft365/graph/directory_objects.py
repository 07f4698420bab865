"""Lists in which people and groups stand side by side, each with its own properties."""

from django.db.models import QuerySet

from simulators.microsoft365.graph import links
from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.group_shape import GROUP
from simulators.microsoft365.graph.listing import HIGHEST_TOP, next_link, position_of, refuse_unknown_options, top_of
from simulators.microsoft365.graph.selecting import Shape
from simulators.microsoft365.graph.user_shape import USER
from simulators.microsoft365.models import GroupMember

_SHAPES = (USER, GROUP)


def directory_objects(call: Call, memberships: QuerySet[GroupMember]) -> Answer:
    """Return one page of the members that ``memberships`` name, each of them once."""
    refuse_unknown_options(call, {"$select", "$top", "$count", "$skiptoken"})
    chosen = _chosen(call.query.get("$select"))
    top, after = top_of(call, 100, HIGHEST_TOP), position_of(call)
    ids = memberships.none() if call.tenant.is_empty else memberships
    ids = ids.values_list("member_id", flat=True).distinct().order_by("member_id")
    body = {"@odata.context": links.context("directoryObjects")}
    if call.query.get("$count", "").lower() == "true" and call.headers.get("consistencylevel", "") == "eventual":
        body["@odata.count"] = ids.count()
    page = list((ids.filter(member_id__gt=after) if after else ids)[: top + 1])
    if len(page) > top:
        body["@odata.nextLink"] = next_link(call, page[top - 1])
    shown = {}
    for rows, shape in ((call.tenant.people, USER), (call.tenant.groups, GROUP)):
        for row in rows.filter(pk__in=page[:top]):
            shown[row.pk] = {"@odata.type": f"#microsoft.graph.{shape.type_name}"} | shape.show(row, chosen[shape])
    return Answer(body | {"value": [shown[member_id] for member_id in page[:top] if member_id in shown]})


def _chosen(select: str | None) -> dict[Shape, tuple[str, ...]]:
    """Return what to show of each kind. A property of one kind alone is no mistake."""
    if select is None:
        return {shape: shape.default for shape in _SHAPES}
    chosen = {shape: [] for shape in _SHAPES}
    for name in filter(None, map(str.strip, select.split(","))):
        known = 0
        for shape in _SHAPES:
            try:
                chosen[shape] += shape.chosen(name)
                known += 1
            except GraphError as problem:
                refusal = problem
        if not known:
            raise refusal
    return {shape: tuple(names) for shape, names in chosen.items()}
