"""What every restorer of a kind promises: what lies at the target already, and how one object is put back.

A restorer only writes and translates. It knows nothing of rows, jobs or the vault: the engine chooses the objects,
hands them over one by one, remembers what became of each, and goes on after a break.

    there = restorer.marks_there(assignment, feed)
    outcome = restorer.put(assignment, saved, key=…, there=lying(there, restorer.mark(assignment, saved)))

Nothing live is ever changed or removed unless the conflict choice is REPLACE; then the new copy is made before the old
one goes. Nobody is mailed: attendees are left out of events, sharing is put back without a word unless asked for.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple, Protocol

from backups.connectors.contract import Feed, Kind, Source


class Conflict(StrEnum):
    """What to do with an object that is at the target already."""

    SKIP = "SKIP"
    COPY = "COPY"
    REPLACE = "REPLACE"


class Less(StrEnum):
    """What an object came back without. `WORDS` says it to people."""

    ATTENDEES = "ATTENDEES"
    ORGANIZER = "ORGANIZER"
    ONLINE_MEETING = "ONLINE_MEETING"
    HEADERS = "HEADERS"
    DRAFT = "DRAFT"
    CLOUD_LINKS = "CLOUD_LINKS"
    ATTACHMENTS = "ATTACHMENTS"
    TEXT = "TEXT"
    INVITATION = "INVITATION"
    EXCEPTIONS = "EXCEPTIONS"
    PHOTO = "PHOTO"
    AUTHOR = "AUTHOR"
    VERSIONS = "VERSIONS"
    NAME = "NAME"
    REWRITTEN = "REWRITTEN"
    SHARING = "SHARING"
    LINK_PASSWORD = "LINK_PASSWORD"  # noqa: S105 - no secret
    PERSON_GONE = "PERSON_GONE"
    COLUMNS = "COLUMNS"
    COLUMNS_GONE = "COLUMNS_GONE"
    LOOKUPS = "LOOKUPS"
    VALUES = "VALUES"
    WEB_PARTS = "WEB_PARTS"
    REACTIONS = "REACTIONS"
    MENTIONS = "MENTIONS"
    CARDS = "CARDS"
    TRANSCRIPT = "TRANSCRIPT"
    SETTINGS = "SETTINGS"
    WRITER = "WRITER"


WORDS: dict[Less, str] = {
    Less.ATTENDEES: "Attendees stand in the text of the event: as attendees they would be mailed",
    Less.ORGANIZER: "The person who gets the event becomes its organizer",
    Less.ONLINE_MEETING: "The link of the online meeting is a dead one",
    Less.HEADERS: "Some technical headers of the message",
    Less.DRAFT: "It came back as a draft",
    Less.CLOUD_LINKS: "Attachments that were only links to files",
    Less.ATTACHMENTS: "One or more attachments",
    Less.TEXT: "Its text is attached as a file: Microsoft does not let anybody write one as long",
    Less.INVITATION: "An invitation is a message to read, nobody can accept it",
    Less.EXCEPTIONS: "One or more changed dates of the series",
    Less.PHOTO: "The photo",
    Less.AUTHOR: "“Created by” and “Changed by” name Portico",
    Less.VERSIONS: "Older versions",
    Less.NAME: "Its name, which Microsoft does not take there",
    Less.REWRITTEN: "Some bytes: SharePoint writes properties of its own into such a file",
    Less.SHARING: "Who may see it",
    Less.LINK_PASSWORD: "Passwords of sharing links",
    Less.PERSON_GONE: "Somebody it was shared with is not there any more",
    Less.COLUMNS: "Columns that SharePoint fills by itself",
    Less.COLUMNS_GONE: "Columns that the list there does not have",
    Less.LOOKUPS: "Values that point to another list or a person who is gone",
    Less.VALUES: "Links, pictures, places and terms in columns: Microsoft does not let anybody write them",
    Less.WEB_PARTS: "Parts of the page that are no text",
    Less.REACTIONS: "Reactions",
    Less.MENTIONS: "Mentions are plain names",
    Less.CARDS: "Cards",
    Less.TRANSCRIPT: "The conversation came back as a page to read, in the channel’s files",
    Less.SETTINGS: "Some settings",
    Less.WRITER: "Somebody else brings the message in than who wrote it; its text says so",
}


# What no app can put back of any object. It is said before and in the report, and is no reason to worry about one.
INEVITABLE = frozenset({Less.AUTHOR})


@dataclass(frozen=True)
class Saved:
    """One object as it was kept: what its connector told of it, where it lay, and its bytes.

    ``parts`` are the names of the parts that are kept, with their bytes. ``stream(part)`` yields the bytes of one,
    verified by its end; ``damaged`` is what it raises where the bytes that were kept are damaged.
    """

    id: str
    record: dict[str, Any] = field(hash=False)
    facts: dict[str, Any] = field(hash=False)
    feed: Feed
    parent: str
    parts: dict[str, int] = field(hash=False)
    stream: Callable[[str], Iterator[bytes]] = field(hash=False, repr=False)
    damaged: tuple[type[Exception], ...] = field(default=(), hash=False, repr=False)

    def read(self, part: str) -> bytes:
        """Return the whole of a part that is known to be small."""
        return b"".join(self.stream(part))


class Tree(Protocol):
    """The feeds and folders of a container as they were at the moment that is restored."""

    def feeds(self) -> list[Feed]:
        """Return every feed, a parent before its children."""

    def feed(self, key: str) -> Feed | None:
        """Return one feed by its id then."""

    def object(self, object_id: str) -> Saved | None:
        """Return one object, such as the folder another one lies in."""

    def objects_of(self, feed: Feed) -> Iterator[Saved]:
        """Yield every object the feed had then and that can be read, such as the owners without whom a channel cannot
        be made.
        """

    def chosen_of(self, feed: Feed) -> Iterator[Saved]:
        """Yield the objects of a feed that can be read and that this restore puts back, for a kind that makes one thing
        of many.
        """


# A place whose name begins so stands for what is open at the target until `Restorer.finish` empties it.
OPEN = "open "


class Places(Protocol):
    """Remembers, over breaks, what was found or made at the target: folders, calendars, lists, channels.

    What `put` opens there is set under a name that begins with `OPEN` before it is opened.
    """

    def get(self, name: str) -> str | None: ...

    def set(self, name: str, value: str) -> None: ...


@dataclass(frozen=True)
class Assignment:
    """One container of one restore.

    ``folder`` is the name of the folder to restore into, "" for the original place. ``key`` is different for every
    restore; together with an object's id it makes restore keys. ``as_messages`` has conversations written as messages
    again instead of as a page to read. ``zone`` is the time zone (IANA) in which such a page tells dates.
    """

    source: Source
    target: Source
    key: str
    folder: str
    conflict: Conflict
    tree: Tree = field(hash=False, repr=False)
    places: Places = field(hash=False, repr=False)
    sharing: bool = False
    notifies: bool = False
    as_messages: bool = False
    zone: str = "UTC"

    @property
    def is_elsewhere(self) -> bool:
        """Whether somebody else gets it."""
        return self.source.remote_id != self.target.remote_id


class Mark(NamedTuple):
    """What an object is known by at its place (``name``), and what is equal only while its content is (``content``).

    ``also`` is another name that it may be known by there, "" for none: `lying` looks for both.
    """

    name: str
    content: str
    also: str = ""


class There(NamedTuple):
    """An object that lies at the target: the provider's id of it, and the ``content`` of its mark."""

    id: str
    content: str


def lying(there: dict[str, There], mark: Mark) -> There | None:
    """Return what lies where an object with ``mark`` belongs, of all that `Restorer.marks_there` told."""
    return (there.get(mark.name) if mark.name else None) or (there.get(mark.also) if mark.also else None)


class Room(NamedTuple):
    """What the target has room for, in bytes; None where it does not say."""

    free: int | None


class Outcome(NamedTuple):
    """An object that was put back: its new id, what it came back without, and whether an old one was removed."""

    id: str
    less: tuple[Less, ...] = ()
    replaced: bool = False


class Restorer(Protocol):
    """Puts back one kind of data with the app for restores. Safe for several threads once made, ``width`` of them."""

    kind: ClassVar[Kind]
    width: ClassVar[int]
    # Within a turn the newest come back first; False where later objects hang on earlier ones.
    newest_first: ClassVar[bool]
    # What objects of this kind may come back without, told before anybody begins.
    may_lack: ClassVar[tuple[Less, ...]]
    # Provider units and requests that one object costs about, for the time a restore takes.
    cost: ClassVar[float]

    def check(self, assignment: Assignment) -> Room:
        """Make sure that the target can take this kind at all.

        Raises `CannotBeRestored` (TARGET_GONE) where it has no such data, `PermissionMissing`, and every other
        `ConnectorError`.
        """

    def turn(self, feed: Feed, facts: dict[str, Any]) -> int:
        """Return when an object's turn is: smaller comes first; -1 for what is never put back by itself."""

    def mark(self, assignment: Assignment, saved: Saved) -> Mark:
        """Return what the object is known by among those of its feed; ``name`` is "" where nothing tells."""

    def marks_there(self, assignment: Assignment, feed: Feed) -> dict[str, There]:
        """Return what lies at the target now, by the names of marks: in the feed's original place, and, for a restore
        into a folder, in that folder's copy of it too. Empty where that place does not exist. Only reads.
        """

    def find(self, assignment: Assignment, saved: Saved, key: str) -> str | None:
        """Return the id of what an earlier try made with this restore key, or None; asked after a break."""

    def put(self, assignment: Assignment, saved: Saved, key: str, there: There | None) -> Outcome:
        """Put one object back, its folders made where they are missing, the restore key written into it.

        ``there`` is what is in its place already: with COPY the object is made beside it under another name, with
        REPLACE made first and then ``there`` is removed. Raises `CannotBeRestored`, `OutcomeUnclear` (ask `find`, then
        come again), `ProviderBusy`, `AccessRevoked`, `PermissionMissing` and other `ConnectorError`.
        """

    def finish(self, assignment: Assignment) -> None:
        """End what `put` left open for all objects of the assignment, and empty its `OPEN` places. Called at its end,
        and after it stopped early in whatever way where such a place is left; may be called twice.
        """
