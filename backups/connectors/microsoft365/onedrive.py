"""OneDrive: the files of one person."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import ClassVar

from backups.connectors.base import UnexpectedAnswer
from backups.connectors.contract import Capabilities, Change, Feed, Kind, Part, Readable, Restores, Source, Upsert
from backups.connectors.microsoft365.drives import Drive
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.records import kept, text_in
from backups.connectors.microsoft365.sharepoint_calls import SharePoint
from backups.connectors.microsoft365.team_calls import quoted
from backups.connectors.microsoft365.texts import id_of

# Without what changes with every file: when something changed, and how much lies in it.
_DRIVE = "$select=id,name,description,driveType,createdDateTime,owner,webUrl"


class OneDriveConnector:
    """Reads the OneDrive of a person. ``with_versions`` keeps the older versions that OneDrive has of a file, too."""

    kind: ClassVar[Kind] = Kind.ONEDRIVE
    capabilities: Capabilities = Capabilities(
        permissions=True,
        restore_in_place=Restores.DEGRADED,
        restore_elsewhere=Restores.DEGRADED,
        missing=(
            "Notebooks of OneNote",
            "Files in which Microsoft found malware",
            "Versions of files that were older than the first backup, or replaced between two backups",
            "What others share with this person: it is protected with the drive it lies in",
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
        """Yield the drive. Raises `NotThere` for somebody who never had one."""
        drive = self._sharepoint.get(f"users/{quoted(source.remote_id)}/drive?{_DRIVE}")
        drive_id = id_of(drive, "drive")
        if drive_id is None:
            raise UnexpectedAnswer("Microsoft’s answer names no drive.")
        yield Feed(drive_id, text_in(drive.get("name")) or "OneDrive", "drive", record=kept(drive))

    def changes(self, source: Source, feed: Feed, cursor: str) -> Iterator[Change]:
        """Yield what changed in the drive."""
        return self._drive(feed).changes(cursor)

    def look(self, source: Source, feed: Feed, object_id: str) -> Upsert:
        """Return a file or folder as it is now. Raises `NotThere`."""
        return self._drive(feed).look(object_id)

    def complete(self, source: Source, feed: Feed, found: Upsert) -> Upsert:
        """Return a shared item with who may see it."""
        return self._drive(feed).complete(found)

    def open(self, source: Source, feed: Feed, found: Upsert, part: Part) -> AbstractContextManager[Readable]:
        """Open the content of a file."""
        return self._drive(feed).open(found, part)

    def _drive(self, feed: Feed) -> Drive:
        return Drive(self._sharepoint, feed, with_versions=self._with_versions)
