"""What was attached to a kept event, as it is attached again.

An attached message, event or contact comes back as a file that Outlook opens: its bytes are what was kept of it.
"""

from collections.abc import Collection, Iterator
from functools import partial
from typing import Any

from backups.connectors.microsoft365.events import ATTACHMENT
from backups.connectors.microsoft365.restore_attachments import Attached
from backups.connectors.restoring import Less, Saved

# What an attached item is, by how it begins.
_ITEMS = ((b"BEGIN:VCALENDAR", ".ics", "text/calendar"), (b"BEGIN:VCARD", ".vcf", "text/vcard"))


def attachments_in(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what is known of each attachment of an event or an exception."""
    given = record.get("attachments")
    return [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []


def attached(saved: Saved, record: dict[str, Any], besides: Collection[Any] = ()) -> Iterator[Attached]:
    """Yield what can be attached again of an event or an exception, apart from those with the ids ``besides``."""
    for about in attachments_in(record):
        part = f"{ATTACHMENT}{about.get('id')}"
        if part not in saved.parts or about.get("id") in besides:
            continue
        name, kind = _text(about, "name") or "attachment", _text(about, "contentType") or "application/octet-stream"
        if str(about.get("@odata.type", "")).endswith("itemAttachment"):
            ending, kind = _kind_of_item(saved, part)
            name = name if name.lower().endswith(ending) else name + ending
        yield Attached(
            name, kind, saved.parts[part], partial(saved.stream, part), _text(about, "contentId"),
            about.get("isInline") is True,
        )  # fmt: skip


def _kind_of_item(saved: Saved, part: str) -> tuple[str, str]:
    try:
        begin = next(saved.stream(part), b"").lstrip()[:20].upper()
    except saved.damaged:
        # Whoever reads all of it says so.
        begin = b""
    found = next(((ending, kind) for word, ending, kind in _ITEMS if begin.startswith(word)), None)
    return found or (".eml", "message/rfc822")


def lost_links(record: dict[str, Any]) -> set[Less]:
    """Return whether something was attached as a link to a file: there are no bytes of it."""
    exceptions = record.get("exceptionOccurrences") or []
    all_of_them = [one for some in (record, *exceptions) for one in attachments_in(some)]
    has_links = any(str(one.get("@odata.type", "")).endswith("referenceAttachment") for one in all_of_them)
    return {Less.CLOUD_LINKS} if has_links else set()


def _text(entry: dict[str, Any], name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""
