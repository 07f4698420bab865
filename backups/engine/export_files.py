"""From an object that is kept to the files that are handed out for it: which names, and which bytes.

One object makes one file and those beside it (a photo, attachments, older versions). Folders of mail, lists of a site
and conversations are written into files that many objects share; those are in `export_shared`.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backups.content.ics import event_as_ics
from backups.content.names import safe_name
from backups.content.site_pages import site_page
from backups.content.vcf import contact_as_vcf
from backups.engine.export_saved import Saved, Shelf
from backups.models import Container

# The longest stem of a name that we make of a subject.
_STEM = 90
_VERSION, _ATTACHMENT = "version:", "attachment:"
# What is not larger is read and compared before the first byte of it is written.
IN_HAND_BYTES = 32 << 20


class NotGivenOut(Exception):
    """Nothing is kept of the object that could be a file; the message says why."""


@dataclass(frozen=True)
class File:
    """One file: where it lies below its container, its bytes, and the SHA-256 of what the vault has of it."""

    path: tuple[str, ...]
    pieces: Callable[[], Iterable[bytes]]
    original: bytes
    is_folder: bool = False


def files_of(shelf: Shelf, feed: str, saved: Saved, commit: int) -> Iterator[File]:
    """Yield the files of an object, its own first. Raises `NotGivenOut`, and what reading raises."""
    kind, above = shelf.container.kind, shelf.safe_path(feed)
    type_ = shelf.feed(feed)["type"]
    if kind == Container.Kind.MAIL:
        yield _part(saved, (*above, f"{_stem(saved)}.eml"), "mime", "no bytes of this message could be saved")
    elif kind == Container.Kind.CALENDAR:
        yield from _event(saved, above)
    elif kind == Container.Kind.CONTACTS:
        yield _contact(saved, above)
    elif type_ in ("drive", "library"):
        folders = tuple(map(safe_name, shelf.folders_above(saved, commit)))
        yield from _drive_item(saved, above + folders)
    elif type_ == "pages":
        yield _made(saved, (*above, f"{_stem(saved)}.html"), lambda: site_page(saved.record()))
    else:
        yield _made(saved, (*above, f"{_stem(saved)}.json"), lambda: _json(saved))


def moment_of(saved: Saved) -> datetime | None:
    """Return when an object takes place, was received or changed; None where nothing says so."""
    for name in ("start", "modified_at", "created_at"):
        try:
            return datetime.fromisoformat(str(saved.note.facts.get(name)))
        except ValueError:
            continue
    return None


def in_hand(saved: Saved, part: str) -> Iterable[bytes]:
    """Return a part to be written: compared as a whole before its first byte, where it is not too large."""
    size = saved.parts[part].size
    return [saved.read(part)] if size <= IN_HAND_BYTES else saved.stream(part)


def mark_of(saved: Saved) -> str:
    """Return eight characters that tell objects of the same name apart, the same in every export."""
    return saved.version.object_id.hex[:8]


def _event(saved: Saved, above: tuple[str, ...]) -> Iterator[File]:
    record = saved.record()
    yield _made(saved, (*above, f"{_stem(saved)}.ics"), lambda: event_as_ics(record, uid=saved.id))
    names = dict(_attachment_names(record))
    for part in saved.parts:
        if part.startswith(_ATTACHMENT):
            name = safe_name(f"{_stem(saved)} - {names.get(part, 'attachment')}")
            yield _part(saved, (*above, name), part, "")


def _attachment_names(record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    exceptions = record.get("exceptionOccurrences")
    for one in [record, *(exceptions if isinstance(exceptions, list) else [])]:
        listed = one.get("attachments") if isinstance(one, dict) else None
        for about in listed if isinstance(listed, list) else []:
            if isinstance(about, dict):
                yield f"{_ATTACHMENT}{about.get('id')}", str(about.get("name") or "attachment")


def _contact(saved: Saved, above: tuple[str, ...]) -> File:
    def card() -> bytes:
        photo = saved.read("photo") if "photo" in saved.parts else b""
        return contact_as_vcf(saved.record(), uid=saved.id, photo=photo)

    return _made(saved, (*above, f"{safe_name(saved.name or 'Unnamed')[:_STEM].strip()} [{mark_of(saved)}].vcf"), card)


def _drive_item(saved: Saved, above: tuple[str, ...]) -> Iterator[File]:
    name = safe_name(saved.name)
    # The source tells names apart that are the same once they are safe.
    name = name if name == saved.name else _marked(name, mark_of(saved))
    if saved.note.facts.get("is_folder"):
        # The top of a drive has a name that nobody gave it.
        yield File((*above, name) if saved.note.parent else above, list, saved.version.sha256, is_folder=True)
        return
    record = saved.record() if "content" not in saved.parts else {}
    if record.get("remoteItem"):
        raise NotGivenOut("It is a link to a file elsewhere; the file is saved where it lies.")
    yield _part(saved, (*above, name), "content", "no content of this file could be saved")
    for part in sorted(saved.parts):
        if part.startswith(_VERSION):
            older = _marked(name, f"version {safe_name(part.removeprefix(_VERSION))}")
            yield _part(saved, (*above, older), part, "")


def _part(saved: Saved, path: tuple[str, ...], part: str, otherwise: str) -> File:
    if part not in saved.parts:
        raise NotGivenOut(f"Not given out: {otherwise}. What is known of it stands in the backup.")
    return File(path, lambda: in_hand(saved, part), saved.parts[part].sha256)


def _made(saved: Saved, path: tuple[str, ...], made: Callable[[], bytes]) -> File:
    return File(path, lambda: [made()], saved.version.sha256)


def _json(saved: Saved) -> bytes:
    return json.dumps(saved.record(), ensure_ascii=False, indent=1, sort_keys=True).encode("utf-8", "replace")


def _stem(saved: Saved) -> str:
    """Return a name that sorts by time, says what it is, and is the only one of its folder, in every volume."""
    moment = moment_of(saved)
    when = f"{moment:%Y-%m-%d %H%M} " if moment else ""
    return f"{when}{safe_name(saved.name or 'Untitled')[:_STEM].strip()} [{mark_of(saved)}]"


def _marked(name: str, mark: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return f"{stem} [{mark}].{ending}" if dot and stem else f"{name} [{mark}]"
