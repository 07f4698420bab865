"""Lists, libraries, items and pages that a client makes and changes."""

from datetime import datetime

from simulators.microsoft365.drives.generator.authors import Author, signed
from simulators.microsoft365.drives.graph.finding import found_web
from simulators.microsoft365.drives.graph.list_shape import LIST, AnyList, ListItemShower, show_list
from simulators.microsoft365.drives.graph.lists import answer_list_item, found_any_list, found_item, found_list
from simulators.microsoft365.drives.graph.pages import SITE_PAGE, found_page
from simulators.microsoft365.drives.graph.schema import columns_of
from simulators.microsoft365.drives.graph.writing import app_of
from simulators.microsoft365.drives.models import Drive, Node, Page, SiteList, Web
from simulators.microsoft365.drives.mutations.book import free_id
from simulators.microsoft365.drives.mutations.items import change_fields, enter_item, remove_item
from simulators.microsoft365.graph import links
from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.listing import single
from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.mutations.ledger import writing

_LIBRARY = "documentLibrary"
_TEMPLATES = (_LIBRARY, "genericList", "tasks", "contacts", "links", "announcements", "events", "survey")
# What one may set although nobody added a column of that name.
_ALWAYS = frozenset({"Title", "ContentType"})
_LOOKUP = "LookupId"


def create_list(call: Call, site: str) -> Answer:
    """Make a list with columns, or a library."""
    body = call.json()
    name, columns = body.get("displayName"), body.get("columns") or []
    template = (body.get("list") or {}).get("template", "genericList")
    if not isinstance(name, str) or not name or template not in _TEMPLATES:
        raise GraphError(400, "invalidRequest", "A list needs a displayName, and a template that is known.")
    if not all(isinstance(column, dict) and column.get("name") for column in columns):
        raise GraphError(400, "invalidRequest", "A column needs a name.")
    with writing(call.tenant.id) as ledger:
        web = found_web(call, site)
        if _has_list(web, name):
            raise GraphError(409, "nameAlreadyExists", "A list of this name exists already.")
        make = _new_library if template == _LIBRARY else _new_list
        made = make(web, body, ledger.now.replace(microsecond=0), app_of(call.tenant, call.client_id))
    answer = single(call, LIST, AnyList(made), "lists", show=lambda one, chosen: show_list(one, chosen, {}))
    answer.status = 201
    return answer


def create_list_item(call: Call, site: str, site_list: str) -> Answer:
    """Add an item to a list."""
    with writing(call.tenant.id) as ledger:
        found = found_list(found_web(call, site), site_list)
        item = enter_item(ledger, found, _fields(found, call.json().get("fields") or {}))
        item.site_list = found
        return answer_list_item(call, item, 201, expand="fields")


def update_fields(call: Call, site: str, site_list: str, item: str) -> Answer:
    """Set fields of an item."""
    with writing(call.tenant.id) as ledger:
        found = found_list(found_web(call, site), site_list)
        row = found_item(found, item)
        change_fields(ledger, found, row, _fields(found, call.json()))
        context = links.context("sites('site')/lists('list')/items('item')/fields/$entity")
        return Answer({"@odata.context": context} | ListItemShower(found).fields(row))


def delete_list_item(call: Call, site: str, site_list: str, item: str) -> Answer:
    """Delete an item."""
    with writing(call.tenant.id) as ledger:
        found = found_list(found_web(call, site), site_list)
        remove_item(ledger, found, found_item(found, item))
    return Answer(None, 204)


def create_page(call: Call, site: str) -> Answer:
    """Make a page, a draft in Graph's eyes, which the simulator shows at once."""
    body = call.json()
    if body.get("@odata.type") != "#microsoft.graph.sitePage" or not body.get("name") or not body.get("title"):
        raise GraphError(400, "invalidRequest", "A page needs '@odata.type' sitePage, a name and a title.")
    with writing(call.tenant.id) as ledger:
        web, now = found_web(call, site), ledger.now.replace(microsecond=0)
        if Page.objects.filter(web=web, name__iexact=body["name"]).exists():
            raise GraphError(409, "nameAlreadyExists", "A page of this name exists already.")
        page = Page.objects.create(
            id=free_id(Page, web.id, "posted page", body["name"]),
            web=web,
            name=body["name"],
            title=body["title"],
            promotion=body.get("promotionKind", "page"),
            canvas=body.get("canvasLayout") or {},
            created_at=now,
            modified_at=now,
            **signed(app_of(call.tenant, call.client_id)),
        )
    answer = single(call, SITE_PAGE, page, "pages/microsoft.graph.sitePage")
    answer.status = 201
    return answer


def update_page(call: Call, site: str, page: str) -> Answer:
    """Change the title of a page, or what stands on it."""
    body = call.json()
    with writing(call.tenant.id) as ledger:
        found = found_page(call, site, page)
        found.title = body.get("title", found.title)
        found.canvas = body.get("canvasLayout", found.canvas)
        found.revision, found.modified_at = found.revision + 1, ledger.now.replace(microsecond=0)
        found.save()
    return single(call, SITE_PAGE, found, "pages/microsoft.graph.sitePage")


def publish_page(call: Call, site: str, page: str) -> Answer:
    """Let everybody see a page as it is."""
    found_page(call, site, page)
    return Answer(None, 204)


def delete_page(call: Call, site: str, page: str) -> Answer:
    """Put a page into the bin, which nobody can look into here."""
    with writing(call.tenant.id):
        found_page(call, site, page).delete()
    return Answer(None, 204)


def _new_list(web: Web, body: dict, now: datetime, author: Author) -> SiteList:
    name = body["displayName"]
    return SiteList.objects.create(
        id=free_id(SiteList, web.id, "new list", name),
        tenant=web.tenant,
        web=web,
        name=name.replace(" ", ""),
        display_name=name,
        description=body.get("description", ""),
        template=(body.get("list") or {}).get("template", "genericList"),
        columns=[{"displayName": column["name"]} | column for column in body.get("columns") or []],
        created_at=now,
        modified_at=now,
    )


def _new_library(web: Web, body: dict, now: datetime, author: Author) -> Drive:
    name, identity = body["displayName"], free_id(Drive, web.id, "new library", body["displayName"])
    moments = ("created_at", "modified_at")
    drive = Drive.objects.create(
        id=identity,
        tenant=web.tenant,
        web=web,
        name=name,
        folder=name,
        root_id=derived_id(identity, "root"),
        **dict.fromkeys(moments, now),
    )
    files = ("file_created_at", "file_modified_at", "written_at")
    Node.objects.create(
        id=drive.root_id,
        drive=drive,
        kind=Node.Kind.ROOT,
        name="root",
        **dict.fromkeys((*moments, *files), now),
        **signed(author),
    )
    return drive


def _fields(site_list: SiteList, fields: object) -> dict:
    """Return the fields a client sets. Raises `GraphError` for a column there is not, or that nobody may set."""
    if not isinstance(fields, dict):
        raise GraphError(400, "invalidRequest", "fields is an object.")
    columns = {column["name"]: column for column in columns_of(site_list.id, site_list.columns)}
    for name in fields:
        column = columns.get(name.removesuffix(_LOOKUP))
        # What type a value is, stands beside it: ``Colours@odata.type``.
        if name in _ALWAYS or "@" in name:
            continue
        if column is None or name.endswith(_LOOKUP) != bool({"lookup", "personOrGroup"} & set(column)):
            raise GraphError(400, "invalidRequest", f"Field '{name}' is not recognized")
        if column["readOnly"]:
            raise GraphError(400, "invalidRequest", f"Field '{name}' is read-only")
    return {name: value for name, value in fields.items() if "@" not in name}


def _has_list(web: Web, name: str) -> bool:
    try:
        return bool(found_any_list(web, name))
    except GraphError:
        return False
