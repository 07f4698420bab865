"""What is kept of the JSON of an object, and the values people search by."""

import json
from collections.abc import Collection
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

from backups.connectors.microsoft365.texts import clean

LONGEST_TEXT = 400
MOST_PEOPLE = 20
# Different at every answer or after every touch, or an address that expires.
_PASSING = frozenset({"changeKey", "@microsoft.graph.downloadUrl"})
_PASSING_NOTES = ("@odata.etag", "@odata.context")


def kept(value: Any, without: Collection[str] = ()) -> Any:
    """Return JSON as it is kept: without versions, contexts and links, and without the properties ``without``."""
    if isinstance(value, dict):
        return {name: kept(inner) for name, inner in value.items() if name not in without and not _passes(name)}
    if isinstance(value, list):
        return [kept(inner) for inner in value]
    return value


def digest(value: Any) -> str:
    """Return a word that is the same for the same JSON, in whatever order its properties come."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=16).hexdigest()


def version_of(entry: dict[str, Any]) -> str:
    """Return the version of an Outlook object: its change key, the same in every kind of answer."""
    key = entry.get("changeKey")
    if isinstance(key, str) and key:
        return key
    etag = entry.get("@odata.etag")
    if isinstance(etag, str) and etag:
        return etag.removeprefix("W/").strip('"')
    return digest(kept(entry))


def text_in(value: Any) -> str:
    """Return a text in one line and not too long, "" for what is none."""
    return clean(value[: 4 * LONGEST_TEXT])[:LONGEST_TEXT] if isinstance(value, str) else ""


def moment_in(value: Any) -> str:
    """Return a moment as ISO 8601 in UTC, from Graph's text or from a date with its time zone; "" for what is none."""
    zone = "UTC"
    if isinstance(value, dict):
        zone, value = value.get("timeZone") or "UTC", value.get("dateTime")
    if not isinstance(value, str):
        return ""
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(zone) if zone != "UTC" else UTC)
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError, TypeError, OSError, KeyError):
        # No date, one at the end of time, or a time zone that only Windows knows by this name.
        return ""
    return moment.replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def person_in(value: Any) -> str:
    """Return somebody as ``Name <address>``, from a recipient, an attendee or an address."""
    if not isinstance(value, dict):
        return ""
    inner = value.get("emailAddress", value)
    if not isinstance(inner, dict):
        return ""
    name, address = text_in(inner.get("name")), text_in(inner.get("address"))
    return (f"{name} <{address}>" if name and address and name != address else name or address)[:LONGEST_TEXT]


def people_in(*lists: Any) -> list[str]:
    """Return the first people of several lists."""
    people = [person_in(one) for some in lists if isinstance(some, list) for one in some[:MOST_PEOPLE]]
    return list(filter(None, people))[:MOST_PEOPLE]


def texts_in(value: Any) -> list[str]:
    """Return the first texts of a list."""
    return list(filter(None, map(text_in, value[:MOST_PEOPLE]))) if isinstance(value, list) else []


def _passes(name: str) -> bool:
    is_link = "@odata." in name and name.endswith("Link")
    return is_link or name in _PASSING or name.endswith(_PASSING_NOTES)
