"""One drive that is written into: folders, files in one call or in ranges, times, and the recycle bin.

Nothing is ever written over: a call that makes something fails where its name is taken. Follows Microsoft's pages
"Upload or replace the contents of a driveItem" and "driveItem: createUploadSession".
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from backups.connectors.base import CannotBeRestored, NotThere, Obstacle, UnexpectedAnswer
from backups.connectors.contract import Readable
from backups.connectors.microsoft365.drive_names import LONGEST_PATH
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.quick_xor_hash import QuickXorHash
from backups.connectors.microsoft365.sharepoint_calls import COUNTED_BY, ONE, SharePoint, part_of
from backups.connectors.microsoft365.team_calls import quoted
from backups.connectors.microsoft365.writing import RANGE_STEP, Writer

# Up to here a file goes up in one call, with all of it in memory.
SMALL = 4 << 20
_AT_ONCE = 32 * RANGE_STEP
_FAILS = "@microsoft.graph.conflictBehavior"
_SHOWN = "$select=id,name,size,file,folder,package,root,parentReference,fileSystemInfo"
_TAKEN = "namealreadyexists"
# What SharePoint answers to a name or a path that it does not take.
_NAME_CODES = frozenset({"invalidrequest", "namenotallowed", "pathistoolong", "pathtoolong", "badrequest"})


class Place(NamedTuple):
    """Where things go: a drive, folders in it, and how long a path below the drive may be."""

    drive: str
    folders: tuple[str, ...] = ()
    longest: int = LONGEST_PATH


@dataclass(frozen=True)
class Content:
    """The bytes of a file: how many, their QuickXorHash ("" where it is not known), and how to read them again."""

    size: int
    xor: str
    stream: Callable[[], Iterator[bytes]]

    def is_whole(self) -> bool:
        """Return whether the bytes that are kept are those Microsoft once told the hash of."""
        return not self.xor or _hash_of(self.stream()) == self.xor

    def is_in(self, entry: dict[str, Any]) -> bool:
        """Return whether a file of a drive holds these bytes. Microsoft does not tell every hash at once."""
        told = part_of(part_of(entry, "file"), "hashes").get("quickXorHash")
        is_same = not (told and self.xor) or told == self.xor
        return isinstance(entry.get("file"), dict) and entry.get("size") == self.size and is_same


class DriveWriter:
    """The drive with this id. Safe for several threads."""

    def __init__(self, graph: Graph, drive: str) -> None:
        self.drive = drive
        self._sharepoint, self._writer = SharePoint(graph), Writer(graph)
        self._root = f"drives/{quoted(drive)}"

    def root(self) -> str:
        """Return the id of the top folder. Raises `NotThere`."""
        return self._sharepoint.get(f"{self._root}/root?$select=id")["id"]

    def at(self, folder: str, name: str) -> dict[str, Any] | None:
        """Return what is called ``name`` in a folder, or None."""
        return self._seen(f"{self._root}/items/{quoted(folder)}:/{quoted(name)}?{_SHOWN}")

    def item(self, item: str) -> dict[str, Any] | None:
        """Return the item with an id, or None."""
        return self._seen(f"{self.path(item)}?{_SHOWN}")

    def path(self, item: str) -> str:
        """Return the path of an item."""
        return f"{self._root}/items/{quoted(item)}"

    def make_folder(self, parent: str, name: str, times: dict[str, str]) -> dict[str, Any]:
        """Make a folder. Raises `CannotBeRestored`, of which `is_taken` and `is_bad_name` say why."""
        body = {"name": name, "folder": {}, _FAILS: "fail"} | ({"fileSystemInfo": times} if times else {})
        return self._writer.post(f"{self.path(parent)}/children", body, counted_by=COUNTED_BY)

    def upload(self, folder: str, name: str, content: Content, times: dict[str, str]) -> dict[str, Any]:
        """Make a file and return what Microsoft says of it; small ones still have to be given their times.

        Raises what `make_folder` raises, and `OutcomeUnclear`.
        """
        path = f"{self.path(folder)}:/{quoted(name)}:"
        if content.size <= SMALL:
            data = b"".join(content.stream())
            if len(data) != content.size:
                raise UnexpectedAnswer(f"{len(data):,} bytes were kept of {content.size:,} that were told.")
            headers = {"Content-Type": "application/octet-stream"}
            return self._writer.put(f"{path}/content?{_FAILS}=fail", data, counted_by=COUNTED_BY, headers=headers)
        item = {_FAILS: "fail", "name": name} | ({"fileSystemInfo": times} if times else {})
        session = self._writer.post(f"{path}/createUploadSession", {"item": item}, counted_by=COUNTED_BY)
        link = session.get("uploadUrl")
        if not isinstance(link, str):
            raise UnexpectedAnswer("Microsoft gave no address to upload to.")
        return self._writer.upload(link, content.stream(), content.size, counted_by=COUNTED_BY, at_once=_AT_ONCE)

    def change(self, item: str, values: dict[str, Any]) -> dict[str, Any]:
        """Give an item times or a name. Raises what `make_folder` raises."""
        return self._writer.patch(self.path(item), values, counted_by=COUNTED_BY)

    def remove(self, item: str) -> None:
        """Put an item into the recycle bin, if it is still there."""
        self._writer.delete(self.path(item), counted_by=COUNTED_BY)

    def open(self, item: str) -> AbstractContextManager[Readable]:
        """Open the bytes of a file."""
        return self._sharepoint.graph.open(f"{self.path(item)}/content", counted_by=COUNTED_BY, units=ONE)

    def _seen(self, path: str) -> dict[str, Any] | None:
        try:
            return self._sharepoint.get(path)
        except NotThere:
            return None


def content_of(size: int, record: dict[str, Any], stream: Callable[[], Iterator[bytes]]) -> Content:
    """Return the bytes of a file that was kept; without a hash from Microsoft, with the one they have."""
    xor = part_of(part_of(record, "file"), "hashes").get("quickXorHash")
    if isinstance(xor, str) and xor:
        return Content(size, xor, stream)
    return Content(size, _hash_of(stream()), stream)


def _hash_of(pieces: Iterator[bytes]) -> str:
    made = QuickXorHash()
    for piece in pieces:
        made.update(piece)
    return made.digest()


def times_of(record: dict[str, Any]) -> dict[str, str]:
    """Return when a file or folder was made and changed, as its author's computer said."""
    kept = part_of(record, "fileSystemInfo")
    told = {name: kept.get(name) or record.get(name) for name in ("createdDateTime", "lastModifiedDateTime")}
    return {name: value for name, value in told.items() if isinstance(value, str) and value}


def has_times(entry: dict[str, Any], times: dict[str, str]) -> bool:
    """Return whether an item has these times."""
    told = part_of(entry, "fileSystemInfo")
    return all(told.get(name) == value for name, value in times.items())


def is_taken(problem: CannotBeRestored) -> bool:
    """Return whether something was refused because its name is taken."""
    return problem.code.lower() == _TAKEN


def is_bad_name(problem: CannotBeRestored) -> bool:
    """Return whether something may have been refused because of its name or the length of its path."""
    return problem.obstacle == Obstacle.REFUSED and problem.code.lower() in _NAME_CODES


def longest_path(drive: dict[str, Any]) -> int:
    """Return how long a path below a drive may be: Microsoft counts from the name of the host on."""
    address = drive.get("webUrl")
    above = unquote(urlsplit(address).path).strip("/") if isinstance(address, str) else ""
    return LONGEST_PATH - len(above) - 1
