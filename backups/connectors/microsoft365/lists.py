"""One list of a site: its items, each with what stands in its columns. Follows Microsoft's page "listItem: delta"."""

from collections.abc import Iterator
from typing import Any

from backups.connectors.base import NotThere
from backups.connectors.contract import Change, Feed, Upsert
from backups.connectors.microsoft365.records import digest, kept, moment_in, text_in
from backups.connectors.microsoft365.sharepoint_calls import SharePoint, part_of, removed
from backups.connectors.microsoft365.team_calls import object_id_in, quoted

_FIELDS = "$expand=fields"
_PAGE = 500
# How much lies in a folder of a list is no property of its own.
_COUNTS = frozenset({"ItemChildCount", "FolderChildCount"})
_NAMES = ("Title", "LinkTitle", "FileLeafRef")


class SiteList:
    """Reads the list that ``feed`` is. Items are numbered within their list, so they are known by both."""

    def __init__(self, sharepoint: SharePoint, feed: Feed) -> None:
        self.sharepoint, self.feed = sharepoint, feed
        self._items = f"sites/{quoted(feed.parent)}/lists/{quoted(feed.id)}/items"

    def changes(self, cursor: str) -> Iterator[Change]:
        """Yield what changed since ``cursor``, everything for ""."""
        yield from self.sharepoint.changes(f"{self._items}/delta?{_FIELDS}&$top={_PAGE}", cursor, self._told)

    def look(self, object_id: str) -> Upsert:
        """Return an item as it is now. Raises `NotThere`."""
        if not object_id.startswith(f"{self.feed.id}/"):
            raise NotThere("This item lies in another list.")
        number = object_id.removeprefix(f"{self.feed.id}/")
        return list_item_in(object_id, self.sharepoint.get(f"{self._items}/{quoted(number)}?{_FIELDS}"))

    def _told(self, entry: Any, link: str) -> Change | None:
        object_id = object_id_in(self.feed.id, entry, "item of a list")
        if object_id is None:
            return None
        return removed(entry, object_id) or list_item_in(object_id, entry)


def list_item_in(object_id: str, entry: dict[str, Any]) -> Upsert:
    """Return an item of a list, known as ``object_id``."""
    # The address changes when the list is renamed.
    record, fields = kept(entry, {"webUrl"}), part_of(entry, "fields")
    if fields:
        record["fields"] = kept(fields, _COUNTS)
    facts = {
        "name": next(filter(None, (text_in(fields.get(name)) for name in _NAMES)), ""),
        "modified_at": moment_in(entry.get("lastModifiedDateTime")),
        "created_at": moment_in(entry.get("createdDateTime")),
        "has_attachments": fields.get("Attachments") is True,
    }
    return Upsert(object_id, digest(record), record, facts)
