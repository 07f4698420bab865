"""The pages of a site. Follows Microsoft's pages "List baseSitePages" and "Get SitePage".

There is no feed of their changes, so they are listed whole and only those with another version are read.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice
from typing import Any

from backups.connectors.base import NotThere
from backups.connectors.contract import Feed, Upsert
from backups.connectors.microsoft365.records import digest, kept, moment_in, text_in
from backups.connectors.microsoft365.sharepoint_calls import SharePoint
from backups.connectors.microsoft365.team_calls import object_id_in, quoted

_TYPE = "microsoft.graph.sitePage"
# What readers do to a page; it makes no new version of it.
_BY_READERS = frozenset({"reactions"})


class SitePages:
    """Reads the pages of the site that ``feed`` lies in."""

    def __init__(self, sharepoint: SharePoint, feed: Feed) -> None:
        self.sharepoint, self.feed = sharepoint, feed
        self._pages = f"sites/{quoted(feed.parent)}/pages"

    def all(self) -> Iterator[Upsert]:
        """Yield every page, without what stands on it. A site that has no place for pages has none.

        Raises `NotThere` where a list that has begun breaks off, and every other `ConnectorError`.
        """
        for _, entry in self._listed():
            object_id = object_id_in(self.feed.id, entry, "page")
            if object_id:
                yield _page_in(object_id, entry)

    def look(self, object_id: str) -> Upsert:
        """Return a page as it is now, without what stands on it. Raises `NotThere`."""
        return _page_in(object_id, self.sharepoint.get(self._path(object_id)))

    def complete(self, found: Upsert) -> Upsert:
        """Return a page with what stands on it."""
        if found.is_whole:
            return found
        page = self.sharepoint.get(f"{self._path(found.id)}/{_TYPE}?$expand=canvasLayout")
        return replace(found, record=found.record | kept(page, _BY_READERS), is_whole=True)

    def _listed(self, tries: int = 2) -> Iterator[tuple[str, dict[str, Any]]]:
        pages = self.sharepoint.listed(self._pages, "page")
        try:
            first = list(islice(pages, 1))
        except NotThere:
            # One denial may be a mistake, and every page would count as deleted.
            return self._listed(tries - 1) if tries > 1 else iter(())
        return chain(first, pages)

    def _path(self, object_id: str) -> str:
        if not object_id.startswith(f"{self.feed.id}/"):
            raise NotThere("This page belongs to another site.")
        return f"{self._pages}/{quoted(object_id.removeprefix(f'{self.feed.id}/'))}"


def _page_in(object_id: str, entry: dict[str, Any]) -> Upsert:
    record = kept(entry, _BY_READERS)
    facts = {
        "name": text_in(entry.get("title")) or text_in(entry.get("name")),
        "modified_at": moment_in(entry.get("lastModifiedDateTime")),
        "created_at": moment_in(entry.get("createdDateTime")),
    }
    # Links to news elsewhere and the like have nothing on them.
    is_site_page = str(entry.get("@odata.type", _TYPE)).endswith(_TYPE)
    return Upsert(object_id, digest(record), record, facts, is_whole=not is_site_page)
