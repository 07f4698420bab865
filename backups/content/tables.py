"""A list of a site as a CSV file: a row an item, a column for what people see of it."""

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

from accounts.cells import safe_cell

# What SharePoint notes of every item, besides the columns of its list.
_OF_ALL = ("id", "createdDateTime", "lastModifiedDateTime")
_REST = "Other values"


class Table:
    """The columns of one list, and its rows one by one. Every cell is safe to open in a spreadsheet."""

    def __init__(self, columns: Iterable[Any]) -> None:
        """Take the column definitions of the list's own record; without any, all values share one column."""
        shown: dict[str, str] = {}
        for one in columns:
            if isinstance(one, dict) and isinstance(one.get("name"), str) and not one.get("hidden"):
                shown.setdefault(one["name"], str(one.get("displayName") or one["name"]))
        self.columns = shown

    def head(self) -> bytes:
        """Return the first line, after the mark by which spreadsheets know UTF-8."""
        return "\ufeff".encode() + csv_line(["Id", "Created", "Modified", "By", *self.columns.values(), _REST])

    def row(self, record: dict[str, Any]) -> bytes:
        """Return the line of one item."""
        given = record.get("fields")
        fields = given if isinstance(given, dict) else {}
        rest = {name: value for name, value in fields.items() if name not in self.columns and not name.startswith("@")}
        cells = [record.get(name) for name in _OF_ALL] + [_author(record)]
        cells += [fields.get(name) for name in self.columns]
        return csv_line([*cells, rest or ""])


def csv_line(values: Iterable[Any]) -> bytes:
    """Return one line of a CSV file (RFC 4180) in which no cell is a formula."""
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\r\n").writerow([safe_cell(_plain(value)) for value in values])
    return line.getvalue().encode("utf-8", "replace")


def _plain(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value) if isinstance(value, bool) else value


def _author(record: dict[str, Any]) -> str:
    given = record.get("lastModifiedBy")
    person = given.get("user") if isinstance(given, dict) else None
    return str(person.get("displayName") or person.get("email") or "") if isinstance(person, dict) else ""
