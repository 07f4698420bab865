"""The columns of a list: which of them people fill, how one is made anew, and what of an item can be written.

Follows Microsoft's pages "columnDefinition resource type" and "Create a new item in a list".
"""

import json
from collections.abc import Callable
from typing import Any

from backups.connectors.microsoft365.records import digest
from backups.connectors.restoring import Less

LOOKUP_ID = "LookupId"
_TITLE = "Title"
# What SharePoint does with an item by itself, though it does not say so of every column.
_ITS_OWN = frozenset({"ContentType", "Attachments", "ID", "Edit", "DocIcon", "LinkTitle", "LinkTitleNoMenu"})
_TYPES = (
    "boolean", "choice", "currency", "dateTime", "geolocation", "hyperlinkOrPicture", "lookup", "number",
    "personOrGroup", "text", "thumbnail",
)  # fmt: skip
_KEPT = ("name", "displayName", "description", "defaultValue", "hidden", "indexed", "enforceUniqueValues", "required")
# Returns what a number in a column of people or of another list is now, or None.
Resolve = Callable[[dict[str, Any], int], int | None]


def own_columns(record: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the columns of a list that people fill, by their names."""
    listed = record.get("columns")
    found = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return {str(one.get("name")): one for one in found if _is_filled_by_people(one)}


def points_elsewhere(column: dict[str, Any]) -> bool:
    """Return whether a column holds numbers of people or of items of a list."""
    return isinstance(column.get("lookup"), dict) or isinstance(column.get("personOrGroup"), dict)


def looked_up(column: dict[str, Any]) -> str:
    """Return the id of the list that a column points to, "" for another column."""
    facet = column.get("lookup")
    value = facet.get("listId") if isinstance(facet, dict) else ""
    return value if isinstance(value, str) else ""


def to_make(columns: dict[str, dict[str, Any]], lists: dict[str, str]) -> list[dict[str, Any]]:
    """Return the columns of a list that is made anew; ``lists`` are the ids of the lists they point to, by the old
    ones. A column that points to none of them is left out.
    """
    made = []
    for name, column in columns.items():
        facets = {facet: column[facet] for facet in _TYPES if isinstance(column.get(facet), dict)}
        if name == _TITLE or not facets or (looked_up(column) and looked_up(column) not in lists):
            continue
        if looked_up(column):
            facets["lookup"] = column["lookup"] | {"listId": lists[looked_up(column)]}
        made.append({key: column[key] for key in _KEPT if column.get(key) is not None} | facets)
    return made


def mark_in(columns: dict[str, dict[str, Any]], fields: dict[str, Any]) -> str:
    """Return a word that is the same for items with the same values, numbers of people and other lists left out."""
    plain = {name for name, column in columns.items() if not points_elsewhere(column)}
    return digest({name: _plain(fields[name]) for name in sorted(plain & fields.keys()) if fields[name] is not None})


def values_of(
    fields: dict[str, Any], columns: dict[str, dict[str, Any]], there: dict[str, dict[str, Any]], resolve: Resolve
) -> tuple[dict[str, Any], set[Less]]:
    """Return what is written of an item's ``fields``, and what is lost.

    ``columns`` are those its list had, ``there`` those of the list it goes into.
    """
    written, less = {}, {Less.COLUMNS}
    for name, column in columns.items():
        value = fields.get(name + LOOKUP_ID, fields.get(name)) if points_elsewhere(column) else fields.get(name)
        if value is None or value == []:
            continue
        if name not in there:
            less.add(Less.COLUMNS_GONE)
        elif points_elsewhere(column):
            less |= _point(written, name, column, value, resolve)
        elif isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict) for one in value)):
            less.add(Less.VALUES)
        else:
            if isinstance(value, list):
                written[f"{name}@odata.type"] = "Collection(Edm.String)"
            written[name] = value
    if fields.get("Attachments") is True:
        less.add(Less.ATTACHMENTS)
    return written, less


def holds(fields: dict[str, Any], written: dict[str, Any]) -> bool:
    """Return whether an item has all the values that were written."""
    return all(
        _plain(fields.get(name)) == _plain(value) for name, value in written.items() if not name.endswith("@odata.type")
    )


def _point(written: dict, name: str, column: dict[str, Any], value: Any, resolve: Resolve) -> set[Less]:
    many = value if isinstance(value, list) else [value]
    numbers = [_number(one.get(LOOKUP_ID) if isinstance(one, dict) else one) for one in many]
    found = [resolve(column, number) for number in numbers if number is not None]
    kept = [number for number in found if number is not None]
    if isinstance(value, list) and kept:
        written[f"{name}{LOOKUP_ID}@odata.type"] = "Collection(Edm.Int32)"
        written[name + LOOKUP_ID] = kept
    elif kept:
        written[name + LOOKUP_ID] = str(kept[0])
    return {Less.LOOKUPS} if len(kept) < len(many) else set()


def _is_filled_by_people(column: dict[str, Any]) -> bool:
    name = column.get("name")
    if not isinstance(name, str) or not name or name.startswith("_") or name in _ITS_OWN:
        return False
    return column.get("readOnly") is not True and not isinstance(column.get("calculated"), dict)


def _number(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.isdecimal() and len(text) < 12 else None


def _plain(value: Any) -> str:
    """Return a value as text; SharePoint writes 3 as 3.0."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, sort_keys=True)
