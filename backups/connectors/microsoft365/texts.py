"""Taking texts out of answers, so that nothing a tenant holds can break a row."""

import logging
from typing import Any

log = logging.getLogger(__name__)

_LONGEST_ID = 255
_CONTROLS = {code: " " for code in (*range(1, 32), 127)} | {0: None}


def text_of(entry: dict[str, Any], name: str) -> str | None:
    """Return a text as it can be stored, "" for null and for something that is no text, None where it is absent."""
    if name not in entry:
        return None
    value = entry[name]
    return clean(value) if isinstance(value, str) else ""


def clean(text: str) -> str:
    """Return ``text`` without NUL, which no column takes, without halves of characters, and in one line."""
    return text.translate(_CONTROLS).encode("utf-8", "ignore").decode().strip()


def id_of(entry: Any, what: str) -> str | None:
    """Return the id of an entry, or None (with a line in the log) where there is none to know it by."""
    value = entry.get("id") if isinstance(entry, dict) else None
    if isinstance(value, str) and value and len(value) <= _LONGEST_ID and clean(value) == value:
        return value
    log.warning("Microsoft 365 listed a %s without a usable id; it was left out.", what)
    return None
