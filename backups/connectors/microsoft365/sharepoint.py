"""SharePoint: the libraries, lists and pages of one site and of its subsites."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import ClassVar

from backups.connectors.base import NotThere, UnexpectedAnswer
from backups.connectors.contract import (
    Capabilities,
    Change,
    Checkpoint,
    Feed,
    Kind,
    Part,
    Readable,
    Restores,
    Source,
    Upsert,
)
from backups.connectors.microsoft365.drives import Drive
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.lists import SiteList
from backups.connectors.microsoft365.pages import SitePages
from backups.connectors.microsoft365.sharepoint_calls import SharePoint
from backups.connectors.microsoft365.site_feeds import LIBRARY, LIST, PAGES, SiteFeeds


class SharePointConnector:
    """Reads a site. ``with_versions`` keeps the older versions that SharePoint has of a file, too."""

    kind: ClassVar[Kind] = Kind.SHAREPOINT
    capabilities: Capabilities = Capabilities(
        permissions=True,
        restore_in_place=Restores.DEGRADED,
        restore_elsewhere=Restores.DEGRADED,
        missing=(
            "Files attached to items of lists",
            "Columns that were added to libraries: what stands there beside a file",
            "Classic web parts, workflows, navigation, themes and most settings of the site",
            "Comments and likes on pages",
            "Permissions of the site, its lists and their items",
            "Lists and libraries that SharePoint hides or keeps for itself",
            "Notebooks of OneNote",
            "Files in which Microsoft found malware",
            "Versions of files and items that were older than the first backup, or replaced between two backups",
            "Passwords of sharing links",
            "The recycle bin",
        ),
    )
    width: ClassVar[int] = 8

    def __init__(self, graph: Graph, *, with_versions: bool = False) -> None:
        self._sharepoint, self._with_versions = SharePoint(graph), with_versions
        if with_versions:
            self.capabilities = replace(self.capabilities, versions=True)

    def feeds(self, source: Source) -> Iterator[Feed]:
        """Yield the site, its libraries, lists and pages, then its subsites with theirs."""
        yield from SiteFeeds(self._sharepoint, source.remote_id).all()

    def changes(self, source: Source, feed: Feed, cursor: str) -> Iterator[Change]:
        """Yield what changed in a library or list; all pages. A site itself holds nothing but what its record says."""
        if feed.type == LIBRARY:
            yield from self._library(feed).changes(cursor)
            return
        if feed.type == LIST:
            yield from SiteList(self._sharepoint, feed).changes(cursor)
            return
        if feed.type == PAGES:
            yield from SitePages(self._sharepoint, feed).all()
        elif feed.is_closed:
            # It is asked again, so that whoever reads it is told why it is closed.
            SiteFeeds(self._sharepoint, source.remote_id).parts(feed.id)
            raise UnexpectedAnswer("This subsite did not tell at once what it consists of. The next backup reads it.")
        yield Checkpoint("", is_end=True)

    def look(self, source: Source, feed: Feed, object_id: str) -> Upsert:
        """Return a file, an item or a page as it is now. Raises `NotThere`."""
        if feed.type == LIBRARY:
            return self._library(feed).look(object_id)
        if feed.type == LIST:
            return SiteList(self._sharepoint, feed).look(object_id)
        if feed.type == PAGES:
            return SitePages(self._sharepoint, feed).look(object_id)
        raise NotThere("A site itself holds nothing.")

    def complete(self, source: Source, feed: Feed, found: Upsert) -> Upsert:
        """Return a shared file with who may see it, a page with what stands on it."""
        if feed.type == LIBRARY:
            return self._library(feed).complete(found)
        return SitePages(self._sharepoint, feed).complete(found) if feed.type == PAGES else found

    def open(self, source: Source, feed: Feed, found: Upsert, part: Part) -> AbstractContextManager[Readable]:
        """Open the content of a file."""
        return self._library(feed).open(found, part)

    def _library(self, feed: Feed) -> Drive:
        return Drive(self._sharepoint, feed, is_one_of_many=True, with_versions=self._with_versions)
