"""What putting messages, events and contacts back has in common: made once, ended surely, replacing at the very end."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from backups.connectors.base import ConnectorError, NotThere, OutcomeUnclear
from backups.connectors.contract import Feed
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.mime_reading import Letter
from backups.connectors.microsoft365.restore_mailbox import Found, Mailbox, keyed
from backups.connectors.restoring import Assignment, Conflict, Less, Outcome, Saved, There

_TRIES = 5


@dataclass(frozen=True)
class Kept:
    """An object that is put back; of a message the mail it is as well, open while it is needed."""

    saved: Saved
    letter: Letter | None = None


class ObjectRestorer:
    """Puts objects of one kind back into a mailbox. What is particular to the kind is said by whoever inherits it."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def find(self, assignment: Assignment, saved: Saved, key: str) -> str | None:
        """Return what an earlier try made; where that broke off halfway, the rest of it is done now."""
        mailbox = self._mailbox(assignment)
        found = self._found(mailbox, assignment, saved.feed, key)
        if found and not found.is_whole:
            with self._opened(saved) as kept:
                self._end(mailbox, assignment, kept, found, key, anew=True)
        return found.id if found else None

    def put(self, assignment: Assignment, saved: Saved, key: str, there: There | None) -> Outcome:
        """Put an object back; what an earlier call of this kind began is gone on with."""
        mailbox, replaces = self._mailbox(assignment), ""
        if there and assignment.conflict == Conflict.REPLACE and self._may_go(mailbox, there.id):
            replaces = there.id
        with self._opened(saved) as kept:
            body, less = self._body(assignment, kept)
            found = None
            if assignment.places.get(_begun(key)):
                found = self._found(mailbox, assignment, saved.feed, key)
            is_new = found is None
            if found is None:
                origin, is_whole = self._origin(saved), not replaces and not self._has_more(kept)
                body = keyed(body, key=key, origin=origin, is_whole=is_whole, replaces=replaces)
                made, lost = self._make(mailbox, assignment, kept, body, key)
                found, less = Found(made["id"], is_whole, replaces), less | lost
            if not found.is_whole:
                less |= self._end(mailbox, assignment, kept, found, key, anew=not is_new or self._may_be_old)
        return Outcome(found.id, tuple(sorted(less)), bool(found.replaces))

    def finish(self, assignment: Assignment) -> None:
        """Nothing is left open."""

    # Whether making something may answer with what an earlier try made.
    _may_be_old = False

    def _listing(self, mailbox: Mailbox, assignment: Assignment, feed: Feed) -> str | None:
        """Return the path of the list of what lies where objects of ``feed`` are put, or None while that is missing."""
        raise NotImplementedError

    def _origin(self, saved: Saved) -> str:
        """Return what the object was known by when it was saved."""
        return saved.id

    def _body(self, assignment: Assignment, kept: Kept) -> tuple[dict[str, Any], set[Less]]:
        """Return what makes the object, and what it will lack."""
        raise NotImplementedError

    def _has_more(self, kept: Kept) -> bool:
        """Return whether one call does not make all of it."""
        raise NotImplementedError

    def _make(
        self, mailbox: Mailbox, assignment: Assignment, kept: Kept, body: dict[str, Any], key: str
    ) -> tuple[dict[str, Any], set[Less]]:
        """Make the object; return what the server says of it, and what else it lacks."""
        raise NotImplementedError

    def _rest(
        self, mailbox: Mailbox, assignment: Assignment, kept: Kept, object_id: str, *, anew: bool
    ) -> set[Less]:  # fmt: skip
        """Do what one call does not do, and return what it lacks. With ``anew`` some of it may be done already."""
        raise NotImplementedError

    def _path(self, object_id: str) -> str:
        """Return the path of an object."""
        raise NotImplementedError

    def _may_go(self, mailbox: Mailbox, object_id: str) -> bool:
        """Return whether a live object can be removed without a word to anybody."""
        return True

    @contextmanager
    def _opened(self, saved: Saved) -> Iterator[Kept]:
        yield Kept(saved)

    def _mailbox(self, assignment: Assignment) -> Mailbox:
        return Mailbox(self._graph, assignment.target)

    def _found(self, mailbox: Mailbox, assignment: Assignment, feed: Feed, key: str) -> Found | None:
        listing = self._listing(mailbox, assignment, feed)
        try:
            return mailbox.found(listing, key) if listing else None
        except NotThere:
            # Somebody deleted the folder meanwhile.
            return None

    def _end(
        self, mailbox: Mailbox, assignment: Assignment, kept: Kept, found: Found, key: str, *, anew: bool
    ) -> set[Less]:  # fmt: skip
        """Do the rest of an object that was made, remove what it replaces, and say that it is whole.

        Each of its calls may break off without an answer: then it looks, and goes on. Whatever else stops it is raised,
        and remembered: with the same key the next `put` goes on here.
        """
        try:
            for _ in range(_TRIES):
                try:
                    return self._end_once(mailbox, assignment, kept, found, anew=anew)
                except OutcomeUnclear:
                    anew = True
            return self._end_once(mailbox, assignment, kept, found, anew=True)
        except ConnectorError:
            assignment.places.set(_begun(key), found.id)
            raise

    def _end_once(
        self, mailbox: Mailbox, assignment: Assignment, kept: Kept, found: Found, *, anew: bool
    ) -> set[Less]:  # fmt: skip
        less = self._rest(mailbox, assignment, kept, found.id, anew=anew)
        if found.replaces:
            mailbox.delete(self._path(found.replaces))
        mailbox.say_whole(self._path(found.id))
        return less


def _begun(key: str) -> str:
    return f"begun {key}"
