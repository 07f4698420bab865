"""Finding the list that items are put back into, and making it, with its columns, where it is missing.

One thread at a time looks and makes, and SharePoint refuses a second list of the same name. What was made is remembered
among the places of the restore.
"""

import threading
from typing import Any, NamedTuple

from backups.connectors.base import CannotBeRestored, NotThere, Obstacle, OutcomeUnclear
from backups.connectors.contract import Feed
from backups.connectors.microsoft365.drive_writing import is_taken
from backups.connectors.microsoft365.list_columns import looked_up, own_columns, to_make
from backups.connectors.microsoft365.list_target import ListTarget
from backups.connectors.microsoft365.records import digest, text_in
from backups.connectors.microsoft365.sharepoint_calls import COUNTED_BY, SharePoint, part_of
from backups.connectors.microsoft365.site_places import Home, SitePlaces
from backups.connectors.microsoft365.team_calls import quoted
from backups.connectors.microsoft365.writing import Writer
from backups.connectors.restoring import Assignment

_GENERIC = "genericList"
_WHOLE = "$expand=columns"
_LISTS = "$select=id,name,displayName,list"


class _Wanted(NamedTuple):
    """A list at the target: by its id if it is the same one, else by its name."""

    home: Home
    id: str
    name: str


class ListTargets:
    """The lists that restores put items into. Safe for several threads."""

    def __init__(self, sharepoint: SharePoint, places: SitePlaces) -> None:
        self._sharepoint, self._writer, self._places = sharepoint, Writer(sharepoint.graph), places
        self._targets: dict[tuple[str, str, bool], ListTarget] = {}
        self._one_at_a_time = threading.RLock()

    def forget(self, assignment: Assignment, feed: Feed) -> None:
        """Look again for the list that items of ``feed`` go into: somebody deleted it."""
        self._targets.pop((assignment.key, feed.id, bool(assignment.folder)), None)
        assignment.places.set(_place_name(feed), "")

    def looked_up(self, assignment: Assignment, feed: Feed, *, makes: bool) -> ListTarget | None:
        """Return the list that a column points to: the one in its place, else the one that items of it go into."""
        own = self.get(assignment, feed, is_copy=False)
        return own or self.get(assignment, feed, is_copy=bool(assignment.folder), makes=makes)

    def get(self, assignment: Assignment, feed: Feed, *, is_copy: bool, makes: bool = False) -> ListTarget | None:
        """Return the list in the place of ``feed``, or its copy of the restore; None where it is not there.

        It is made with ``makes``. Raises what `Writer.post` raises.
        """
        key = (assignment.key, feed.id, is_copy)
        with self._one_at_a_time:
            if key not in self._targets:
                entry, wanted = None, self._wanted(assignment, feed, is_copy=is_copy)
                entry = self._there(wanted, assignment.places.get(_place_name(feed)) if is_copy else None)
                if entry is None and makes:
                    entry = self._made(assignment, feed, wanted)
                    assignment.places.set(_place_name(feed), entry["id"])
                if entry is None:
                    return None
                columns = own_columns(feed.record)
                self._targets[key] = ListTarget(self._sharepoint, wanted.home.site, entry, columns)
            return self._targets[key]

    def _wanted(self, assignment: Assignment, feed: Feed, *, is_copy: bool) -> _Wanted:
        home = self._places.home_of(assignment, feed)
        name = f"{home.prefix}{feed.name}" + (f" {assignment.folder}" if is_copy else "")
        return _Wanted(home, "" if is_copy or assignment.is_elsewhere else feed.id, name)

    def _there(self, wanted: _Wanted, remembered: str | None) -> dict[str, Any] | None:
        path = f"sites/{quoted(wanted.home.site)}/lists"
        for list_id in filter(None, (remembered, wanted.id)):
            try:
                return self._sharepoint.get(f"{path}/{quoted(list_id)}?{_WHOLE}")
            except NotThere:
                continue
        try:
            listed = list(self._sharepoint.listed(f"{path}?{_LISTS}", "list"))
        except NotThere:
            return None
        for list_id, one in listed:
            is_library = text_in(part_of(one, "list").get("template")).lower().endswith("library")
            if text_in(one.get("displayName")).lower() == wanted.name.lower() and not is_library:
                return self._sharepoint.get(f"{path}/{quoted(list_id)}?{_WHOLE}")
        return None

    def _made(self, assignment: Assignment, feed: Feed, wanted: _Wanted) -> dict[str, Any]:
        columns = own_columns(feed.record)
        lists = {}
        for list_id in {looked_up(column) for column in columns.values()} - {"", feed.id}:
            other = assignment.tree.feed(list_id)
            if other and (found := self.looked_up(assignment, other, makes=True)):
                lists[list_id] = found.id
        template = text_in(part_of(feed.record, "list").get("template")) or _GENERIC
        body = {"displayName": wanted.name, "columns": to_make(columns, lists)}
        body |= {"description": feed.record["description"]} if feed.record.get("description") else {}
        path = f"sites/{quoted(wanted.home.site)}/lists"
        for kind in dict.fromkeys((template, _GENERIC)):
            try:
                self._writer.post(path, body | {"list": {"template": kind}}, counted_by=COUNTED_BY)
            except OutcomeUnclear:
                pass
            except CannotBeRestored as problem:
                if problem.obstacle != Obstacle.REFUSED or (kind == _GENERIC and not is_taken(problem)):
                    raise
            # Whoever made it, it is there; or it is no list of a kind that can be made.
            if found := self._there(wanted, None):
                return found
        raise OutcomeUnclear("Nobody knows yet whether a list was made.")


def _place_name(feed: Feed) -> str:
    return f"list {digest(feed.id)}"
