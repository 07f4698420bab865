"""Putting files and folders back into a drive: somebody's OneDrive, or a library of a site.

Folders come before files. One that is there already is used as it is, whatever shall be done about conflicts: only the
files in it are skipped, copied or replaced. How a file is known again after a break, `restore_file` says.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from backups.connectors.base import CannotBeRestored, NotThere, Obstacle
from backups.connectors.contract import Feed
from backups.connectors.microsoft365.drive_items import CONTENT
from backups.connectors.microsoft365.drive_marks import mark_of, marks_in
from backups.connectors.microsoft365.drive_writing import Content, DriveWriter, Place, content_of
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.restore_file import FileRestore
from backups.connectors.microsoft365.restore_sharing import Sharing
from backups.connectors.microsoft365.restore_tree import Folders, Step, Ways, is_folder, is_top
from backups.connectors.microsoft365.sharepoint_calls import SharePoint
from backups.connectors.restoring import Assignment, Less, Mark, Outcome, Saved, There

FOLDERS_TURN, FILES_TURN = 0, 1
LACKS = (
    Less.AUTHOR, Less.VERSIONS, Less.SHARING, Less.LINK_PASSWORD, Less.PERSON_GONE, Less.NAME, Less.REWRITTEN,
)  # fmt: skip
# Making a file and giving it its times.
COST = 4.0
_VERSION = "version:"
PlaceOf = Callable[..., Place | None]


class DriveRestorer:
    """Puts things into the drives that ``place_of(assignment, feed, makes=…)`` returns; it makes a drive that is not
    there with ``makes``, and returns None for it without. Safe for several threads.
    """

    def __init__(self, graph: Graph, place_of: PlaceOf) -> None:
        self._graph, self._place_of = graph, place_of
        self._sharing, self._ways, self._folders = Sharing(graph), Ways(), Folders()

    def turn(self, facts: dict[str, Any]) -> int:
        """Let folders come first, so that files find them; the top of a drive is there."""
        if facts.get("is_top"):
            return -1
        return FOLDERS_TURN if facts.get("is_folder") else FILES_TURN

    def mark(self, assignment: Assignment, saved: Saved) -> Mark:
        """Return the path, and the hash of what is there."""
        return mark_of(saved, self._ways.to(assignment, saved))

    def marks_there(self, assignment: Assignment, feed: Feed) -> dict[str, There]:
        """Return what lies in the drive, and in the folder that is restored into."""
        place = self._place_of(assignment, feed, makes=False)
        return marks_in(SharePoint(self._graph), place) if place else {}

    def find(self, assignment: Assignment, saved: Saved, key: str) -> str | None:
        """Return what an earlier try made; its times and who may see it are put back now where that was left."""
        place = self._place_of(assignment, saved.feed, makes=False)
        if place is None:
            return None
        drive, steps = DriveWriter(self._graph, place.drive), self._steps(assignment, saved)
        folder = self._folders.known(drive, assignment, place, steps)
        if folder is None:
            return None
        if is_folder(saved):
            if folder.is_made:
                self._share(drive, assignment, saved, folder.id)
            return folder.id
        entry = self._file(drive, assignment, saved, key, place, steps, folder.id).made()
        if entry is None:
            return None
        self._share(drive, assignment, saved, entry["id"])
        return entry["id"]

    def put(self, assignment: Assignment, saved: Saved, key: str, there: There | None) -> Outcome:
        """Put a file or folder back. Raises what `FileRestore.put` and `Sharing.put_back` raise."""
        if not is_folder(saved):
            _refuse_what_is_no_file(saved)
        place = self._place_of(assignment, saved.feed, makes=True)
        drive, steps = DriveWriter(self._graph, place.drive), self._steps(assignment, saved)
        try:
            return self._put(drive, assignment, saved, key, there, place, steps)
        except NotThere:
            # Somebody deleted a folder meanwhile.
            self._folders.forget(drive, assignment, place, steps)
            return self._put(drive, assignment, saved, key, there, place, steps)

    def _put(self, drive, assignment, saved, key, there, place: Place, steps: tuple[Step, ...]) -> Outcome:
        folder = self._folders.place_of(drive, assignment, place, steps)
        if is_folder(saved):
            if not folder.is_made:
                return Outcome(folder.id)
            less = self._share(drive, assignment, saved, folder.id) | ({Less.NAME} if folder.is_renamed else set())
            return Outcome(folder.id, _told(less | _author(saved)))
        file = self._file(drive, assignment, saved, key, place, steps, folder.id)
        entry, is_replaced = file.put(there)
        less = self._share(drive, assignment, saved, entry["id"]) | _author(saved)
        less |= ({Less.NAME} if file.is_renamed else set()) | ({Less.REWRITTEN} if file.is_rewritten else set())
        less |= {Less.VERSIONS} if any(part.startswith(_VERSION) for part in saved.parts) else set()
        return Outcome(entry["id"], _told(less), is_replaced)

    def _steps(self, assignment: Assignment, saved: Saved) -> tuple[Step, ...]:
        """Return the folders down to an object, itself among them if it is one."""
        steps = self._ways.to(assignment, saved)
        return self._ways.down_to(assignment, saved) if is_folder(saved) and not is_top(saved) else steps

    def _file(self, drive, assignment, saved: Saved, key: str, place: Place, steps, folder: str) -> FileRestore:
        above = sum(len(name) + 1 for name in (*place.folders, *(step.name for step in steps)))
        return FileRestore(drive, assignment, saved, key, _content(saved), folder, place.longest - above)

    def _share(self, drive: DriveWriter, assignment: Assignment, saved: Saved, item: str) -> set[Less]:
        if is_top(saved):
            return set()
        return self._sharing.put_back(assignment, drive.path(item), saved.record)


def _content(saved: Saved) -> Content:
    return content_of(saved.parts[CONTENT], saved.record, partial(saved.stream, CONTENT))


def _refuse_what_is_no_file(saved: Saved) -> None:
    if CONTENT in saved.parts:
        return
    if isinstance(saved.record.get("remoteItem"), dict):
        why = "This is a link to something in another drive, which is protected there."
    elif "package" in saved.record:
        why = "A notebook is no file: Microsoft did not hand it out as one, so there is nothing to put back."
    else:
        why = "The bytes of this file were not saved: the report of its backup says why."
    raise CannotBeRestored(why, obstacle=Obstacle.NOT_RESTORABLE)


def _author(saved: Saved) -> set[Less]:
    return {Less.AUTHOR} if saved.record.get("createdBy") or saved.record.get("lastModifiedBy") else set()


def _told(less: set[Less]) -> tuple[Less, ...]:
    return tuple(sorted(less))
