"""One drive: the files and folders of a OneDrive or a library.

Follows Microsoft's pages "driveItem: delta", "Best practices for discovering files and detecting changes at scale",
"Download driveItem content", "List permissions on a driveItem" and "Listing versions of a driveItem".
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from backups.connectors.base import CannotBeSaved, NotThere, Refusal
from backups.connectors.contract import Change, Feed, Part, Readable, Upsert
from backups.connectors.microsoft365.drive_items import CONTENT, SELECT, has_grants, item_in
from backups.connectors.microsoft365.quick_xor_hash import QuickXorHash
from backups.connectors.microsoft365.records import kept
from backups.connectors.microsoft365.refusals import explained
from backups.connectors.microsoft365.sharepoint_calls import (
    COUNTED_BY,
    ONE,
    PERMISSIONS,
    SharePoint,
    removed,
)
from backups.connectors.microsoft365.team_calls import object_id_in, quoted
from backups.connectors.microsoft365.texts import id_of

# Without the folders above what changed, and with sharing where it was shared, not at everything below.
_HEADERS = {
    "deltaExcludeParent": "true",
    "Prefer": "hierarchicalsharing, deltashowremovedasdeleted, deltatraversepermissiongaps, deltashowsharingchanges",
}
_PAGE = 500
_WHY = {
    Refusal.NOT_A_FILE: "A notebook is no file: Microsoft does not hand it out as one.",
    Refusal.MALWARE: "Microsoft found malware in this file and does not hand it out.",
}


class Drive:
    """Reads the drive that ``feed`` is. ``is_one_of_many``: ids only differ together with the drive's.

    ``with_versions`` keeps the older versions that the source has, too.
    """

    def __init__(
        self, sharepoint: SharePoint, feed: Feed, *, is_one_of_many: bool = False, with_versions: bool = False
    ) -> None:
        self.sharepoint, self.feed, self.with_versions = sharepoint, feed, with_versions
        self._root = f"drives/{quoted(feed.id)}"
        self._is_one_of_many = is_one_of_many
        self._prefix = f"{feed.id}/" if is_one_of_many else ""

    def changes(self, cursor: str) -> Iterator[Change]:
        """Yield what changed since ``cursor``, everything for "". A folder that is gone stands for all it held."""
        path = f"{self._root}/root/delta?{SELECT}&$top={_PAGE}"
        yield from self.sharepoint.changes(path, cursor, self._told, _HEADERS)

    def look(self, object_id: str) -> Upsert:
        """Return an item as it is now. Raises `NotThere`."""
        return self._item(object_id, self.sharepoint.get(f"{self._path(object_id)}?{SELECT}"))

    def complete(self, found: Upsert) -> Upsert:
        """Return an item with who may see it, where it is shared, and with its older versions where they are wanted."""
        if found.is_whole:
            return found
        record, parts = dict(found.record), found.parts
        if has_grants(record):
            record["permissions"] = self._permissions(found.id)
        if self._has_versions(found):
            record["versions"] = versions = self._versions(found.id)
            parts += tuple(map(_version_part, versions))
        return replace(found, record=record, parts=parts, is_whole=True)

    @contextmanager
    def open(self, found: Upsert, part: Part) -> Iterator[Readable]:
        """Open the content of a file, or of an older version of it."""
        if "refused" in part.facts:
            reason = Refusal(part.facts["refused"])
            raise CannotBeSaved(_WHY[reason], reason=reason)
        version = part.facts.get("version")
        path = f"{self._path(found.id)}/versions/{quoted(version)}" if version else self._path(found.id)
        xor = part.facts.get("hash")
        # The hash knows the length; without one the size is all there is to go by.
        check = {"verify": QuickXorHash(xor)} if xor else {"size": part.size}
        with (
            explained(),
            self.sharepoint.graph.open(f"{path}/{CONTENT}", counted_by=COUNTED_BY, units=ONE, **check) as stream,
        ):
            yield stream

    def _told(self, entry: Any, link: str) -> Change | None:
        object_id = object_id_in(self.feed.id, entry, "file") if self._is_one_of_many else id_of(entry, "file")
        if object_id is None:
            return None
        return removed(entry, object_id) or self._item(object_id, entry, told_by=link)

    def _item(self, object_id: str, entry: dict[str, Any], *, told_by: str = "") -> Upsert:
        found = item_in(object_id, entry, prefix=self._prefix, told_by=told_by)
        return replace(found, is_whole=found.is_whole and not self._has_versions(found))

    def _has_versions(self, found: Upsert) -> bool:
        return self.with_versions and any("hash" in one.facts and "refused" not in one.facts for one in found.parts)

    def _permissions(self, object_id: str) -> list[dict[str, Any]]:
        """Return what is granted on an item itself, not on a folder above it."""
        path = f"{self._path(object_id)}/permissions"
        listed = dict(self.sharepoint.listed(path, "permission", units=PERMISSIONS))
        return [kept(listed[key]) for key in sorted(listed) if not listed[key].get("inheritedFrom")]

    def _versions(self, object_id: str) -> list[dict[str, Any]]:
        """Return the older versions of a file; the first that is listed is the current one."""
        listed = self.sharepoint.listed(f"{self._path(object_id)}/versions", "version of a file")
        return [kept(entry) for _, entry in listed][1:]

    def _path(self, object_id: str) -> str:
        if not object_id.startswith(self._prefix):
            raise NotThere("This file lies in another library.")
        return f"{self._root}/items/{quoted(object_id.removeprefix(self._prefix))}"


def _version_part(version: dict[str, Any]) -> Part:
    size = version.get("size")
    # An old version is never written to again.
    facts = {"version": version["id"]}
    return Part(f"version:{version['id']}", f"{version['id']} {size}", size if isinstance(size, int) else None, facts)
