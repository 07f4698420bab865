"""The columns and content types of lists and libraries."""

from uuid import UUID

from simulators.microsoft365.ids import derived_id

ITEM_TYPE, DOCUMENT_TYPE, FOLDER_TYPE = "0x01", "0x0101", "0x0120"
_NAMES = {ITEM_TYPE: "Item", DOCUMENT_TYPE: "Document", FOLDER_TYPE: "Folder"}
# What every list has; most of it SharePoint fills in by itself.
_BUILT_IN = (
    {"name": "Title", "displayName": "Title", "text": {"allowMultipleLines": False, "maxLength": 255}},
    {"name": "ID", "displayName": "ID", "readOnly": True, "number": {"decimalPlaces": "none"}},
    {"name": "ContentType", "displayName": "Content Type", "text": {"allowMultipleLines": False}},
    {"name": "Modified", "displayName": "Modified", "readOnly": True, "dateTime": {"format": "dateTime"}},
    {"name": "Created", "displayName": "Created", "readOnly": True, "dateTime": {"format": "dateTime"}},
    {
        "name": "Author",
        "displayName": "Created By",
        "readOnly": True,
        "personOrGroup": {"chooseFromType": "peopleOnly"},
    },
    {
        "name": "Editor",
        "displayName": "Modified By",
        "readOnly": True,
        "personOrGroup": {"chooseFromType": "peopleOnly"},
    },
    {"name": "Attachments", "displayName": "Attachments", "boolean": {}},
)
_COMMON = {
    "columnGroup": "Custom Columns",
    "description": "",
    "enforceUniqueValues": False,
    "hidden": False,
    "indexed": False,
    "readOnly": False,
    "required": False,
}


def columns_of(list_id: UUID, own: list[dict]) -> list[dict]:
    """Return every column of a list: the built-in ones and those somebody added."""
    return [_COMMON | {"id": str(derived_id(list_id, "column", one["name"]))} | one for one in (*_BUILT_IN, *own)]


def content_types_of(list_id: UUID, *, is_library: bool) -> list[dict]:
    """Return the content types of a list."""
    return [
        {
            "id": content_type_id(list_id, kind),
            "description": "",
            "group": "List Content Types",
            "hidden": False,
            "isBuiltIn": False,
            "name": _NAMES[kind],
            "order": {"default": kind != FOLDER_TYPE, "position": position},
            "parentId": kind,
            "readOnly": False,
            "sealed": False,
        }
        for position, kind in enumerate((DOCUMENT_TYPE, FOLDER_TYPE) if is_library else (ITEM_TYPE, FOLDER_TYPE))
    ]


def content_type_id(list_id: UUID, kind: str) -> str:
    """Return the id a list gives to its own kind of a content type."""
    return f"{kind}00{derived_id(list_id, kind).hex.upper()}"
