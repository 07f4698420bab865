"""`$expand` with what stands in its brackets."""

import re

from simulators.microsoft365.graph.calls import GraphError

_TERM = re.compile(r"\s*([\w./]+)\s*(?:\((.*)\))?\s*", re.DOTALL)


def expansions(text: str | None) -> dict[str, dict[str, str]]:
    """Return what shall be expanded, each with its own options. Raises `GraphError`."""
    found = {}
    for term in _split(text or "", ","):
        match = _TERM.fullmatch(term)
        if match is None:
            raise GraphError(400, "BadRequest", "Parsing OData Select and Expand failed.")
        options = {}
        for option in _split(match.group(2) or "", ";"):
            name, _, value = option.partition("=")
            options["$" + name.strip().lstrip("$").lower()] = value.strip()
        found[match.group(1)] = options
    return found


def refuse_other_expansions(wanted: dict, allowed: set[str], type_name: str) -> None:
    """Raise unless everything that shall be expanded is in ``allowed``."""
    for name in wanted:
        if name not in allowed:
            message = f"Parsing OData Select and Expand failed: Could not find a property named '{name}' on type "
            raise GraphError(400, "BadRequest", f"{message}'microsoft.graph.{type_name}'.")


def _split(text: str, mark: str) -> list[str]:
    """Split at marks that stand in no brackets and no quotes."""
    parts, depth, quoted, begin = [], 0, False, 0
    for index, letter in enumerate(text):
        quoted ^= letter == "'"
        if not quoted:
            depth += {"(": 1, ")": -1}.get(letter, 0)
            if letter == mark and depth == 0:
                parts.append(text[begin:index])
                begin = index + 1
    return [part for part in (*parts, text[begin:]) if part.strip()]
