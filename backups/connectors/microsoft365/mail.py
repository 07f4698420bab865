"""Mail of one mailbox: a feed for each folder, and each message with its MIME.

Follows Microsoft's pages "message: delta", "Get MIME content of a message" and "List messages". Facts of a message are
``from``, ``to``, ``is_read``, ``is_draft``, ``categories`` and ``internet_message_id`` besides those of all kinds;
``size`` is what it takes in the mailbox, ``modified_at`` when it was received.

Purged and held items stay out of reach although Graph may show their folders: people cannot get them back themselves,
and nothing can be put there again.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import ClassVar

from backups.connectors.base import NotThere
from backups.connectors.contract import (
    Capabilities,
    Change,
    Checkpoint,
    Feed,
    Kind,
    Part,
    Readable,
    Remove,
    Source,
    Upsert,
)
from backups.connectors.microsoft365.exchange import WIDTH, Exchange, quoted
from backups.connectors.microsoft365.folder_feeds import folder_changes
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.mail_fields import OPTIONS, message_in
from backups.connectors.microsoft365.mail_folders import SEARCH_FOLDER, mail_folders


class MailConnector:
    """Reads mail. A message that was only read, flagged, sorted or moved keeps the tag of its MIME."""

    kind: ClassVar[Kind] = Kind.MAIL
    capabilities: ClassVar[Capabilities] = Capabilities(
        missing=(
            "The in-place archive mailbox",
            "Purged items and items on hold below Recoverable Items",
            "Items in mail folders that are no messages, such as notes and posts",
            "Rules, signatures and other settings of the mailbox",
            "Where files attached as cloud links lie",
            "Small changes of a received message beyond the beginning of its text",
        ),
    )
    width: ClassVar[int] = WIDTH

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def feeds(self, source: Source) -> Iterator[Feed]:
        """Yield the folders."""
        return mail_folders(Exchange(self._graph, source))

    def changes(self, source: Source, feed: Feed, cursor: str) -> Iterator[Change]:
        """Yield what changed in a folder."""
        if feed.type == SEARCH_FOLDER:
            yield Checkpoint("", is_end=True)
            return
        folder = _folder(feed)
        # From the oldest on, so that a message that comes meanwhile pushes no other from one page to the next.
        listing = f"{folder}/messages?{OPTIONS}&$orderby=receivedDateTime&$top=100"
        yield from folder_changes(
            Exchange(self._graph, source), cursor, _told, feed=f"{folder}/messages/delta?{OPTIONS}", listing=listing
        )

    def look(self, source: Source, feed: Feed, object_id: str) -> Upsert:
        """Return a message of this folder. Raises `NotThere` for one that lies in another folder by now."""
        exchange = Exchange(self._graph, source)
        entry = exchange.get(f"{_message(object_id)}?{OPTIONS}")
        lies_in = entry.get("parentFolderId")
        # An id may be written in more than one way, so another one is asked for before it counts as another folder.
        if lies_in not in (None, feed.id) and lies_in != exchange.get(f"{_folder(feed)}?$select=id").get("id"):
            raise NotThere("This message lies in another folder now.")
        return message_in(object_id, entry)

    def complete(self, source: Source, feed: Feed, found: Upsert) -> Upsert:
        """Return the message with everything, wherever it lies."""
        if found.is_whole:
            return found
        return message_in(found.id, Exchange(self._graph, source).get(f"{_message(found.id)}?{OPTIONS}"))

    def open(self, source: Source, feed: Feed, found: Upsert, part: Part) -> AbstractContextManager[Readable]:
        """Open the message as RFC 822."""
        message = _message(found.id)
        return Exchange(self._graph, source).open(f"{message}/$value", of=message)


def _told(remote_id: str, entry: dict) -> Iterator[Change]:
    yield Remove(remote_id) if "@removed" in entry else message_in(remote_id, entry)


def _folder(feed: Feed) -> str:
    return f"mailFolders/{quoted(feed.id)}"


def _message(object_id: str) -> str:
    return f"messages/{quoted(object_id)}"
