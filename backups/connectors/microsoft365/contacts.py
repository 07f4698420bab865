"""Contacts of one mailbox: a feed for each folder, each contact with its photo.

Follows Microsoft's pages "contact: delta" and "Get photo". Facts of a contact are ``addresses``, ``phones`` and
``company`` besides those of all kinds.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, ClassVar

from backups.connectors.base import NotThere
from backups.connectors.contract import Capabilities, Change, Feed, Kind, Part, Readable, Remove, Source, Upsert
from backups.connectors.microsoft365.contact_folders import contact_folders
from backups.connectors.microsoft365.exchange import WIDTH, Exchange, quoted
from backups.connectors.microsoft365.folder_feeds import folder_changes
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.records import kept, moment_in, people_in, text_in, texts_in, version_of

PHOTO = "photo"


class ContactsConnector:
    """Reads contacts. Whether there is a photo is asked once for each contact that is new or changed."""

    kind: ClassVar[Kind] = Kind.CONTACTS
    capabilities: ClassVar[Capabilities] = Capabilities(
        missing=("Distribution lists among the contacts", "Contacts of the organization’s directory"),
    )
    width: ClassVar[int] = WIDTH

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def feeds(self, source: Source) -> Iterator[Feed]:
        """Yield the folders."""
        return contact_folders(Exchange(self._graph, source))

    def changes(self, source: Source, feed: Feed, cursor: str) -> Iterator[Change]:
        """Yield what changed in a folder."""
        contacts = f"{_folder(feed)}/contacts"
        yield from folder_changes(
            Exchange(self._graph, source), cursor, _told, feed=f"{contacts}/delta", listing=f"{contacts}?$top=100"
        )

    def look(self, source: Source, feed: Feed, object_id: str) -> Upsert:
        """Return a contact of this folder. Raises `NotThere` for one that lies in another folder by now."""
        exchange = Exchange(self._graph, source)
        entry = exchange.get(_contact(object_id))
        lies_in = entry.get("parentFolderId")
        # An id may be written in more than one way, so another one is asked for before it counts as another folder.
        if lies_in not in (None, feed.id) and lies_in != exchange.get(f"{_folder(feed)}?$select=id").get("id"):
            raise NotThere("This contact lies in another folder now.")
        return _whole(exchange, _contact_in(object_id, entry))

    def complete(self, source: Source, feed: Feed, found: Upsert) -> Upsert:
        """Return the contact with its photo, if it has one."""
        if found.is_whole:
            return found
        exchange = Exchange(self._graph, source)
        if "createdDateTime" not in found.record:
            found = _contact_in(found.id, exchange.get(_contact(found.id)))
        return _whole(exchange, found)

    def open(self, source: Source, feed: Feed, found: Upsert, part: Part) -> AbstractContextManager[Readable]:
        """Open the photo."""
        contact = _contact(found.id)
        return Exchange(self._graph, source).open(f"{contact}/photo/$value", of=contact)


def _told(remote_id: str, entry: dict[str, Any]) -> Iterator[Change]:
    yield Remove(remote_id) if "@removed" in entry else _contact_in(remote_id, entry)


def _contact_in(remote_id: str, entry: dict[str, Any]) -> Upsert:
    # Where it lies is told by its feed.
    record = kept(entry, {"parentFolderId"})
    return Upsert(remote_id, version_of(entry), record, _facts(entry), is_whole=False)


def _whole(exchange: Exchange, found: Upsert) -> Upsert:
    parts: tuple[Part, ...] = ()
    try:
        photo = exchange.get(f"{_contact(found.id)}/photo")
    except NotThere:
        # Most contacts have none.
        pass
    else:
        etag = photo.get("@odata.mediaEtag")
        parts = (Part(PHOTO, etag if isinstance(etag, str) and etag else found.tag),)
    return Upsert(found.id, found.tag, found.record, found.facts, parts)


def _facts(entry: dict[str, Any]) -> dict[str, Any]:
    names = ("displayName", "fileAs", "companyName")
    phones = [entry.get("mobilePhone"), *_list(entry.get("businessPhones")), *_list(entry.get("homePhones"))]
    return {
        "name": next(filter(None, (text_in(entry.get(name)) for name in names)), ""),
        "modified_at": moment_in(entry.get("lastModifiedDateTime")),
        "created_at": moment_in(entry.get("createdDateTime")),
        "addresses": people_in(entry.get("emailAddresses")),
        "phones": texts_in(phones),
        "company": text_in(entry.get("companyName")),
        "categories": texts_in(entry.get("categories")),
    }


def _list(value: Any) -> list:
    return value if isinstance(value, list) else []


def _folder(feed: Feed) -> str:
    return f"contactFolders/{quoted(feed.id)}"


def _contact(object_id: str) -> str:
    return f"contacts/{quoted(object_id)}"
