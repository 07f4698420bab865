"""What lies in a drive now, by its path. Names are blind to case, as SharePoint's are."""

from collections.abc import Iterator
from typing import Any

from backups.connectors.base import NotThere
from backups.connectors.microsoft365.drive_names import tamed
from backups.connectors.microsoft365.drive_writing import Place
from backups.connectors.microsoft365.records import text_in
from backups.connectors.microsoft365.restore_tree import Step, is_folder, is_top
from backups.connectors.microsoft365.sharepoint_calls import COUNTED_BY, LIST, SharePoint, part_of
from backups.connectors.microsoft365.team_calls import quoted
from backups.connectors.restoring import Mark, Saved, There

TOP, FOLDER = "/", "folder"
_SELECT = "$select=id,name,size,file,folder,package,root,deleted,parentReference,lastModifiedDateTime&$top=500"


def mark_of(saved: Saved, steps: tuple[Step, ...]) -> Mark:
    """Return what a file or folder below ``steps`` is known by: its path, and that with names SharePoint takes."""
    if is_top(saved):
        return Mark(TOP, FOLDER)
    names = [*(step.name for step in steps), text_in(saved.record.get("name"))]
    name, also = _path(names), _path(map(tamed, names))
    return Mark(name, content_mark(saved.record, is_a_folder=is_folder(saved)), also if also != name else "")


def marks_in(sharepoint: SharePoint, place: Place) -> dict[str, There]:
    """Return everything in a drive by its path, and what lies in the folder of ``place`` by its path below that."""
    entries = _entries(sharepoint, place.drive)
    top = next((key for key, entry in entries.items() if entry.get("root") is not None), "")
    paths = dict(_paths(entries, top))
    prefix, marks = "".join(f"{name}/" for name in place.folders).lower(), {}
    if top:
        marks[TOP] = There(top, FOLDER)
    copied = {}
    for key, path in paths.items():
        one = There(key, content_mark(entries[key], is_a_folder="folder" in entries[key]))
        marks[path] = one
        if prefix and path.startswith(prefix):
            copied[path.removeprefix(prefix)] = one
    return marks | copied


def content_mark(entry: dict[str, Any], *, is_a_folder: bool) -> str:
    """Return a word that is the same while the bytes of a file are."""
    if is_a_folder:
        return FOLDER
    told = part_of(part_of(entry, "file"), "hashes").get("quickXorHash")
    return f"{told or entry.get('lastModifiedDateTime')} {entry.get('size')}"


def _entries(sharepoint: SharePoint, drive: str) -> dict[str, dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = {}
    path = f"drives/{quoted(drive)}/root/delta?{_SELECT}"
    try:
        for page in sharepoint.graph.pages(path, counted_by=COUNTED_BY, units=LIST):
            for entry in page["value"]:
                if isinstance(entry, dict) and isinstance(entry.get("id"), str):
                    entries[entry["id"]] = entry
    except NotThere:
        return {}
    return {key: entry for key, entry in entries.items() if entry.get("deleted") is None}


def _paths(entries: dict[str, dict[str, Any]], top: str) -> Iterator[tuple[str, str]]:
    known = {top: ""}
    for key in entries:
        chain, at = [], key
        while at in entries and at not in known and at not in chain:
            chain.append(at)
            at = str(part_of(entries[at], "parentReference").get("id"))
        for one in reversed(chain):
            above = known.get(str(part_of(entries[one], "parentReference").get("id")))
            if above is not None:
                known[one] = _path([*([above] if above else []), text_in(entries[one].get("name"))])
        if key != top and key in known:
            yield key, known[key]


def _path(names) -> str:
    return "/".join(names).lower()
