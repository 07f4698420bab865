"""Moments as Teams writes them, with milliseconds, and filters by them."""

import re
from datetime import UTC, datetime

from simulators.microsoft365.graph.calls import GraphError

_TERM = re.compile(r"lastModifiedDateTime\s+(gt|ge|lt|le)\s+(\S+)", re.IGNORECASE)


def moment(value: datetime | None) -> str | None:
    """Return a moment as ``2026-11-22T12:00:00.5Z``, or None."""
    if value is None:
        return None
    digits = f"{value.microsecond // 1000:03}".rstrip("0")
    return value.strftime("%Y-%m-%dT%H:%M:%S") + (f".{digits}" if digits else "") + "Z"


def conditions(text: str | None, field: str, allowed: tuple[str, ...]) -> dict[str, datetime]:
    """Return what a filter by lastModifiedDateTime means for ``field`` of our rows. Raises `GraphError` 400."""
    found = {}
    for term in re.split(r"\s+and\s+", text.strip(), flags=re.IGNORECASE) if text else ():
        match = _TERM.fullmatch(term.strip())
        if match is None or match.group(1).lower() not in allowed:
            raise GraphError(400, "BadRequest", f"Invalid filter clause: {text}")
        operator = match.group(1).lower()
        found[f"{field}__{ {'ge': 'gte', 'le': 'lte'}.get(operator, operator) }"] = parsed(match.group(2))
    return found


def parsed(text: object) -> datetime:
    """Return the moment a text says. Raises `GraphError` 400."""
    try:
        value = datetime.fromisoformat(text)
    except (TypeError, ValueError) as problem:
        raise GraphError(400, "BadRequest", f"'{text}' is no date.") from problem
    return value if value.tzinfo else value.replace(tzinfo=UTC)
