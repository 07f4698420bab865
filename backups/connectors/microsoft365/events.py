"""An event with everything: the exceptions of a series, the days it does not take place, and what is attached.

Follows Microsoft's pages "event resource type", "Get event" and "List attachments". Dates stay as they are given, with
their time zones: a series that was turned into UTC would move by an hour when the clocks change.
"""

from collections.abc import Iterator
from typing import Any

from backups.connectors.base import NotThere
from backups.connectors.contract import Part, Upsert
from backups.connectors.microsoft365.exchange import Exchange, quoted
from backups.connectors.microsoft365.records import (
    digest,
    kept,
    moment_in,
    people_in,
    person_in,
    text_in,
    texts_in,
    version_of,
)

ATTACHMENT = "attachment:"
_ATTACHMENT_PROPERTIES = (
    "id,name,contentType,size,isInline,lastModifiedDateTime,microsoft.graph.fileAttachment/contentId"
)
_SERIES = "$select=id,exceptionOccurrences,cancelledOccurrences&$expand=exceptionOccurrences"
_EXCEPTIONS, _CANCELLED = "exceptionOccurrences", "cancelledOccurrences"


def event_told(remote_id: str, entry: dict[str, Any]) -> Upsert:
    """Return the event of an entry of a feed or list: its change key says all that is needed to know it changed."""
    return Upsert(remote_id, version_of(entry), kept(entry), _facts(entry), is_whole=False)


def whole_event(exchange: Exchange, remote_id: str, entry: dict[str, Any]) -> Upsert:
    """Return the event of which a look at it alone told ``entry``, with what only further calls tell.

    Where it changes between the calls, its tag is that of the first, so that the next pass reads it again.
    """
    record = kept(entry)
    if entry.get("type") == "seriesMaster":
        record |= _series(exchange, remote_id)
    exceptions = record.get(_EXCEPTIONS)
    parts: dict[str, Part] = {}
    for one in [record, *(exceptions if isinstance(exceptions, list) else [])]:
        for part in _attachments(exchange, one):
            # An exception may show what is attached to its series.
            parts.setdefault(part.name, part)
    return Upsert(remote_id, version_of(entry), record, _facts(entry), tuple(parts.values()))


def is_occurrence(entry: dict[str, Any]) -> bool:
    """Return whether an entry is one day of a series, which is kept with its master."""
    return bool(entry.get("seriesMasterId")) or entry.get("type") in ("occurrence", "exception")


def _series(exchange: Exchange, remote_id: str) -> dict[str, Any]:
    entry = exchange.get(f"events/{quoted(remote_id)}?{_SERIES}")
    exceptions = entry.get(_EXCEPTIONS)
    found = {_EXCEPTIONS: kept(exceptions), _CANCELLED: kept(entry.get(_CANCELLED))}
    link = entry.get(f"{_EXCEPTIONS}@odata.nextLink")
    if isinstance(link, str) and link and isinstance(exceptions, list):
        found[_EXCEPTIONS] += [kept(one) for page in exchange.pages("", link=link) for one in page["value"]]
    for one in found[_EXCEPTIONS] if isinstance(found[_EXCEPTIONS], list) else ():
        say_which_day(exchange, one)
    return found


def say_which_day(exchange: Exchange, exception: Any) -> None:
    """Write into a changed day which one it is, if it does not say so: nobody could change the same day again."""
    is_known = isinstance(exception, dict) and isinstance(exception.get("id"), str) and bool(exception["id"])
    if not is_known or exception.get("originalStart") or exception.get("occurrenceId"):
        return
    try:
        about = exchange.get(f"events/{quoted(exception['id'])}?$select=id,originalStart")
    except NotThere:
        # It is like the others again since the series was read; the next pass reads that.
        return
    if isinstance(about.get("originalStart"), str):
        exception["originalStart"] = about["originalStart"]


def _attachments(exchange: Exchange, record: dict[str, Any]) -> Iterator[Part]:
    """Yield the parts of an event or exception, and write into its record what is known of them."""
    if not isinstance(record, dict) or not isinstance(record.get("id"), str) or not _has_some(record):
        return
    # Their list goes into the record without the bytes: those would make one answer of all of them.
    path = f"events/{quoted(record['id'])}/attachments?$select={_ATTACHMENT_PROPERTIES}"
    record["attachments"] = []
    for entry in (entry for page in exchange.pages(path) for entry in page["value"]):
        about = kept(entry)
        record["attachments"].append(about)
        if _has_bytes(entry):
            size = entry.get("size")
            yield Part(
                f"{ATTACHMENT}{entry['id']}",
                digest(about),
                size if isinstance(size, int) and size >= 0 else None,
                {"event": record["id"]},
            )


def _has_bytes(entry: Any) -> bool:
    # A cloud link has none.
    is_known = isinstance(entry, dict) and isinstance(entry.get("id"), str) and bool(entry["id"])
    return is_known and not str(entry.get("@odata.type", "")).endswith("referenceAttachment")


def _has_some(record: dict[str, Any]) -> bool:
    # Pictures within the text do not count as attachments at Microsoft.
    body = record.get("body")
    text = body.get("content") if isinstance(body, dict) else None
    return record.get("hasAttachments") is True or (isinstance(text, str) and "cid:" in text)


def _facts(entry: dict[str, Any]) -> dict[str, Any]:
    location = entry.get("location")
    return {
        "name": text_in(entry.get("subject")),
        "modified_at": moment_in(entry.get("lastModifiedDateTime")),
        "created_at": moment_in(entry.get("createdDateTime")),
        "start": moment_in(entry.get("start")),
        "end": moment_in(entry.get("end")),
        "from": person_in(entry.get("organizer")),
        "to": people_in(entry.get("attendees")),
        "location": text_in(location.get("displayName")) if isinstance(location, dict) else "",
        "has_attachments": entry.get("hasAttachments") is True,
        "is_series": entry.get("type") == "seriesMaster",
        "is_cancelled": entry.get("isCancelled") is True,
        "categories": texts_in(entry.get("categories")),
    }
