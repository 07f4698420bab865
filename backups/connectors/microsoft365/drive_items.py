"""What is kept of a file or folder, and the values people search by."""

from typing import Any

from backups.connectors.base import Refusal
from backups.connectors.contract import Part, Upsert
from backups.connectors.microsoft365.records import digest, kept, moment_in, text_in
from backups.connectors.microsoft365.sharepoint_calls import part_of

# Without addresses: they change with the name of any folder above, and no feed tells so.
SELECT = (
    "$select=id,name,size,file,folder,package,root,deleted,parentReference,eTag,fileSystemInfo,createdDateTime,"
    "createdBy,lastModifiedDateTime,lastModifiedBy,shared,malware,remoteItem"
)
CONTENT = "content"
_SHARING_CHANGED = "@microsoft.graph.sharedChanged"
# Where an item lies is told by ids; names above it change without a word.
_PLACE_WITHOUT = ("path", "name")


def item_in(object_id: str, entry: dict[str, Any], *, prefix: str = "", told_by: str = "") -> Upsert:
    """Return an item of a drive. ``prefix`` stands before ids; ``told_by`` is the link its feed told it by."""
    record = _record(entry)
    tag = digest(record)
    if entry.get(_SHARING_CHANGED):
        # Who may see it changed, and perhaps nothing else that is told here: this is another state every time.
        tag = digest([tag, told_by])
    place = part_of(entry, "parentReference").get("id")
    is_root = entry.get("root") is not None
    return Upsert(
        object_id,
        tag,
        record,
        _facts(entry),
        _parts(entry),
        parent=prefix + place if isinstance(place, str) and place and not is_root else "",
        is_whole=not has_grants(entry),
    )


def has_grants(entry: dict[str, Any]) -> bool:
    """Return whether an item has permissions of its own. A facet with nothing in it says so too: no link leads to the
    item, but it does not follow the folder above either.
    """
    return isinstance(entry.get("shared"), dict)


def _record(entry: dict[str, Any]) -> dict[str, Any]:
    record = kept(entry, {_SHARING_CHANGED})
    if isinstance(entry.get("parentReference"), dict):
        record["parentReference"] = kept(entry["parentReference"], _PLACE_WITHOUT)
    if isinstance(entry.get("folder"), dict):
        # How much lies in a folder is no property of its own.
        record["folder"] = kept(entry["folder"], {"childCount"})
        record.pop("size", None)
    return record


def _facts(entry: dict[str, Any]) -> dict[str, Any]:
    times = part_of(entry, "fileSystemInfo")
    size, is_folder = _size_of(entry), isinstance(entry.get("folder"), dict) or entry.get("root") is not None
    return (
        {
            "name": text_in(entry.get("name")),
            "modified_at": moment_in(times.get("lastModifiedDateTime") or entry.get("lastModifiedDateTime")),
            "created_at": moment_in(times.get("createdDateTime") or entry.get("createdDateTime")),
            "is_folder": is_folder,
            "is_shared": bool(part_of(entry, "shared")),
        }
        | ({"is_top": True} if entry.get("root") is not None else {})
        | ({} if is_folder or size is None else {"size": size})
    )


def _parts(entry: dict[str, Any]) -> tuple[Part, ...]:
    if isinstance(entry.get("package"), dict):
        return (Part(CONTENT, "package", facts={"refused": Refusal.NOT_A_FILE.value}),)
    if not isinstance(entry.get("file"), dict) or isinstance(entry.get("remoteItem"), dict):
        # A folder, or a shortcut to what lies in another drive.
        return ()
    size, xor = _size_of(entry), part_of(entry["file"], "hashes").get("quickXorHash")
    xor = xor if isinstance(xor, str) else ""
    facts = {"hash": xor}
    if isinstance(entry.get("malware"), dict):
        facts["refused"] = Refusal.MALWARE.value
    state = xor or text_in(entry.get("lastModifiedDateTime"))
    return (Part(CONTENT, f"{state} {size}" if state else "", size, facts),)


def _size_of(entry: dict[str, Any]) -> int | None:
    size = entry.get("size")
    return size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None
