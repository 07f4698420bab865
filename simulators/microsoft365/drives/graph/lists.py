"""Lists and their items: /sites/{id}/lists and below."""

from uuid import UUID

from simulators.microsoft365.drives.graph.delta import Feed, delta
from simulators.microsoft365.drives.graph.finding import found_web, not_found
from simulators.microsoft365.drives.graph.list_shape import (
    LIST,
    LIST_ITEM,
    LIST_RELATIONS,
    AnyList,
    ListItemShower,
    expansions,
    show_list,
)
from simulators.microsoft365.drives.graph.naming import web_graph_id
from simulators.microsoft365.drives.models import Drive, ListItem, SiteList, Web
from simulators.microsoft365.graph import links
from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.listing import Listing, NotSimulated, refuse_unknown_options, single

ITEMS = Listing(LIST_ITEM, "listItems", default_top=200, highest_top=5000, counts_need_consistency=False)
_OPTIONS = {"$select", "$expand"}


def list_list(call: Call, site: str) -> Answer:
    """The lists and libraries of a site; those of SharePoint itself only for who selects ``system``."""
    refuse_unknown_options(call, _OPTIONS)
    chosen = LIST.chosen(call.query.get("$select"))
    expanded = expansions(call.query.get("$expand"), LIST_RELATIONS)
    known = [] if call.tenant.is_empty else _lists(found_web(call, site))
    found = [one for one in known if "system" in chosen or not one.row.is_system]
    value = [show_list(one, chosen, expanded) for one in found]
    return Answer({"@odata.context": links.context(f"sites('{site}')/lists"), "value": value})


def list_detail(call: Call, site: str, site_list: str) -> Answer:
    """One list or library, by its id or its name."""
    refuse_unknown_options(call, _OPTIONS)
    expanded = expansions(call.query.pop("$expand", None), LIST_RELATIONS)
    found = found_any_list(found_web(call, site), site_list)
    return single(call, LIST, found, "lists", show=lambda one, chosen: show_list(one, chosen, expanded))


def column_list(call: Call, site: str, site_list: str) -> Answer:
    """The columns of a list."""
    return _plain(call, found_any_list(found_web(call, site), site_list).columns())


def content_type_list(call: Call, site: str, site_list: str) -> Answer:
    """The content types of a list."""
    return _plain(call, found_any_list(found_web(call, site), site_list).content_types())


def list_item_list(call: Call, site: str, site_list: str) -> Answer:
    """The items of a list."""
    found = found_list(found_web(call, site), site_list)
    expanded, shower = expansions(call.query.get("$expand"), ("fields",)), ListItemShower(found)
    rows = ListItem.objects.live().filter(site_list=found)
    return ITEMS.answer(call, rows, show=lambda item, chosen: shower.show(item, chosen, expanded), extra=["$expand"])


def list_item_detail(call: Call, site: str, site_list: str, item: str) -> Answer:
    """One item of a list, by its number."""
    found = found_list(found_web(call, site), site_list)
    return answer_list_item(call, found_item(found, item))


def answer_list_item(call: Call, item: ListItem, status: int = 200, *, expand: str = "") -> Answer:
    """Return one item as an answer."""
    expanded = expansions(call.query.pop("$expand", expand), ("fields",))
    shower = ListItemShower(item.site_list)
    answer = single(call, LIST_ITEM, item, "listItems", show=lambda one, chosen: shower.show(one, chosen, expanded))
    answer.status = status
    return answer


def found_any_list(web: Web, word: str) -> AnyList:
    """Return a list or library by its id or its name. Raises `GraphError` 404."""
    for one in _lists(web):
        if word.lower() in (str(one.id), one.name.lower(), one.display_name.lower()):
            return one
    raise not_found()


def found_list(web: Web, word: str) -> SiteList:
    """Return a list that is no library. Raises `GraphError`."""
    found = found_any_list(web, word)
    if found.is_library:
        raise NotSimulated("The items of a library as list items")
    return found.row


def found_item(site_list: SiteList, word: str) -> ListItem:
    """Return an item by its number. Raises `GraphError` 404."""
    items = ListItem.objects.live().filter(site_list=site_list)
    item = items.filter(number=int(word)).first() if word.isdecimal() and len(word) < 10 else None
    if item is None:
        raise not_found()
    item.site_list = site_list
    return item


class ListFeed(Feed):
    """The items of one list."""

    context = "Collection(listItem)"

    def __init__(self, site_list: SiteList) -> None:
        self.owner, self.shower = site_list, ListItemShower(site_list)
        self.path = f"/sites/{web_graph_id(site_list.web)}/lists/{site_list.id}/items/delta"

    def chosen(self, select: str, expand: str) -> tuple:
        return tuple(dict.fromkeys((*LIST_ITEM.chosen(select or None), "id"))), expansions(expand, ("fields",))

    def rows(self):
        return ListItem.objects.filter(site_list=self.owner)

    def show(self, row: ListItem, chosen: tuple) -> dict:
        return self.shower.show(row, *chosen)

    def removal(self, row: ListItem) -> dict:
        return {"id": str(row.number), "deleted": {"state": "deleted"}}


def list_item_delta(call: Call, site: str, site_list: str) -> Answer:
    """What changed in a list."""
    if "$filter" in call.query:
        raise GraphError(400, "invalidRequest", "$filter is not supported with delta.")
    return delta(call, ListFeed(found_list(found_web(call, site), site_list)))


def _lists(web: Web) -> list[AnyList]:
    rows = [*SiteList.objects.select_related("tenant").filter(web=web), *Drive.objects.filter(web=web)]
    for row in rows:
        row.web = web
    return [AnyList(row) for row in sorted(rows, key=_by_id)]


def _by_id(row: SiteList | Drive) -> UUID:
    return row.id


def _plain(call: Call, value: list[dict]) -> Answer:
    refuse_unknown_options(call, set())
    return Answer({"@odata.context": links.context(f"{call.path.strip('/')}"), "value": value})
