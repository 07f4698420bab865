"""Putting contacts back, in their folders, with their photos.

A second copy of a contact needs no other name: a folder holds several of the same. Follows Microsoft's pages "Create
contact", "contactFolder: create contact" and "Update a photo of a contact".
"""

from typing import Any, ClassVar

from backups.connectors.base import CannotBeRestored, NotThere, Obstacle
from backups.connectors.contract import Feed, Kind
from backups.connectors.microsoft365.contact_folders import DEFAULT
from backups.connectors.microsoft365.contacts import PHOTO
from backups.connectors.microsoft365.exchange import WIDTH, quoted
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.records import digest
from backups.connectors.microsoft365.restore_folders import Folders, Step, Way, chain_of, named, step_of
from backups.connectors.microsoft365.restore_mailbox import (
    ORIGIN_EXPANDED,
    Found,
    Mailbox,
    entries,
    keyed,
    origin_in,
    to_replace,
)
from backups.connectors.restoring import Assignment, Less, Mark, Outcome, Room, Saved, There

# Exchange decides these, or they say again what other properties say.
_NOT_SENT = frozenset(
    {
        "id", "changeKey", "createdDateTime", "lastModifiedDateTime", "parentFolderId", "photo", "primaryEmailAddress",
        "secondaryEmailAddress", "tertiaryEmailAddress",
    }
)  # fmt: skip
_KNOWN_BY = ("displayName", "fileAs", "companyName", "emailAddresses", "businessPhones", "homePhones", "mobilePhone")
_SELECT = f"$select=id,lastModifiedDateTime,{','.join(_KNOWN_BY)}&{ORIGIN_EXPANDED}&$top=500"
_PNG = b"\x89PNG"


class ContactsRestorer:
    """Puts contacts back through Graph."""

    kind: ClassVar[Kind] = Kind.CONTACTS
    width: ClassVar[int] = WIDTH
    newest_first: ClassVar[bool] = True
    may_lack: ClassVar[tuple[Less, ...]] = (Less.PHOTO,)
    cost: ClassVar[float] = 1.5

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._folders = Folders("contactFolders", DEFAULT, ways_of, "")

    def check(self, assignment: Assignment) -> Room:
        """Make sure that there are contacts."""
        return self._mailbox(assignment).room(f"contactFolders/{DEFAULT}?$select=id")

    def turn(self, feed: Feed, facts: dict[str, Any]) -> int:
        """Let them come in any order."""
        return 0

    def mark(self, assignment: Assignment, saved: Saved) -> Mark:
        """Return the id of the contact and when somebody last touched it; in another mailbox, or put back earlier, it
        is known by its names, addresses and numbers as well.
        """
        return Mark(saved.id, str(saved.record.get("lastModifiedDateTime", "")), also=_known_by(saved.record))

    def marks_there(self, assignment: Assignment, feed: Feed) -> dict[str, There]:
        """Return the contacts of the folder, and of its copy."""
        mailbox, found = self._mailbox(assignment), {}
        for folder in self._folders.standing(mailbox, assignment, feed):
            for entry in entries(mailbox, f"contactFolders/{quoted(folder)}/contacts?{_SELECT}"):
                there = There(entry["id"], str(entry.get("lastModifiedDateTime", "")))
                for name in (entry["id"], origin_in(entry), _known_by(entry)):
                    found.setdefault(name, there)
        found.pop("", None)
        return found

    def find(self, assignment: Assignment, saved: Saved, key: str) -> str | None:
        """Return what an earlier try made; where that broke off halfway, the rest of it is done now."""
        mailbox = self._mailbox(assignment)
        folder = self._folders.known_place_of(mailbox, assignment, saved.feed)
        try:
            found = folder and mailbox.found(f"contactFolders/{quoted(folder)}/contacts", key)
        except NotThere:
            return None
        if not found:
            return None
        if not found.is_whole:
            self._end(mailbox, found, saved)
        return found.id

    def put(self, assignment: Assignment, saved: Saved, key: str, there: There | None) -> Outcome:
        """Put a contact back."""
        mailbox, replaces = self._mailbox(assignment), to_replace(assignment, there)
        is_whole = PHOTO not in saved.parts and not replaces
        body = keyed(contact_body(saved.record), key=key, origin=saved.id, is_whole=is_whole, replaces=replaces)
        made, less = self._make(mailbox, assignment, saved.feed, body), set()
        if not is_whole:
            less = self._end(mailbox, Found(made["id"], False, replaces), saved)
        return Outcome(made["id"], tuple(less), bool(replaces))

    def finish(self, assignment: Assignment) -> None:
        """Nothing is left open."""

    def _make(self, mailbox: Mailbox, assignment: Assignment, feed: Feed, body: dict[str, Any]) -> dict[str, Any]:
        folder = self._folders.place_of(mailbox, assignment, feed)
        try:
            return mailbox.post(f"contactFolders/{quoted(folder)}/contacts", body)
        except NotThere:
            # Somebody deleted the folder meanwhile.
            folder = self._folders.place_of(mailbox, assignment, feed, anew=True)
            return mailbox.post(f"contactFolders/{quoted(folder)}/contacts", body)

    def _end(self, mailbox: Mailbox, found: Found, saved: Saved) -> set[Less]:
        """Do what is left to do of a contact that was made. What was done of it before is done again."""
        path, less = f"contacts/{quoted(found.id)}", set()
        if PHOTO in saved.parts:
            photo = saved.read(PHOTO)
            try:
                mailbox.put(f"{path}/photo/$value", photo, "image/png" if photo.startswith(_PNG) else "image/jpeg")
            except CannotBeRestored as problem:
                if problem.obstacle not in (Obstacle.REFUSED, Obstacle.TOO_LARGE):
                    raise
                less.add(Less.PHOTO)
        if found.replaces:
            mailbox.delete(f"contacts/{quoted(found.replaces)}")
        mailbox.say_whole(path)
        return less

    def _mailbox(self, assignment: Assignment) -> Mailbox:
        return Mailbox(self._graph, assignment.target)


def contact_body(record: dict[str, Any]) -> dict[str, Any]:
    """Return what makes the contact, without its photo."""
    return {
        name: value
        for name, value in record.items()
        if name not in _NOT_SENT and "@" not in name and value not in (None, "", [], {})
    }


def ways_of(assignment: Assignment, feed: Feed) -> list[Way]:
    """Return the way to a folder's place, from the folder that everybody has, and to its copy."""
    chain = [one for one in chain_of(assignment.tree, feed) if one.record.get("wellKnownName") != DEFAULT]
    steps = tuple(map(step_of, chain))
    ways = [Way(DEFAULT, steps)]
    if assignment.folder:
        ways.append(Way(DEFAULT, (Step(named(assignment.folder)), *steps)))
    return ways


def _known_by(record: dict[str, Any]) -> str:
    facts = [record.get(name) or None for name in _KNOWN_BY]
    return f"as {digest(facts)}" if any(facts) else ""
