"""Every call of drives, lists and pages that is simulated: method, path, who may, what it costs."""

from simulators.microsoft365.drives.graph import drives, items, lists, pages, roles, sharing, webs
from simulators.microsoft365.drives.graph.drive_feed import drive_delta
from simulators.microsoft365.drives.graph.writing_routes import WRITING_ROUTES
from simulators.microsoft365.graph.routing import Route
from simulators.microsoft365.throttle.prices import SHAREPOINT, Price

# "Get item, delta with token, download 1; list, delta without token, create, update, delete, upload 2; permissions 5."
_ONE, _LIST, _PERMISSIONS = (Price(SHAREPOINT, units) for units in (1, 2, 5))
_DELTA = Price(SHAREPOINT, 2, with_token=1)
_DRIVE = "/drives/{drive}"
_ITEM = f"{_DRIVE}/items/{{item}}"
_DRIVES = (
    ("GET", "/groups/{group}/drive", drives.group_drive, roles.READ_FILES, _ONE),
    ("GET", "/sites/{site}/drive", drives.site_drive, roles.READ_FILES, _ONE),
    ("GET", "/sites/{site}/drives", drives.site_drive_list, roles.READ_FILES, _LIST),
    ("GET", _DRIVE, drives.drive_detail, roles.READ_FILES, _ONE),
    ("GET", f"{_DRIVE}/root", items.drive_root, roles.READ_ITEM, _ONE),
    ("GET", f"{_DRIVE}/root/delta", drive_delta, roles.READ_FILES, _DELTA),
    ("GET", f"{_DRIVE}/root/children", items.children, roles.READ_FILES, _LIST),
    ("GET", f"{_DRIVE}/root:/{{path}}", items.item_at_path, roles.READ_ITEM, _ONE),
    ("GET", _ITEM, items.item_detail, roles.READ_ITEM, _ONE),
    ("GET", f"{_ITEM}:/{{path}}", items.item_at_path, roles.READ_ITEM, _ONE),
    ("GET", f"{_ITEM}/children", items.children, roles.READ_FILES, _LIST),
    ("GET", f"{_ITEM}/content", items.item_content, roles.READ_FILES, _ONE),
    ("GET", f"{_ITEM}/versions", items.version_list, roles.READ_FILES, _LIST),
    ("GET", f"{_ITEM}/versions/{{version}}/content", items.version_content, roles.READ_FILES, _ONE),
    ("GET", f"{_ITEM}/permissions", sharing.permission_list, roles.READ_FILES, _PERMISSIONS),
)
_SITE = "/sites/{site}"
_A_LIST = f"{_SITE}/lists/{{site_list}}"
_PAGE = f"{_SITE}/pages/{{page}}"
_CAST = "microsoft.graph.sitePage"
_LISTS = (
    ("GET", f"{_SITE}/sites", webs.subsite_list, roles.READ_SITES, _LIST),
    ("GET", f"{_SITE}/lists", lists.list_list, roles.READ_SITES, _LIST),
    ("GET", _A_LIST, lists.list_detail, roles.READ_SITES, _ONE),
    ("GET", f"{_A_LIST}/columns", lists.column_list, roles.READ_SCHEMA, _LIST),
    ("GET", f"{_A_LIST}/contentTypes", lists.content_type_list, roles.READ_SCHEMA, _LIST),
    ("GET", f"{_A_LIST}/items", lists.list_item_list, roles.READ_SITES, _LIST),
    ("GET", f"{_A_LIST}/items/delta", lists.list_item_delta, roles.READ_SITES, _DELTA),
    ("GET", f"{_A_LIST}/items/{{item}}", lists.list_item_detail, roles.READ_LIST_ITEM, _ONE),
    ("GET", f"{_SITE}/pages", pages.page_list, roles.READ_SITES, _LIST),
    ("GET", f"{_SITE}/pages/{_CAST}", pages.site_page_list, roles.READ_SITES, _LIST),
    ("GET", _PAGE, pages.page_detail, roles.READ_SITES, _ONE),
    ("GET", f"{_PAGE}/{_CAST}", pages.site_page_detail, roles.READ_SITES, _ONE),
)
ROUTES = (*(Route(*line) for line in (*_DRIVES, *_LISTS)), *WRITING_ROUTES)
