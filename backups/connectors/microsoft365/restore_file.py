"""One file on its way into a folder.

SharePoint has no place for a restore key in a file of a company's drive. What an earlier try made is known by its place
instead: a name that was free, or was written down among the places of the restore before anything was sent, under
which the very bytes lie now, by length and hash. Whoever finds them there has what was to be put back, whether it was
this restore or a person who did it; and a name is only free once, so that nothing can lie there twice.
"""

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from backups.connectors.base import CannotBeRestored, DamagedOnTheWay, Obstacle, UnexpectedAnswer
from backups.connectors.microsoft365.drive_names import copies_of, shortened, tamed
from backups.connectors.microsoft365.drive_writing import (
    Content,
    DriveWriter,
    has_times,
    is_bad_name,
    is_taken,
    times_of,
)
from backups.connectors.microsoft365.office_files import is_office_file, same_but_for_properties
from backups.connectors.microsoft365.records import digest
from backups.connectors.microsoft365.restore_tree import refused
from backups.connectors.restoring import Assignment, Conflict, Saved, There

_MOST_COPIES = 50


class FileRestore:
    """Puts one file into the folder with the id ``folder``, where names may be ``room`` letters long."""

    def __init__(
        self,
        drive: DriveWriter,
        assignment: Assignment,
        saved: Saved,
        key: str,
        content: Content,
        folder: str,
        room: int,
    ) -> None:
        self.drive, self.assignment, self.key = drive, assignment, key
        self.content, self.folder, self.room = content, folder, room
        name = saved.record.get("name")
        self.name = self._original = name if isinstance(name, str) and name else "_"
        self.times = times_of(saved.record)
        self.is_rewritten = False
        self._chosen, self._temporary = (f"{word} {digest(key)}" for word in ("name", "temporary"))

    @property
    def is_renamed(self) -> bool:
        """Whether SharePoint did not take the file's name."""
        return self.name != self._original

    def made(self) -> dict[str, Any] | None:
        """Return what an earlier try made of the file, if that was all but its times and who may see it."""
        chosen = self.assignment.places.get(self._chosen)
        if not chosen and self.assignment.conflict == Conflict.COPY:
            # Of every copy the name is written down before it is made.
            return None
        if temporary := self.assignment.places.get(self._temporary):
            if self.drive.at(self.folder, temporary):
                return None
        entry = self.drive.at(self.folder, chosen or self.name)
        return self._dated(entry) if entry and self._is_in(entry) else None

    def put(self, there: There | None) -> tuple[dict[str, Any], bool]:
        """Make the file and return what the drive says of it, and whether an old one was removed.

        Raises `CannotBeRestored`, `OutcomeUnclear`, `DamagedOnTheWay` where Microsoft twice held other bytes than were
        sent, and what `DriveWriter` raises.
        """
        if self.assignment.conflict == Conflict.REPLACE:
            old = self._old(there)
            if old and self.content.is_in(old):
                return self._dated(old), False
            if old or self.assignment.places.get(self._temporary):
                return self._replace(old), True
        is_beside = there is not None and self.assignment.conflict == Conflict.COPY
        return self._dated(self._under_a_free_name(is_beside=is_beside)), False

    def _old(self, there: There | None) -> dict[str, Any] | None:
        """Return the file that is to be replaced, if it still lies in this folder: others are never touched."""
        old = self.drive.item(there.id) if there else None
        is_here = old and (old.get("parentReference") or {}).get("id") == self.folder
        return old if is_here and isinstance(old.get("file"), dict) else None

    def _replace(self, old: dict[str, Any] | None) -> dict[str, Any]:
        temporary = f"Portico {digest(self.key)[:16]}.restoring"
        self.assignment.places.set(self._temporary, temporary)
        entry = self.drive.at(self.folder, temporary)
        if entry and not self._is_in(entry):
            self.drive.remove(entry["id"])
            entry = None
        entry = entry or self._sent(temporary)
        if old:
            self._remove_old(old["id"], entry["id"])
        for name in self._names(is_beside=False):
            try:
                return self.drive.change(entry["id"], {"name": name, "fileSystemInfo": self.times})
            except CannotBeRestored as problem:
                if not is_taken(problem):
                    raise
        raise self._no_free_name()

    def _remove_old(self, old: str, new: str) -> None:
        """Put the old file into the recycle bin; where it cannot go, what was to take its place goes instead."""
        try:
            self.drive.remove(old)
        except CannotBeRestored as problem:
            self.drive.remove(new)
            if problem.obstacle != Obstacle.LOCKED:
                raise
            raise CannotBeRestored(
                "Somebody has the file that lies there open, so it was not replaced. Nothing was changed.",
                obstacle=Obstacle.LOCKED, code=problem.code, request_id=problem.request_id,
            ) from problem  # fmt: skip

    def _under_a_free_name(self, *, is_beside: bool) -> dict[str, Any]:
        chosen = self.assignment.places.get(self._chosen)
        if chosen and (entry := self.drive.at(self.folder, chosen)) and self._is_in(entry):
            return entry
        names = self._names(is_beside=is_beside)
        for name in names:
            if name != self._original or self.assignment.conflict == Conflict.COPY:
                self.assignment.places.set(self._chosen, name)
            try:
                return self._sent(name)
            except CannotBeRestored as problem:
                if is_taken(problem):
                    entry = self.drive.at(self.folder, name)
                    if entry and name == self.name and self._is_in(entry):
                        return entry
                else:
                    self._call_otherwise(name, problem)
                    return self._under_a_free_name(is_beside=is_beside)
        raise self._no_free_name()

    def _call_otherwise(self, name: str, problem: CannotBeRestored) -> None:
        """Take a name that SharePoint may like better. Raises what it said where there is none."""
        if not is_bad_name(problem):
            raise problem
        better = shortened(tamed(self.name), self.room)
        if better in ("", self.name) or name != self.name:
            raise refused(problem, self.name) from problem
        self.name = better

    def _names(self, *, is_beside: bool) -> Iterator[str]:
        names = copies_of(self.name) if is_beside else chain([self.name], copies_of(self.name))
        return islice(names, _MOST_COPIES)

    def _sent(self, name: str) -> dict[str, Any]:
        """Upload the file, a second time where Microsoft holds other bytes than were sent.

        Bytes that are others twice in the same way, and those of an Office file whose parts are the same, were not
        damaged on the way: SharePoint wrote into the file.
        """
        before: object = None
        for is_last in (False, True):
            try:
                entry = self.drive.upload(self.folder, name, self.content, self.times)
            except UnexpectedAnswer:
                # The upload was lost on the way, or what came back makes no sense.
                if is_last:
                    raise
                continue
            if self.content.is_in(entry):
                return entry
            told = [entry.get(name) for name in ("size", "file")]
            if is_last and self.content.is_whole() and (told == before or self._has_same_parts(entry)):
                self.is_rewritten = True
                return entry
            before = told
            self.drive.remove(entry["id"])
        raise DamagedOnTheWay("Microsoft twice held other bytes than were sent. Nothing of this file was left there.")

    def _is_in(self, entry: dict[str, Any]) -> bool:
        """Return whether an item is this file, if only as SharePoint makes it."""
        if self.content.is_in(entry):
            return True
        self.is_rewritten = isinstance(entry.get("file"), dict) and self._has_same_parts(entry)
        return self.is_rewritten

    def _has_same_parts(self, entry: dict[str, Any]) -> bool:
        if not is_office_file(self._original, self.content.size):
            return False
        with self.drive.open(entry["id"]) as live:
            return same_but_for_properties(self.content.stream(), live)

    def _dated(self, entry: dict[str, Any]) -> dict[str, Any]:
        if has_times(entry, self.times):
            return entry
        return self.drive.change(entry["id"], {"fileSystemInfo": self.times})

    def _no_free_name(self) -> CannotBeRestored:
        return CannotBeRestored(
            f"There are {_MOST_COPIES} files called “{self.name[:80]}” in that folder already.",
            obstacle=Obstacle.NAME_REFUSED,
        )
