"""Finding the folder that something is put back into, and making it where it is missing.

A folder is looked for before it is made, by one thread at a time, and Exchange refuses a second one of the same name:
so there are never two, whatever broke meanwhile. What was found or made is remembered among the places of the restore.
"""

import re
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from backups.connectors.base import CannotBeRestored, NotThere, Obstacle, OutcomeUnclear
from backups.connectors.contract import Feed
from backups.connectors.microsoft365.exchange import quoted
from backups.connectors.microsoft365.restore_mailbox import Mailbox, entries
from backups.connectors.restoring import Assignment, Tree

_LONGEST_NAME = 250
_REFUSED = re.compile(r'[\\/:*?"<>|]')
_TRIES = 3


class Step(NamedTuple):
    """One folder on the way down: its name, and whether people do not see it."""

    name: str
    is_hidden: bool = False


class Way(NamedTuple):
    """The way to a folder: the id or well-known name where it begins, and the folders below that.

    ``otherwise`` are the folders to go from the top where there is no such beginning: not every mailbox has an archive.
    """

    start: str
    steps: tuple[Step, ...] = ()
    otherwise: tuple[Step, ...] = ()


class Folders:
    """The folders of one kind in the mailboxes that are restored into. ``collection`` is their word in paths.

    ``ways`` returns the ways to a feed's place and, for a restore into a folder, to its copy there, which comes last.
    ``top`` is where folders without another one around them lie. Safe for several threads.
    """

    def __init__(self, collection: str, top: str, ways: Callable[[Assignment, Feed], list[Way]], options: str) -> None:
        self._collection, self._top, self._ways, self._options = collection, top, ways, options
        self._one_at_a_time = threading.Lock()

    def place_of(self, mailbox: Mailbox, assignment: Assignment, feed: Feed, *, anew: bool = False) -> str:
        """Return the id of the folder that objects of ``feed`` are put into, made where it is missing.

        ``anew`` looks again although a place is remembered. Raises `CannotBeRestored` and what `Mailbox.post` raises.
        """
        name = f"{self._collection} {feed.id}"
        with self._one_at_a_time:
            known = assignment.places.get(name)
            if known and not anew:
                return known
            way = self._ways(assignment, feed)[-1]
            found = self._walk(mailbox, way, makes=True)
            assignment.places.set(name, found)
            return found

    def put_into(
        self, mailbox: Mailbox, assignment: Assignment, feed: Feed, what: str, body: dict[str, Any]
    ) -> dict[str, Any]:
        """Make an object among the ``what`` of the folder of ``feed`` and return what the server says of it.

        Raises what `place_of` and `Mailbox.post` raise.
        """
        folder = self.place_of(mailbox, assignment, feed)
        try:
            return mailbox.post(f"{self._collection}/{quoted(folder)}/{what}", body)
        except NotThere:
            # Somebody deleted the folder meanwhile.
            folder = self.place_of(mailbox, assignment, feed, anew=True)
            return mailbox.post(f"{self._collection}/{quoted(folder)}/{what}", body)

    def known_place_of(self, mailbox: Mailbox, assignment: Assignment, feed: Feed) -> str | None:
        """Return the id of that folder if it is there; makes nothing."""
        known = assignment.places.get(f"{self._collection} {feed.id}")
        return known or self._walk(mailbox, self._ways(assignment, feed)[-1], makes=False)

    def standing(self, mailbox: Mailbox, assignment: Assignment, feed: Feed) -> list[str]:
        """Return the ids of the folders where objects of ``feed`` may lie already, the one they are put into first."""
        found = [self._walk(mailbox, way, makes=False) for way in reversed(self._ways(assignment, feed))]
        return list(dict.fromkeys(filter(None, found)))

    def _walk(self, mailbox: Mailbox, way: Way, *, makes: bool) -> str | None:
        try:
            here = mailbox.get(f"{self._collection}/{quoted(way.start)}?$select=id")["id"]
        except NotThere as problem:
            if way.otherwise:
                return self._walk(mailbox, Way(self._top, way.otherwise), makes=makes)
            if makes:
                raise CannotBeRestored(
                    "The mailbox to put this into is not there.", obstacle=Obstacle.TARGET_GONE, code=problem.code,
                    request_id=problem.request_id,
                ) from problem  # fmt: skip
            return None
        for step in way.steps:
            below = self._child(mailbox, here, step)
            if below is None:
                if not makes:
                    return None
                below = self._make(mailbox, here, step)
            here = below
        return here

    def _child(self, mailbox: Mailbox, parent: str, step: Step) -> str | None:
        # For Exchange two names that differ in case are one.
        wanted = {step.name.lower(), tamed(step.name).lower()}
        path = f"{self._collection}/{quoted(parent)}/childFolders?{self._options}$select=id,displayName&$top=100"
        for entry in entries(mailbox, path):
            if str(entry.get("displayName", "")).lower() in wanted:
                return entry["id"]
        return None

    def _make(self, mailbox: Mailbox, parent: str, step: Step) -> str:
        path, name = f"{self._collection}/{quoted(parent)}/childFolders", step.name
        for _ in range(_TRIES):
            body = {"displayName": name} | ({"isHidden": True} if step.is_hidden else {})
            try:
                return mailbox.post(path, body)["id"]
            except OutcomeUnclear:
                pass
            except CannotBeRestored as problem:
                if problem.obstacle != Obstacle.REFUSED:
                    raise
                name = tamed(step.name)
            # Somebody else may have made it, or the try that broke off.
            if found := self._child(mailbox, parent, step):
                return found
        raise CannotBeRestored(
            f"Microsoft does not take a folder of the name “{step.name}”.", obstacle=Obstacle.NAME_REFUSED
        )


def chain_of(tree: Tree, feed: Feed) -> list[Feed]:
    """Return the feeds from the top one down to ``feed``."""
    chain, seen = [feed], {feed.id}
    while (parent := tree.feed(chain[0].parent) if chain[0].parent else None) and parent.id not in seen:
        chain.insert(0, parent)
        seen.add(parent.id)
    return chain


def step_of(feed: Feed) -> Step:
    """Return the folder of a feed as a step of a way."""
    return Step(named(feed.name), feed.record.get("isHidden") is True)


def named(name: str) -> str:
    """Return a name that a folder can have."""
    return name.strip()[:_LONGEST_NAME] or "Folder"


def tamed(name: str) -> str:
    """Return a name without the letters that some servers refuse."""
    return _REFUSED.sub("_", name).rstrip(". ") or "Folder"
