"""The calls of drives, lists and pages that write: method, path, who may."""

from simulators.microsoft365.drives.graph import filing, inviting, list_writing, roles, uploads
from simulators.microsoft365.graph.routing import Route
from simulators.microsoft365.throttle.prices import SHAREPOINT, Price

_WRITE, _PERMISSIONS = Price(SHAREPOINT, 2), Price(SHAREPOINT, 5)
_DRIVE = "/drives/{drive}"
_ITEM = f"{_DRIVE}/items/{{item}}"
_A_LIST = "/sites/{site}/lists/{site_list}"
_CAST = "microsoft.graph.sitePage"
_WRITING = (
    ("POST", f"{_DRIVE}/root/children", filing.create_folder, roles.WRITE_FILES),
    ("POST", f"{_ITEM}/children", filing.create_folder, roles.WRITE_FILES),
    ("PUT", f"{_ITEM}/content", filing.put_content, roles.WRITE_FILES),
    ("PUT", f"{_ITEM}:/{{path}}:/content", filing.put_new_content, roles.WRITE_FILES),
    ("PUT", f"{_DRIVE}/root:/{{path}}:/content", filing.put_new_content, roles.WRITE_FILES),
    ("POST", f"{_ITEM}/createUploadSession", uploads.create_upload_session, roles.UPLOAD),
    ("POST", f"{_ITEM}:/{{path}}:/createUploadSession", uploads.create_upload_session, roles.UPLOAD),
    ("POST", f"{_DRIVE}/root:/{{path}}:/createUploadSession", uploads.create_upload_session_at_path, roles.UPLOAD),
    ("PATCH", _ITEM, filing.update_item, roles.WRITE_FILES),
    ("DELETE", _ITEM, filing.delete_item, roles.WRITE_FILES),
    ("POST", "/sites/{site}/lists", list_writing.create_list, roles.CREATE_LISTS),
    ("POST", f"{_A_LIST}/items", list_writing.create_list_item, roles.WRITE_ITEMS),
    ("PATCH", f"{_A_LIST}/items/{{item}}/fields", list_writing.update_fields, roles.WRITE_ITEMS),
    ("DELETE", f"{_A_LIST}/items/{{item}}", list_writing.delete_list_item, roles.WRITE_ITEMS),
    ("POST", "/sites/{site}/pages", list_writing.create_page, roles.WRITE_ITEMS),
    ("PATCH", "/sites/{site}/pages/{page}", list_writing.update_page, roles.WRITE_ITEMS),
    ("DELETE", "/sites/{site}/pages/{page}", list_writing.delete_page, roles.WRITE_ITEMS),
    ("POST", f"/sites/{{site}}/pages/{{page}}/{_CAST}/publish", list_writing.publish_page, roles.WRITE_FILES),
)
_SHARING = (
    ("POST", f"{_ITEM}/invite", inviting.invite, roles.WRITE_FILES),
    ("POST", f"{_ITEM}/createLink", inviting.create_link, roles.WRITE_FILES),
    ("DELETE", f"{_ITEM}/permissions/{{permission}}", inviting.delete_permission, roles.WRITE_FILES),
)
WRITING_ROUTES = (*(Route(*line, _WRITE) for line in _WRITING), *(Route(*line, _PERMISSIONS) for line in _SHARING))
