"""Where in a drive something lay, and the folders it is put into, made where they are missing.

A folder is looked for before it is made, by one thread at a time, and SharePoint refuses a second one of the same name:
so there are never two, whatever broke meanwhile. What was found or made is remembered among the places of the restore.
"""

import threading
from typing import NamedTuple

from backups.connectors.base import CannotBeRestored, NotThere, Obstacle, OutcomeUnclear
from backups.connectors.microsoft365.drive_names import copies_of, shortened, tamed
from backups.connectors.microsoft365.drive_writing import DriveWriter, Place, is_bad_name, is_taken, times_of
from backups.connectors.microsoft365.records import digest
from backups.connectors.restoring import Assignment, Saved

_MOST_KNOWN = 50_000
_TRIES = 20


class Step(NamedTuple):
    """One folder on the way down: what it is remembered by, its name, and its times."""

    key: str
    name: str
    times: dict[str, str]


class Found(NamedTuple):
    """A folder at the target: its id, whether this restore made it, and whether it could be called as it was."""

    id: str
    is_made: bool
    is_renamed: bool = False


class Ways:
    """The folders that saved objects lay in, read once each. Safe for several threads."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[Step, ...]] = {}

    def to(self, assignment: Assignment, saved: Saved) -> tuple[Step, ...]:
        """Return the folders around an object from the top one down; the drive's own top is none of them."""
        return self._above(assignment, saved.parent, {saved.id})

    def down_to(self, assignment: Assignment, folder: Saved) -> tuple[Step, ...]:
        """Return the folders down to a folder, itself the last of them."""
        return (*self.to(assignment, folder), step_of(folder))

    def _above(self, assignment: Assignment, parent: str, seen: set[str]) -> tuple[Step, ...]:
        above: list[Step] = []
        at = parent
        while at and at not in seen:
            if (known := self._known.get((assignment.key, at))) is not None:
                above = [*known, *above]
                break
            seen.add(at)
            folder = assignment.tree.object(at)
            if folder is None or is_top(folder):
                break
            above.insert(0, step_of(folder))
            at = folder.parent
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        self._known[assignment.key, parent] = tuple(above)
        return tuple(above)


class Folders:
    """The folders of drives that are restored into. Safe for several threads."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str], Found] = {}
        self._one_at_a_time = threading.Lock()

    def place_of(self, drive: DriveWriter, assignment: Assignment, place: Place, steps: tuple[Step, ...]) -> Found:
        """Return the last of the folders ``steps`` below ``place``, all of them made where they are missing.

        Raises `CannotBeRestored` (TARGET_GONE, NAME_REFUSED and others) and what `DriveWriter.make_folder` raises.
        """
        steps = (*(Step(f"top {name}", name, {}) for name in place.folders), *steps)
        if steps and (known := self._known.get((assignment.key, drive.drive, steps[-1].key))):
            return known
        with self._one_at_a_time:
            here, length = Found(self._top(drive, assignment), False), 0
            for step in steps:
                here = self._below(drive, assignment, here.id, step, place.longest - length)
                length += len(step.name) + 1
        return here

    def forget(self, drive: DriveWriter, assignment: Assignment, place: Place, steps: tuple[Step, ...]) -> None:
        """Look again at these folders: somebody deleted one of them, or the drive."""
        self._known.pop((assignment.key, drive.drive, ""), None)
        for step in (*(Step(f"top {name}", name, {}) for name in place.folders), *steps):
            self._known.pop((assignment.key, drive.drive, step.key), None)
            assignment.places.set(_place_name(drive, step), "")

    def known(self, drive: DriveWriter, assignment: Assignment, place: Place, steps: tuple[Step, ...]) -> Found | None:
        """Return the last of these folders if it is there; makes nothing."""
        try:
            here = Found(self._top(drive, assignment), False)
        except CannotBeRestored:
            return None
        for step in (*(Step(f"top {name}", name, {}) for name in place.folders), *steps):
            below = self._remembered(drive, assignment, step) or self._seen(drive, here.id, step.name)
            if below is None:
                return None
            here = below
        return here

    def _top(self, drive: DriveWriter, assignment: Assignment) -> str:
        known = self._known.get((assignment.key, drive.drive, ""))
        if known is None:
            try:
                known = Found(drive.root(), False)
            except NotThere as problem:
                raise CannotBeRestored(
                    "The drive to put this into is not there any more.", obstacle=Obstacle.TARGET_GONE,
                    code=problem.code, request_id=problem.request_id,
                ) from problem  # fmt: skip
            self._known[assignment.key, drive.drive, ""] = known
        return known.id

    def _below(self, drive: DriveWriter, assignment: Assignment, parent: str, step: Step, room: int) -> Found:
        found = self._remembered(drive, assignment, step)
        if found is None:
            found = self._seen(drive, parent, step.name) or self._make(drive, parent, step, room)
            word = f"{'made' if found.is_made else 'found'}{' renamed' if found.is_renamed else ''}"
            assignment.places.set(_place_name(drive, step), f"{found.id} {word}")
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        self._known[assignment.key, drive.drive, step.key] = found
        return found

    def _remembered(self, drive: DriveWriter, assignment: Assignment, step: Step) -> Found | None:
        known = self._known.get((assignment.key, drive.drive, step.key))
        told = "" if known else assignment.places.get(_place_name(drive, step))
        if not told:
            return known
        found, *words = told.split()
        return Found(found, "made" in words, "renamed" in words)

    def _seen(self, drive: DriveWriter, parent: str, name: str) -> Found | None:
        entry = drive.at(parent, name)
        return Found(entry["id"], False) if entry and isinstance(entry.get("folder"), dict) else None

    def _make(self, drive: DriveWriter, parent: str, step: Step, room: int) -> Found:
        name, others = step.name, copies_of(step.name)
        for _ in range(_TRIES):
            try:
                return Found(drive.make_folder(parent, name, step.times)["id"], True, name != step.name)
            except OutcomeUnclear:
                if found := self._seen(drive, parent, name):
                    return found._replace(is_made=True, is_renamed=name != step.name)
            except CannotBeRestored as problem:
                tame = shortened(tamed(name), room)
                if is_taken(problem):
                    # Somebody made it just now, or a file is called so.
                    if found := self._seen(drive, parent, name):
                        return found
                    name = next(others)
                elif is_bad_name(problem) and tame not in ("", name):
                    name, others = tame, copies_of(tame)
                else:
                    raise refused(problem, step.name) from problem
        raise CannotBeRestored(
            f"Microsoft does not take a folder of the name “{step.name}”.", obstacle=Obstacle.NAME_REFUSED
        )


def refused(problem: CannotBeRestored, name: str) -> CannotBeRestored:
    """Return what to tell of something that was not taken, perhaps because of its name."""
    if not is_bad_name(problem):
        return problem
    return CannotBeRestored(
        f"Microsoft does not take something of the name “{name[:80]}” in that place.", obstacle=Obstacle.NAME_REFUSED,
        code=problem.code, request_id=problem.request_id,
    )  # fmt: skip


def is_top(saved: Saved) -> bool:
    """Return whether an object is the top folder of its drive."""
    return saved.record.get("root") is not None


def is_folder(saved: Saved) -> bool:
    """Return whether an object is a folder, the top one among them; a notebook is none."""
    return is_top(saved) or (isinstance(saved.record.get("folder"), dict) and "package" not in saved.record)


def step_of(folder: Saved) -> Step:
    """Return a folder as a step of a way."""
    name = folder.record.get("name")
    return Step(folder.id, name if isinstance(name, str) and name else "_", times_of(folder.record))


def _place_name(drive: DriveWriter, step: Step) -> str:
    return f"folder {digest([drive.drive, step.key])}"
