"""Where the parts of a site go: into the same site and its subsites, or into those of another one of the same names.

A subsite cannot be made through Graph. What lay in one that is not there goes into the site above it, with the name of
the subsite before its own. Libraries are made where they are missing, by one thread at a time, and SharePoint refuses a
second one of the same name.
"""

import threading
from typing import Any, NamedTuple

from backups.connectors.base import CannotBeRestored, NotThere, Obstacle, OutcomeUnclear
from backups.connectors.contract import Feed
from backups.connectors.microsoft365.drive_writing import Place, is_taken, longest_path
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.records import digest, text_in
from backups.connectors.microsoft365.restore_onedrive import room_in
from backups.connectors.microsoft365.sharepoint_calls import COUNTED_BY, SharePoint
from backups.connectors.microsoft365.team_calls import quoted
from backups.connectors.microsoft365.writing import Writer
from backups.connectors.restoring import Assignment, Room

_DRIVES = "$select=id,name,webUrl"
_SITES = "$select=id,name,displayName"
_LIBRARY = "documentLibrary"


class Home(NamedTuple):
    """A site at the target, and what stands before the names of what goes there from a subsite that is missing."""

    site: str
    prefix: str = ""


class SitePlaces:
    """The places of sites that are restored into. Safe for several threads."""

    def __init__(self, graph: Graph) -> None:
        self._sharepoint, self._writer = SharePoint(graph), Writer(graph)
        self._homes: dict[tuple[str, str], Home] = {}
        self._libraries: dict[tuple[str, str], Place] = {}
        self._one_at_a_time = threading.RLock()

    def check(self, assignment: Assignment) -> Room:
        """Make sure that the site is there, and return what is left in it. Raises `CannotBeRestored`."""
        path = f"sites/{quoted(assignment.target.remote_id)}"
        try:
            self._sharepoint.get(f"{path}?$select=id")
        except NotThere as problem:
            raise CannotBeRestored(
                "The site to put this into is not there.", obstacle=Obstacle.TARGET_GONE, code=problem.code,
                request_id=problem.request_id,
            ) from problem  # fmt: skip
        try:
            return room_in(self._sharepoint.get(f"{path}/drive?$select=id,quota"))
        except NotThere:
            return Room(None)

    def home_of(self, assignment: Assignment, feed: Feed) -> Home:
        """Return where a library, a list or the pages of a site or subsite go."""
        key = (assignment.key, feed.parent)
        with self._one_at_a_time:
            if key not in self._homes:
                self._homes[key] = self._home(assignment, feed.parent)
            return self._homes[key]

    def library_of(self, assignment: Assignment, feed: Feed, *, makes: bool) -> Place | None:
        """Return the library that things of ``feed`` go into; where it is missing, it is made or None is returned."""
        key = (assignment.key, feed.id)
        with self._one_at_a_time:
            if known := self._libraries.get(key):
                return known
            name = f"library {digest(feed.id)}"
            home = self.home_of(assignment, feed)
            wanted = (assignment.places.get(name), "" if assignment.is_elsewhere else feed.id)
            found = self._library(home, f"{home.prefix}{feed.name}", wanted)
            if found is None and makes:
                found = self._made(home, f"{home.prefix}{feed.name}")
                assignment.places.set(name, found["id"])
            if found is None:
                return None
            folders = (assignment.folder,) if assignment.folder else ()
            self._libraries[key] = place = Place(found["id"], folders, longest_path(found))
            return place

    def _home(self, assignment: Assignment, site: str) -> Home:
        feed = assignment.tree.feed(site)
        if site == assignment.source.remote_id or feed is None or feed.parent in ("", site):
            return Home(assignment.target.remote_id)
        if not assignment.is_elsewhere and self._is_there(site):
            return Home(site)
        above = self.home_of(assignment, feed)
        wanted = {text_in(feed.record.get("name")).lower(), feed.name.lower()} - {""}
        for key, one in () if above.prefix else self._listed(f"sites/{quoted(above.site)}/sites?{_SITES}", "site"):
            if wanted & {text_in(one.get("name")).lower(), text_in(one.get("displayName")).lower()}:
                return Home(key)
        return Home(above.site, f"{above.prefix}{feed.name} ")

    def _is_there(self, site: str) -> bool:
        try:
            self._sharepoint.get(f"sites/{quoted(site)}?$select=id")
        except NotThere:
            return False
        return True

    def _library(self, home: Home, name: str, wanted: tuple[str | None, ...] = ()) -> dict[str, Any] | None:
        drives = dict(self._listed(f"sites/{quoted(home.site)}/drives?{_DRIVES}", "library"))
        by_id = next((drives[key] for key in wanted if key in drives), None)
        same = (one for one in drives.values() if text_in(one.get("name")).lower() == name.lower())
        return by_id or next(same, None)

    def _made(self, home: Home, name: str) -> dict[str, Any]:
        body = {"displayName": name, "list": {"template": _LIBRARY}}
        try:
            self._writer.post(f"sites/{quoted(home.site)}/lists", body, counted_by=COUNTED_BY)
        except OutcomeUnclear:
            # It is there now, or it is made by the next try.
            pass
        except CannotBeRestored as problem:
            if not is_taken(problem):
                raise
        except NotThere as problem:
            raise CannotBeRestored(
                "The site to put this into is not there any more.", obstacle=Obstacle.TARGET_GONE, code=problem.code,
                request_id=problem.request_id,
            ) from problem  # fmt: skip
        found = self._library(home, name)
        if found is None:
            raise OutcomeUnclear("Nobody knows yet whether a library was made.")
        return found

    def _listed(self, path: str, what: str) -> list[tuple[str, dict[str, Any]]]:
        try:
            return list(self._sharepoint.listed(path, what))
        except NotThere:
            return []
