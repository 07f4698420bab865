"""Every call of drives, lists and pages that is simulated: method, path, who may, what it costs."""

from simulators.microsoft365.drives.graph import drives, items, roles, sharing
from simulators.microsoft365.drives.graph.drive_feed import drive_delta
from simulators.microsoft365.graph.routing import Route
from simulators.microsoft365.throttle.prices import SHAREPOINT, Price

# "Get item, delta with token, download 1; list, delta without token, create, update, delete, upload 2; permissions 5."
_ONE, _LIST, _WRITE, _PERMISSIONS = (Price(SHAREPOINT, units) for units in (1, 2, 2, 5))
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
ROUTES = tuple(Route(*line) for line in _DRIVES)
