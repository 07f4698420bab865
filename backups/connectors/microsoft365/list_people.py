"""Who the numbers in columns of people are: every site has its own list of people, and its own numbers for them."""

import threading
from typing import Any

from backups.connectors.base import NotThere, PermissionMissing
from backups.connectors.contract import Feed
from backups.connectors.microsoft365.records import text_in
from backups.connectors.microsoft365.sharepoint_calls import SharePoint, part_of
from backups.connectors.microsoft365.team_calls import quoted
from backups.connectors.restoring import Assignment

PEOPLE = "userInfo"
_LISTS = "$select=id,name,displayName,list,system"
_ITEMS = "$expand=fields&$top=1000"
# What somebody is known by in such lists, the surest first.
_KNOWN_BY = ("EMail", "UserName", "Name", "Title")


class People:
    """The people of sites at the target, read once each. Safe for several threads."""

    def __init__(self, sharepoint: SharePoint) -> None:
        self._sharepoint = sharepoint
        self._known: dict[str, dict[int, dict[str, Any]]] = {}
        self._one_at_a_time = threading.Lock()

    def now(self, assignment: Assignment, feed: Feed, site: str, number: int) -> int | None:
        """Return the number in ``site`` of who had ``number`` where ``feed`` lay, None for who is not there."""
        people = self._of(site)
        if site == feed.parent:
            return number if number in people else None
        old = self._saved(assignment, feed, number)
        for name in _KNOWN_BY:
            wanted = text_in(old.get(name)).lower()
            for key, one in people.items() if wanted else ():
                if text_in(one.get(name)).lower() == wanted:
                    return key
        return None

    def _saved(self, assignment: Assignment, feed: Feed, number: int) -> dict[str, Any]:
        for other in assignment.tree.feeds():
            if other.parent == feed.parent and part_of(other.record, "list").get("template") == PEOPLE:
                saved = assignment.tree.object(f"{other.id}/{number}")
                return part_of(saved.record, "fields") if saved else {}
        return {}

    def _of(self, site: str) -> dict[int, dict[str, Any]]:
        with self._one_at_a_time:
            if site not in self._known:
                try:
                    self._known[site] = self._read(f"sites/{quoted(site)}/lists")
                except (NotThere, PermissionMissing):
                    # Nobody can be told to be there.
                    self._known[site] = {}
            return self._known[site]

    def _read(self, lists: str) -> dict[int, dict[str, Any]]:
        people = {}
        for key, one in self._sharepoint.listed(f"{lists}?{_LISTS}", "list"):
            if part_of(one, "list").get("template") == PEOPLE:
                for number, entry in self._sharepoint.listed(f"{lists}/{quoted(key)}/items?{_ITEMS}", "person"):
                    people |= {int(number): part_of(entry, "fields")} if number.isdecimal() else {}
        return people
