"""What every connector of a kind promises: which feeds an item has, what changed in each, and the bytes of it.

A connector only reads and translates. It knows nothing of runs, rows or the vault: the engine decides what is fetched,
compares it with what is kept, and stores it. Everything is handed out as the source gives it; nothing is left out
silently: what cannot be saved is a capability, a failure, or a `CannotBeSaved`.

    for feed in connector.feeds(source):
        for change in connector.changes(source, feed, cursor_of(feed)):
            ...

Ids and cursors are the provider's own, opaque and case-sensitive.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Protocol


class Kind(StrEnum):
    """A type of data with a toggle of its own; the same words as `backups.models.Container.Kind`."""

    MAIL = "MAIL"
    CALENDAR = "CALENDAR"
    CONTACTS = "CONTACTS"
    ONEDRIVE = "ONEDRIVE"
    SHAREPOINT = "SHAREPOINT"
    TEAMS = "TEAMS"


@dataclass(frozen=True, slots=True)
class Source:
    """The item a connector reads: a user, a site or a team, by the provider's immutable id."""

    remote_id: str
    kind: str
    name: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """A part of a container that owns one cursor: a mail folder, a calendar, a library, a list, a channel.

    ``record`` is what the source says about the feed itself; it is kept too, so that a folder's name at any moment can
    be told. ``parent`` is the id of the feed above, or "". ``type`` is a short word of the connector ("folder",
    "calendar", "library", …). A feed without ``has_delta`` is listed whole each time.
    """

    id: str
    name: str
    type: str
    parent: str = ""
    record: dict[str, Any] = field(default_factory=dict, hash=False)
    has_delta: bool = True
    # Read no more often than this many seconds, whatever the schedule says (Teams: once a day).
    seldom: int = 0
    # What lies below it cannot be told now: feeds that were known there are not gone. Reading it says why.
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of an object besides its record: "mime", "content", "photo", an attachment.

    Equal ``tag`` means equal bytes, so what is kept already is not fetched again. An empty tag means "fetch always".
    ``size`` in bytes where the source says it, else None. ``facts`` are for the connector's own ``open``.
    """

    name: str
    tag: str
    size: int | None = None
    facts: dict[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Upsert:
    """An object as it is now.

    ``tag``     equal tags mean that nothing of the object changed; then neither record nor parts are looked at
    ``record``  the provider's own JSON of it, kept word for word for the restore
    ``facts``   the few values people search and sort by; see each connector. Always there: ``name`` (subject, title or
                file name) and ``modified_at`` (ISO 8601, UTC, or ""); where it applies ``size``, ``created_at``,
                ``from``, ``to``, ``start``, ``end``, ``path``, ``has_attachments``, ``is_folder``
    ``parent``  id of the object it lies in (a folder of a drive), or "": when the parent is removed, so is this
    ``is_whole`` False: `Connector.complete` has to be asked for the rest before it is stored
    """

    id: str
    tag: str
    record: dict[str, Any] = field(hash=False)
    facts: dict[str, Any] = field(default_factory=dict, hash=False)
    parts: tuple[Part, ...] = ()
    parent: str = ""
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Remove:
    """The feed does not have the object any more; it may have moved to another feed of the same item."""

    id: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything before it may be closed with ``cursor``. The last one of a pass ``is_end``.

    A feed without delta ends with an empty cursor: its next pass lists everything again.
    """

    cursor: str
    is_end: bool = False


Change = Upsert | Remove | Checkpoint


class Readable(Protocol):
    """A stream of bytes, verified by the time its end is reached."""

    def read(self, length: int = -1) -> bytes:
        """Return up to ``length`` bytes, b"" at the end, everything that is left for -1."""


class Restores(StrEnum):
    """How much of an object comes back."""

    WHOLE = "WHOLE"
    DEGRADED = "DEGRADED"
    NEVER = "NEVER"


@dataclass(frozen=True)
class Capabilities:
    """What a kind can and cannot do, as data for pages; ``missing`` names in a few words what is never saved."""

    incremental: bool = True
    deletes_in_feed: bool = True
    stable_ids: bool = True
    versions: bool = False
    permissions: bool = False
    restore_in_place: Restores = Restores.DEGRADED
    restore_elsewhere: Restores = Restores.DEGRADED
    missing: tuple[str, ...] = ()


class Connector(Protocol):
    """Reads one kind of data of one connection. Safe for several threads once made."""

    kind: ClassVar[Kind]
    capabilities: ClassVar[Capabilities]
    # How many calls of it may be under way at once for one item.
    width: ClassVar[int]

    def feeds(self, source: Source) -> Iterator[Feed]:
        """Yield every feed the item has now, a parent before its children.

        Raises `NotThere` where the item has no such data (no mailbox, no drive), and every other `ConnectorError`.
        """

    def changes(self, source: Source, feed: Feed, cursor: str) -> Iterator[Change]:
        """Yield what changed since ``cursor``, from the start for "", with a `Checkpoint` after every page.

        Doubles and any order are allowed, the last one counts. Raises `CursorExpired`, before anything is yielded or
        later: then everything has to be listed again. Raises `NotThere` where the feed is gone.
        """

    def look(self, source: Source, feed: Feed, object_id: str) -> Upsert:
        """Return one object as it is now, for a repeated try. Raises `NotThere`."""

    def complete(self, source: Source, feed: Feed, found: Upsert) -> Upsert:
        """Return the object with everything its feed does not tell; called only for what is new or changed."""

    def open(self, source: Source, feed: Feed, found: Upsert, part: Part) -> AbstractContextManager[Readable]:
        """Open one part of an object. The stream raises `DamagedOnTheWay` where a hash does not fit, `CannotBeSaved`
        where the source will not give it, and other `ConnectorError`.
        """
