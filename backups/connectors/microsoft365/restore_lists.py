"""Putting back the items of lists: into the list they were in, into another site's of that name, or into a new one.

Items are made anew and get other numbers. Numbers of people and of items of other lists are put where they still mean
the same; what SharePoint fills by itself (dates, authors, computed columns) cannot be written.
"""

from typing import Any

from backups.connectors.base import CannotBeRestored, NotThere, Obstacle
from backups.connectors.contract import Feed
from backups.connectors.microsoft365.list_columns import looked_up, mark_in, own_columns, values_of
from backups.connectors.microsoft365.list_people import People
from backups.connectors.microsoft365.list_target import ListTarget
from backups.connectors.microsoft365.list_targets import ListTargets
from backups.connectors.microsoft365.records import digest
from backups.connectors.microsoft365.sharepoint_calls import SharePoint, part_of
from backups.connectors.microsoft365.site_places import SitePlaces
from backups.connectors.restoring import Assignment, Conflict, Less, Mark, Outcome, Saved, There

LACKS = (Less.AUTHOR, Less.COLUMNS, Less.COLUMNS_GONE, Less.LOOKUPS, Less.VALUES, Less.ATTACHMENTS)
_FOLDER_TYPE = "0x0120"


class ListRestorer:
    """Puts items of lists into the sites of ``places``. Safe for several threads."""

    def __init__(self, sharepoint: SharePoint, places: SitePlaces) -> None:
        self._targets, self._people = ListTargets(sharepoint, places), People(sharepoint)

    def mark(self, assignment: Assignment, saved: Saved) -> Mark:
        """Return the item's number in its own list, and everywhere what stands in it."""
        content = mark_in(own_columns(saved.feed.record), part_of(saved.record, "fields"))
        if assignment.folder or assignment.is_elsewhere:
            return Mark(f"={content}", content)
        return Mark(_number_of(saved), content, f"={content}")

    def marks_there(self, assignment: Assignment, feed: Feed) -> dict[str, There]:
        """Return what the list holds, and the one that is restored into."""
        found: dict[str, There] = {}
        for is_copy in (False, True) if assignment.folder else (False,):
            target = self._targets.get(assignment, feed, is_copy=is_copy)
            for number, content in target.marks().items() if target else ():
                one = There(f"{target.id}/{number}", content)
                found[f"={content}"] = one
                if target.id == feed.id:
                    found[str(number)] = one
        return found

    def find(self, assignment: Assignment, saved: Saved, key: str) -> str | None:
        """Return what an earlier try added; what it replaces goes now."""
        target = self._targets.get(assignment, saved.feed, is_copy=bool(assignment.folder))
        if target is None:
            return None
        fields, _ = self._values(assignment, saved, target)
        number = target.found(assignment.places, key, fields)
        if number is None:
            return None
        self._remove_old(assignment, key, target)
        return f"{target.id}/{number}"

    def put(self, assignment: Assignment, saved: Saved, key: str, there: There | None) -> Outcome:
        """Add an item to its list, which is made where it is missing."""
        if str(part_of(saved.record, "contentType").get("id", "")).startswith(_FOLDER_TYPE):
            raise CannotBeRestored(
                "Folders of lists cannot be made. What lay in this one comes back without it.",
                obstacle=Obstacle.NOT_RESTORABLE,
            )
        try:
            return self._put(assignment, saved, key, there)
        except NotThere:
            # Somebody deleted the list meanwhile.
            self._targets.forget(assignment, saved.feed)
            return self._put(assignment, saved, key, there)

    def _put(self, assignment: Assignment, saved: Saved, key: str, there: There | None) -> Outcome:
        target = self._targets.get(assignment, saved.feed, is_copy=bool(assignment.folder), makes=True)
        fields, less = self._values(assignment, saved, target)
        replaces = there and assignment.conflict == Conflict.REPLACE and there.id.startswith(f"{target.id}/")
        if replaces:
            assignment.places.set(f"replaced {digest(key)}", there.id)
        number = target.add(assignment.places, key, fields)
        if replaces:
            self._remove_old(assignment, key, target)
        return Outcome(f"{target.id}/{number}", tuple(sorted(less | {Less.AUTHOR})), bool(replaces))

    def _remove_old(self, assignment: Assignment, key: str, target: ListTarget) -> None:
        list_id, _, number = (assignment.places.get(f"replaced {digest(key)}") or "").rpartition("/")
        if list_id == target.id and number.isdecimal():
            target.remove(int(number))

    def _values(self, assignment: Assignment, saved: Saved, target: ListTarget) -> tuple[dict[str, Any], set[Less]]:
        def resolve(column: dict[str, Any], number: int) -> int | None:
            if looked_up(column):
                return self._item_now(assignment, looked_up(column), number)
            return self._people.now(assignment, saved.feed, target.site, number)

        return values_of(part_of(saved.record, "fields"), own_columns(saved.feed.record), target.own, resolve)

    def _item_now(self, assignment: Assignment, list_id: str, number: int) -> int | None:
        """Return the number that an item of another list has now."""
        feed, saved = assignment.tree.feed(list_id), assignment.tree.object(f"{list_id}/{number}")
        target = self._targets.looked_up(assignment, feed, makes=False) if feed else None
        if target is None:
            return None
        if target.id == list_id and number in target.marks():
            return number
        return target.number_of(mark_in(own_columns(feed.record), part_of(saved.record, "fields"))) if saved else None


def _number_of(saved: Saved) -> str:
    return saved.id.rpartition("/")[2]
