"""Putting back what a site consists of: libraries, lists and pages, into the same site or into another one."""

from typing import Any, ClassVar

from backups.connectors.base import CannotBeRestored, Obstacle
from backups.connectors.contract import Feed, Kind
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.list_columns import looked_up, own_columns
from backups.connectors.microsoft365.list_people import PEOPLE
from backups.connectors.microsoft365.restore_drive import COST, FILES_TURN, LACKS, DriveRestorer
from backups.connectors.microsoft365.restore_lists import LACKS as LISTS_LACK
from backups.connectors.microsoft365.restore_lists import ListRestorer
from backups.connectors.microsoft365.restore_pages import LACKS as PAGES_LACK
from backups.connectors.microsoft365.restore_pages import PageRestorer
from backups.connectors.microsoft365.sharepoint_calls import SharePoint, part_of
from backups.connectors.microsoft365.site_feeds import LIBRARY, LIST, PAGES
from backups.connectors.microsoft365.site_places import SitePlaces
from backups.connectors.restoring import Assignment, Less, Mark, Outcome, Room, Saved, There

# Lists that others point to come before those that point; pages may show what all of these hold.
_LISTS_TURN, _POINTING_TURN, _PAGES_TURN = FILES_TURN + 1, FILES_TURN + 2, FILES_TURN + 3


class SharePointRestorer:
    """Puts sites back through Graph."""

    kind: ClassVar[Kind] = Kind.SHAREPOINT
    width: ClassVar[int] = 8
    newest_first: ClassVar[bool] = True
    may_lack: ClassVar[tuple[Less, ...]] = tuple(dict.fromkeys((*LACKS, *LISTS_LACK, *PAGES_LACK)))
    cost: ClassVar[float] = COST

    def __init__(self, graph: Graph) -> None:
        sharepoint = SharePoint(graph)
        self._places = SitePlaces(graph)
        self._files = DriveRestorer(graph, self._places.library_of)
        self._lists, self._pages = ListRestorer(sharepoint, self._places), PageRestorer(sharepoint, self._places)

    def check(self, assignment: Assignment) -> Room:
        """Make sure that the site is there, and return what is left in it."""
        return self._places.check(assignment)

    def turn(self, feed: Feed, facts: dict[str, Any]) -> int:
        """Let libraries come first, then lists, then pages; who the people of a site are is never written."""
        if feed.type == LIBRARY:
            return self._files.turn(facts)
        if feed.type == LIST:
            if part_of(feed.record, "list").get("template") == PEOPLE:
                return -1
            return _POINTING_TURN if any(map(looked_up, own_columns(feed.record).values())) else _LISTS_TURN
        return _PAGES_TURN if feed.type == PAGES else -1

    def mark(self, assignment: Assignment, saved: Saved) -> Mark:
        """Return the path of a file, the number or content of an item of a list, or the name of a page."""
        if saved.feed.type == LIBRARY:
            return self._files.mark(assignment, saved)
        return self._lists.mark(assignment, saved) if saved.feed.type == LIST else self._pages.mark(saved)

    def marks_there(self, assignment: Assignment, feed: Feed) -> dict[str, There]:
        """Return what the library, the list or the pages hold now."""
        if feed.type == LIBRARY:
            return self._files.marks_there(assignment, feed)
        if feed.type == LIST:
            return self._lists.marks_there(assignment, feed)
        return self._pages.marks_there(assignment, feed) if feed.type == PAGES else {}

    def find(self, assignment: Assignment, saved: Saved, key: str) -> str | None:
        """Return what an earlier try made; what was left of it is done now."""
        if saved.feed.type == LIBRARY:
            return self._files.find(assignment, saved, key)
        if saved.feed.type == LIST:
            return self._lists.find(assignment, saved, key)
        return self._pages.find(assignment, saved, key)

    def put(self, assignment: Assignment, saved: Saved, key: str, there: There | None) -> Outcome:
        """Put a file, a folder, an item of a list or a page back."""
        if saved.feed.type == LIBRARY:
            return self._files.put(assignment, saved, key, there)
        if saved.feed.type == LIST:
            return self._lists.put(assignment, saved, key, there)
        if saved.feed.type == PAGES:
            return self._pages.put(assignment, saved, key, there)
        raise CannotBeRestored("A site itself cannot be made.", obstacle=Obstacle.NOT_RESTORABLE)

    def finish(self, assignment: Assignment) -> None:
        """Nothing is left open."""
