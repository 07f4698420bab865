"""Extended properties: the few of MAPI that a backup asks for, and those a restore writes."""

import re

from simulators.microsoft365.graph.calls import GraphError
from simulators.microsoft365.graph.dates import written

SIZE, FLAGS, SENT, RECEIVED = "0xe08", "0xe07", "0x39", "0xe06"
_WANTED = re.compile(r"id\s+eq\s+'((?:[^']|'')*)'", re.IGNORECASE)
_TAG = re.compile(r"(\w+) 0x0*([0-9a-f]+)", re.IGNORECASE)
_READ_FLAG, _UNSENT_FLAG, _ATTACHMENT_FLAG = 1, 8, 16


def canonical(word: str) -> str:
    """Return the name of a property as Exchange spells it: ``Long 0x0E08`` comes back as ``Long 0xe08``."""
    match = _TAG.fullmatch(word.strip())
    return f"{match.group(1)} 0x{match.group(2).lower()}" if match else word.strip()


def wanted_properties(options: dict[str, str]) -> list[str]:
    """Return which properties an expansion asks for. Without a filter there is nothing to give. Raises `GraphError`."""
    names = [canonical(word.replace("''", "'")) for word in _WANTED.findall(options.get("$filter", ""))]
    if not names:
        message = "Expand query for extended properties needs a $filter with the ids of the properties."
        raise GraphError(400, "ErrorInvalidProperty", message)
    return names


def shown_properties(seen, names: list[str]) -> list[dict[str, str]]:
    """Return the properties a message or an event has among ``names``."""
    given = {one["id"]: one["value"] for one in seen.item.values.get("singleValueExtendedProperties", [])}
    found = []
    for name in names:
        value = given.get(name, _derived(seen, name.rpartition(" ")[2]))
        if value is not None:
            found.append({"id": name, "value": value})
    return found


def given_properties(body: dict) -> dict[str, str]:
    """Return the properties somebody sends, by their names. Raises `GraphError`."""
    found = {}
    for one in body.get("singleValueExtendedProperties") or []:
        if not isinstance(one, dict) or not all(isinstance(one.get(key), str) for key in ("id", "value")):
            raise GraphError(400, "ErrorInvalidProperty", "An extended property needs an id and a value, both texts.")
        found[canonical(one["id"])] = one["value"]
    return found


def merged(item, properties: dict[str, str]) -> list[dict[str, str]]:
    """Return the properties of an item once ``properties`` are set: the others stay as they are."""
    old = {one["id"]: one["value"] for one in item.values.get("singleValueExtendedProperties", [])}
    return [{"id": key, "value": value} for key, value in (old | properties).items()]


def _derived(seen, tag: str) -> str | None:
    if tag == SIZE and hasattr(seen, "letter"):
        return str(seen.letter.size)
    if tag == FLAGS and hasattr(seen, "letter"):
        item = seen.item
        flags = _READ_FLAG * item.is_read | _UNSENT_FLAG * item.is_draft | _ATTACHMENT_FLAG * bool(seen.letter.parts)
        return str(flags)
    if tag in (SENT, RECEIVED) and hasattr(seen, "letter"):
        return written(seen.letter.mail.sent_at if tag == SENT else seen.item.at)
    return None
