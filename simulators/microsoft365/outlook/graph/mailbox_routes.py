"""The calls of the mailbox import and export API."""

from simulators.microsoft365.outlook.graph import mailbox_api as api
from simulators.microsoft365.outlook.graph import permissions as may

_BOX = "/admin/exchange/mailboxes/{mailbox}"
_FOLDER = f"{_BOX}/folders/{{folder}}"
MAILBOXES = (
    ("GET", "/users/{user}/settings/exchange", api.exchange_settings, may.EXCHANGE_SETTINGS),
    ("GET", f"{_BOX}/folders", api.folder_list, may.READ_FOLDERS),
    ("GET", f"{_BOX}/folders/delta", api.folder_delta, may.READ_FOLDERS),
    ("GET", _FOLDER, api.folder_detail, may.READ_FOLDERS),
    ("GET", f"{_FOLDER}/items", api.item_list, may.READ_ITEMS),
    ("GET", f"{_FOLDER}/items/delta", api.item_delta, may.READ_ITEMS),
    ("GET", f"{_FOLDER}/items/{{item}}", api.item_detail, may.READ_ITEMS),
    ("POST", f"{_BOX}/exportItems", api.export_items, may.EXPORT_ITEMS),
    ("POST", f"{_BOX}/createImportSession", api.create_import_session, may.IMPORT_ITEMS),
)
