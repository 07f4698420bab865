"""Putting contacts back, in their folders, with their photos.

A second copy of a contact needs no other name: a folder holds several of the same. Follows Microsoft's pages "Create
contact", "contactFolder: create contact" and "Update a photo of a contact".
"""

from typing import Any, ClassVar

from backups.connectors.base import CannotBeRestored, Obstacle
from backups.connectors.contract import Feed, Kind
from backups.connectors.microsoft365.contact_folders import DEFAULT
from backups.connectors.microsoft365.contacts import PHOTO
from backups.connectors.microsoft365.exchange import WIDTH, quoted
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.records import digest
from backups.connectors.microsoft365.restore_folders import Folders, Step, Way, chain_of, named, step_of
from backups.connectors.microsoft365.restore_mailbox import ORIGIN_EXPANDED, Mailbox, entries, origin_in
from backups.connectors.microsoft365.restore_objects import Kept, ObjectRestorer
from backups.connectors.restoring import Assignment, Less, Mark, Room, Saved, There

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


class ContactsRestorer(ObjectRestorer):
    """Puts contacts back through Graph."""

    kind: ClassVar[Kind] = Kind.CONTACTS
    width: ClassVar[int] = WIDTH
    newest_first: ClassVar[bool] = True
    may_lack: ClassVar[tuple[Less, ...]] = (Less.PHOTO,)
    cost: ClassVar[float] = 1.5

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
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

    def _listing(self, mailbox: Mailbox, assignment: Assignment, feed: Feed) -> str | None:
        folder = self._folders.known_place_of(mailbox, assignment, feed)
        return f"contactFolders/{quoted(folder)}/contacts" if folder else None

    def _path(self, object_id: str) -> str:
        return f"contacts/{quoted(object_id)}"

    def _body(self, assignment: Assignment, kept: Kept) -> tuple[dict[str, Any], set[Less]]:
        return contact_body(kept.saved.record), set()

    def _has_more(self, kept: Kept) -> bool:
        return PHOTO in kept.saved.parts

    def _make(
        self, mailbox: Mailbox, assignment: Assignment, kept: Kept, body: dict[str, Any], key: str
    ) -> tuple[dict[str, Any], set[Less]]:
        return self._folders.put_into(mailbox, assignment, kept.saved.feed, "contacts", body), set()

    def _rest(self, mailbox: Mailbox, assignment: Assignment, kept: Kept, object_id: str, *, anew: bool) -> set[Less]:
        if PHOTO not in kept.saved.parts:
            return set()
        try:
            photo = kept.saved.read(PHOTO)
        except kept.saved.damaged:
            return {Less.PHOTO}
        kind = "image/png" if photo.startswith(_PNG) else "image/jpeg"
        try:
            mailbox.put(f"{self._path(object_id)}/photo/$value", photo, kind)
        except CannotBeRestored as problem:
            if problem.obstacle not in (Obstacle.REFUSED, Obstacle.TOO_LARGE):
                raise
            return {Less.PHOTO}
        return set()


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
