"""Putting back the files of one person, into their OneDrive or into somebody else's."""

import threading
from typing import Any, ClassVar

from backups.connectors.base import CannotBeRestored, NotThere, Obstacle
from backups.connectors.contract import Feed, Kind
from backups.connectors.microsoft365.drive_writing import Place, longest_path
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.restore_drive import COST, LACKS, DriveRestorer
from backups.connectors.microsoft365.sharepoint_calls import SharePoint, part_of
from backups.connectors.microsoft365.team_calls import quoted
from backups.connectors.restoring import Assignment, Less, Mark, Outcome, Room, Saved, There

_DRIVE = "$select=id,webUrl,quota"


class OneDriveRestorer:
    """Puts files back through Graph."""

    kind: ClassVar[Kind] = Kind.ONEDRIVE
    width: ClassVar[int] = 8
    newest_first: ClassVar[bool] = True
    may_lack: ClassVar[tuple[Less, ...]] = LACKS
    cost: ClassVar[float] = COST

    def __init__(self, graph: Graph) -> None:
        self._sharepoint, self._files = SharePoint(graph), DriveRestorer(graph, self._place_of)
        self._places: dict[tuple[str, str], Place] = {}
        self._one_at_a_time = threading.Lock()

    def check(self, assignment: Assignment) -> Room:
        """Make sure that the person has a OneDrive, and return what is left in it."""
        return room_in(self._drive(assignment))

    def turn(self, feed: Feed, facts: dict[str, Any]) -> int:
        """Let folders come before files."""
        return self._files.turn(facts)

    def mark(self, assignment: Assignment, saved: Saved) -> Mark:
        """Return the path, and the hash of what is there."""
        return self._files.mark(assignment, saved)

    def marks_there(self, assignment: Assignment, feed: Feed) -> dict[str, There]:
        """Return what lies in the OneDrive, and in the folder that is restored into."""
        return self._files.marks_there(assignment, feed)

    def find(self, assignment: Assignment, saved: Saved, key: str) -> str | None:
        """Return what an earlier try made; what was left of it is done now."""
        return self._files.find(assignment, saved, key)

    def put(self, assignment: Assignment, saved: Saved, key: str, there: There | None) -> Outcome:
        """Put a file or folder back."""
        return self._files.put(assignment, saved, key, there)

    def finish(self, assignment: Assignment) -> None:
        """Nothing is left open."""

    def _place_of(self, assignment: Assignment, feed: Feed, *, makes: bool) -> Place | None:
        key = (assignment.key, assignment.target.remote_id)
        with self._one_at_a_time:
            if key not in self._places:
                try:
                    drive = self._drive(assignment)
                except CannotBeRestored:
                    if makes:
                        raise
                    return None
                folders = (assignment.folder,) if assignment.folder else ()
                self._places[key] = Place(drive["id"], folders, longest_path(drive))
            return self._places[key]

    def _drive(self, assignment: Assignment) -> dict[str, Any]:
        try:
            return self._sharepoint.get(f"users/{quoted(assignment.target.remote_id)}/drive?{_DRIVE}")
        except NotThere as problem:
            raise CannotBeRestored(
                "This person has no OneDrive. They have to open it once, then it is there.",
                obstacle=Obstacle.TARGET_GONE, code=problem.code, request_id=problem.request_id,
            ) from problem  # fmt: skip


def room_in(drive: dict[str, Any]) -> Room:
    """Return what a drive says is left in it."""
    left = part_of(drive, "quota").get("remaining")
    return Room(left if isinstance(left, int) and not isinstance(left, bool) else None)
