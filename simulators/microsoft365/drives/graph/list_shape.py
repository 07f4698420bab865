"""The list and the listItem of Graph."""

import re
from dataclasses import dataclass
from uuid import UUID

from simulators.microsoft365.drives.graph.naming import drive_url, web_graph_id, web_url
from simulators.microsoft365.drives.graph.schema import ITEM_TYPE, columns_of, content_type_id, content_types_of
from simulators.microsoft365.drives.models import Drive, ListItem, SiteList, Web
from simulators.microsoft365.graph.calls import GraphError
from simulators.microsoft365.graph.dates import written
from simulators.microsoft365.graph.selecting import Shape

_EXPANDED = re.compile(r"(\w+)(?:\(\$?select=([\w,]+)\))?", re.IGNORECASE)


@dataclass(frozen=True)
class AnyList:
    """A list or a library, in what Graph shows of both."""

    row: SiteList | Drive

    @property
    def id(self) -> UUID:
        """The id of the list; of a library, the one behind its drive."""
        return self.row.id

    @property
    def is_library(self) -> bool:
        """Whether files lie in it."""
        return isinstance(self.row, Drive)

    @property
    def name(self) -> str:
        """The name in its address."""
        return self.row.folder if self.is_library else self.row.name

    @property
    def display_name(self) -> str:
        """The name that people see."""
        return self.row.name if self.is_library else self.row.display_name

    @property
    def info(self) -> dict:
        """The facet of lists."""
        template = ("mySiteDocumentLibrary" if self.row.is_personal else "documentLibrary") if self.is_library else ""
        hidden = self.row.is_system if self.is_library else self.row.is_hidden
        return {"contentTypesEnabled": False, "hidden": hidden, "template": template or self.row.template}

    @property
    def url(self) -> str:
        """Its address."""
        return drive_url(self.row) if self.is_library else f"{web_url(self.row.web)}/Lists/{self.row.name}"

    def columns(self) -> list[dict]:
        """Return its columns."""
        return columns_of(self.id, [] if self.is_library else self.row.columns)

    def content_types(self) -> list[dict]:
        """Return its content types."""
        return content_types_of(self.id, is_library=self.is_library)


LIST = Shape(
    "list",
    {
        "id": lambda one: str(one.id),
        "createdDateTime": lambda one: written(one.row.created_at),
        "description": lambda one: getattr(one.row, "description", ""),
        "displayName": lambda one: one.display_name,
        "eTag": lambda one: f'"{one.id},{getattr(one.row, "revision", 1)}"',
        "lastModifiedDateTime": lambda one: written(one.row.modified_at),
        "list": lambda one: one.info,
        "name": lambda one: one.name,
        "parentReference": lambda one: {"siteId": web_graph_id(one.row.web)},
        "sharepointIds": lambda one: sharepoint_ids(one.row.web, one.id),
        "system": lambda one: {} if one.row.is_system else None,
        "webUrl": lambda one: one.url,
    },
    default=(
        "id", "createdDateTime", "description", "displayName", "eTag", "lastModifiedDateTime", "list", "name",
        "parentReference", "webUrl",
    ),
    unmodelled=("createdBy", "lastModifiedBy"),
)  # fmt: skip
LIST_RELATIONS = {"columns": AnyList.columns, "contentTypes": AnyList.content_types}


def show_list(one: AnyList, chosen, expanded: dict[str, tuple]) -> dict:
    """Return a list with what is expanded; only those SharePoint keeps for itself have a system facet."""
    shown = LIST.show(one, chosen)
    if shown.get("system", "") is None:
        del shown["system"]
    return shown | {name: LIST_RELATIONS[name](one) for name in expanded}


LIST_ITEM = Shape(
    "listItem",
    {
        "id": lambda item: str(item.number),
        "contentType": lambda item: {"id": content_type_id(item.site_list_id, ITEM_TYPE), "name": "Item"},
        "createdBy": lambda item: {"user": {"id": str(item.author_id), "displayName": item.author_name}},
        "createdDateTime": lambda item: written(item.created_at),
        "eTag": lambda item: f'"{item.id},{item.revision}"',
        "lastModifiedBy": lambda item: {"user": {"id": str(item.editor_id), "displayName": item.editor_name}},
        "lastModifiedDateTime": lambda item: written(item.modified_at),
        "parentReference": lambda item: {
            "id": str(item.site_list_id),
            "siteId": web_graph_id(item.site_list.web),
        },
        "sharepointIds": lambda item: sharepoint_ids(item.site_list.web, item.site_list_id)
        | {"listItemId": str(item.number), "listItemUniqueId": str(item.id)},
        "webUrl": lambda item: f"{AnyList(item.site_list).url}/{item.number}_.000",
    },
    default=(
        "id", "contentType", "createdBy", "createdDateTime", "eTag", "lastModifiedBy", "lastModifiedDateTime",
        "parentReference", "webUrl",
    ),
    unmodelled=("deleted", "description", "name"),
)  # fmt: skip


class ListItemShower:
    """Shows the items of one list."""

    def __init__(self, site_list: SiteList) -> None:
        self.site_list = site_list
        self._numbers: dict[str, str] | None = None

    def show(self, item: ListItem, chosen, expanded: dict[str, tuple]) -> dict:
        """Return an item with its fields, if they are expanded."""
        item.site_list = self.site_list
        shown = LIST_ITEM.show(item, chosen)
        return shown | ({"fields": self.fields(item, expanded["fields"])} if "fields" in expanded else {})

    def fields(self, item: ListItem, only: tuple[str, ...] = ()) -> dict:
        """Return what stands in the columns of an item; columns without a value are not there."""
        known = {
            "id": str(item.number),
            "ContentType": "Item",
            "Modified": written(item.modified_at),
            "Created": written(item.created_at),
            "AuthorLookupId": self.numbers.get(item.author_name, "1"),
            "EditorLookupId": self.numbers.get(item.editor_name, "1"),
            "_UIVersionString": f"{item.revision}.0",
            "Attachments": False,
            "LinkTitle": item.fields.get("Title"),
        }
        whole = known | item.fields
        shown = {name: value for name, value in whole.items() if value is not None and (not only or name in only)}
        return {"@odata.etag": f'"{item.id},{item.revision}"'} | shown

    @property
    def numbers(self) -> dict[str, str]:
        """The numbers of people in the site's list of users, by their names."""
        if self._numbers is None:
            users = ListItem.objects.filter(site_list__web_id=self.site_list.web_id, site_list__template="userInfo")
            self._numbers = {item.fields.get("Title", ""): str(item.number) for item in users}
        return self._numbers


def expansions(text: str | None, known) -> dict[str, tuple]:
    """Return what `$expand` names, each with the names selected within. Raises `GraphError`."""
    by_lower, found = {name.lower(): name for name in known}, {}
    for name, inner in _EXPANDED.findall(text or ""):
        if name.lower() not in by_lower:
            raise GraphError(400, "BadRequest", f"Parsing OData Select and Expand failed: no relation '{name}'.")
        found[by_lower[name.lower()]] = tuple(inner.split(",")) if inner else ()
    return found


def sharepoint_ids(web: Web, list_id: UUID) -> dict:
    """Return the ids that SharePoint itself uses."""
    return {
        "listId": str(list_id),
        "siteId": str(web.site_id),
        "siteUrl": web_url(web),
        "tenantId": str(web.tenant_id),
        "webId": str(web.id),
    }
