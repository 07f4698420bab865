"""Cells of tables that people open in a spreadsheet."""

import re
from datetime import date, datetime

# What spreadsheets take for the beginning of a formula.
_FORMULA = re.compile(r"[\s\u00a0]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?\d{1,30}(?:[.,]\d{1,30})?")


def safe_cell(value: object) -> str:
    """Return a value as the text of a cell that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    text = str(value).replace("\0", "")
    if isinstance(value, str) and _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text
