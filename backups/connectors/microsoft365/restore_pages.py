"""Putting back the pages of a site, and of its subsites. A page is known by its name, of which there is one in a site.

The name of a page cannot be changed through Graph. One that takes the place of another is made under a name of the
restore's own first, then again under its own once the old one lies in the recycle bin; the first goes last.
"""

from collections.abc import Iterator
from itertools import count, islice
from typing import Any

from backups.connectors.base import CannotBeRestored, NotThere, Obstacle, OutcomeUnclear
from backups.connectors.contract import Feed
from backups.connectors.microsoft365.drive_writing import is_taken
from backups.connectors.microsoft365.page_parts import (
    SITE_PAGE,
    body_of,
    content_mark,
    is_published,
    name_of,
    original_name,
    parted,
    texts_mark,
)
from backups.connectors.microsoft365.records import digest, text_in
from backups.connectors.microsoft365.sharepoint_calls import COUNTED_BY, SharePoint
from backups.connectors.microsoft365.site_places import SitePlaces
from backups.connectors.microsoft365.team_calls import quoted
from backups.connectors.microsoft365.writing import Writer
from backups.connectors.restoring import Assignment, Conflict, Less, Mark, Outcome, Saved, There

LACKS = (Less.AUTHOR, Less.WEB_PARTS, Less.SETTINGS)
_CAST = "microsoft.graph.sitePage"
_MOST_COPIES = 50


class PageRestorer:
    """Puts pages into the sites of ``places``. Safe for several threads."""

    def __init__(self, sharepoint: SharePoint, places: SitePlaces) -> None:
        self._sharepoint, self._writer, self._places = sharepoint, Writer(sharepoint.graph), places

    def mark(self, saved: Saved) -> Mark:
        """Return the page's name, and what stands on it."""
        return Mark(name_of(saved.record).lower(), content_mark(saved.record))

    def marks_there(self, assignment: Assignment, feed: Feed) -> dict[str, There]:
        """Return the pages of the site, and the copies of a restore into a folder, by the names of their originals."""
        home, found = self._places.home_of(assignment, feed), {}
        pages = list(self._listed(home.site))
        for folder in dict.fromkeys(("", assignment.folder)):
            for page, name in pages:
                if original := original_name(name, home.prefix, folder):
                    found[original] = There(page, content_mark(self._whole(home.site, page)))
        return found

    def find(self, assignment: Assignment, saved: Saved, key: str) -> str | None:
        """Return the page that an earlier try made under the name that was written down, published if it was."""
        name = assignment.places.get(f"page {digest(key)}")
        home = self._places.home_of(assignment, saved.feed)
        page = self._called(home.site, name) if name else None
        if page is None or not self._is_same(saved, self._whole(home.site, page)):
            return None
        self._end(assignment, saved, home.site, page, key)
        return page

    def put(self, assignment: Assignment, saved: Saved, key: str, there: There | None) -> Outcome:
        """Make a page. Raises `CannotBeRestored`, `OutcomeUnclear` and what `Writer.post` raises."""
        if str(saved.record.get("@odata.type", SITE_PAGE)).rpartition(".")[2] != SITE_PAGE.rpartition(".")[2]:
            raise CannotBeRestored(
                "This is a link that stands among the pages; Microsoft lets nobody make one.",
                obstacle=Obstacle.NOT_RESTORABLE,
            )
        home = self._places.home_of(assignment, saved.feed)
        name = name_of(saved.record, home.prefix, assignment.folder)
        old = self._old(assignment, home.site, name, there)
        if old:
            self._make(home.site, saved, _own_name(key), may_be_there=True)
            self._delete(home.site, old)
        is_beside = bool(there) and assignment.conflict == Conflict.COPY and not assignment.folder
        page, less = self._under_a_free_name(assignment, home.site, saved, key, name, is_beside=is_beside)
        self._end(assignment, saved, home.site, page, key)
        return Outcome(page, tuple(sorted(less)), bool(old))

    def _under_a_free_name(
        self, assignment: Assignment, site: str, saved: Saved, key: str, name: str, *, is_beside: bool
    ) -> tuple[str, set[Less]]:
        for one in islice(_names(name, is_beside=is_beside), _MOST_COPIES):
            assignment.places.set(f"page {digest(key)}", one)
            try:
                return self._make(site, saved, one, may_be_there=one == name)
            except CannotBeRestored as problem:
                if not is_taken(problem):
                    raise
        raise CannotBeRestored(
            f"There are {_MOST_COPIES} pages called “{name[:80]}” already.", obstacle=Obstacle.NAME_REFUSED
        )

    def _make(self, site: str, saved: Saved, name: str, *, may_be_there: bool) -> tuple[str, set[Less]]:
        """Make a page, with its texts alone where the rest of it is refused, and return its id and what is lost.

        With ``may_be_there`` one of this name and content is taken for it.
        """
        for only_text in (False, True):
            body, less = body_of(saved.record, name, only_text=only_text)
            try:
                return self._writer.post(f"sites/{quoted(site)}/pages", body, counted_by=COUNTED_BY)["id"], less
            except CannotBeRestored as problem:
                if is_taken(problem):
                    page = self._called(site, name) if may_be_there else None
                    if page and self._is_same(saved, self._whole(site, page)):
                        return page, less
                    raise
                if problem.obstacle != Obstacle.REFUSED or only_text:
                    raise
        raise AssertionError("A page is made, or it is refused.")

    def _end(self, assignment: Assignment, saved: Saved, site: str, page: str, key: str) -> None:
        """Publish a page that was published, and remove what stood in for it."""
        if is_published(saved.record):
            path = f"sites/{quoted(site)}/pages/{quoted(page)}/{_CAST}/publish"
            try:
                self._writer.post(path, counted_by=COUNTED_BY)
            except OutcomeUnclear:
                self._writer.post(path, counted_by=COUNTED_BY)
        if assignment.conflict == Conflict.REPLACE and (own := self._called(site, _own_name(key))):
            self._delete(site, own)

    def _old(self, assignment: Assignment, site: str, name: str, there: There | None) -> str | None:
        """Return the page that is to be replaced, if it still has this name."""
        if not there or assignment.conflict != Conflict.REPLACE:
            return None
        return there.id if self._called(site, name) == there.id else None

    def _called(self, site: str, name: str) -> str | None:
        return next((page for page, one in self._listed(site) if one.lower() == name.lower()), None)

    def _listed(self, site: str) -> Iterator[tuple[str, str]]:
        try:
            for page, entry in self._sharepoint.listed(f"sites/{quoted(site)}/pages", "page"):
                yield page, text_in(entry.get("name"))
        except NotThere:
            # A site that has no place for pages has none.
            return

    def _whole(self, site: str, page: str) -> dict[str, Any]:
        try:
            return self._sharepoint.get(f"sites/{quoted(site)}/pages/{quoted(page)}/{_CAST}?$expand=canvasLayout")
        except NotThere:
            return {}

    def _is_same(self, saved: Saved, page: dict[str, Any]) -> bool:
        return content_mark(page) == content_mark(saved.record) or content_mark(page) == texts_mark(saved.record)

    def _delete(self, site: str, page: str) -> None:
        self._writer.delete(f"sites/{quoted(site)}/pages/{quoted(page)}", counted_by=COUNTED_BY)


def _names(name: str, *, is_beside: bool) -> Iterator[str]:
    if not is_beside:
        yield name
    stem, ending = parted(name)
    for number in count(1):
        yield f"{stem}-restored{'' if number == 1 else f'-{number}'}{ending}"


def _own_name(key: str) -> str:
    return f"Portico-{digest(key)[:16]}.aspx"
