"""The contact folders of a mailbox. Follows Microsoft's pages "List contactFolders" and "List childFolders"."""

from collections.abc import Iterator
from typing import Any

from backups.connectors.base import NotThere
from backups.connectors.contract import Feed
from backups.connectors.microsoft365.exchange import Exchange, quoted
from backups.connectors.microsoft365.folder_feeds import listed
from backups.connectors.microsoft365.records import kept, text_in
from backups.connectors.microsoft365.texts import id_of

# No list shows the folder that everybody has; it answers to this name in every language.
DEFAULT = "contacts"


def contact_folders(exchange: Exchange) -> Iterator[Feed]:
    """Yield the folders, the default one first and a parent before its children.

    Raises `NotThere` for somebody without a mailbox in the cloud.
    """
    level = list(listed(exchange.pages("contactFolders?$top=100"), "contact folder"))
    default_id, default = _default(exchange)
    yield _feed(default_id, default, {}, DEFAULT)
    found = {default_id: default}
    while level:
        below: list[tuple[str, dict[str, Any]]] = []
        for folder_id, entry in level:
            if folder_id not in found:
                found[folder_id] = entry
                yield _feed(folder_id, entry, found)
                below += _below(exchange, folder_id)
        level = below


def _default(exchange: Exchange) -> tuple[str, dict[str, Any]]:
    """Return the default folder with its id; where only its name is answered, that is its id."""
    try:
        entry = exchange.get(f"contactFolders/{DEFAULT}")
    except NotThere:
        return DEFAULT, {}
    return id_of(entry, "contact folder") or DEFAULT, entry


def _below(exchange: Exchange, folder_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
    path = f"contactFolders/{quoted(folder_id)}"
    return listed(exchange.below(f"{path}/childFolders?$top=100", of=path), "contact folder")


def _feed(folder_id: str, entry: dict[str, Any], found: dict[str, Any], well_known: str = "") -> Feed:
    parent, record = entry.get("parentFolderId"), kept(entry)
    if well_known:
        record["wellKnownName"] = well_known
    return Feed(
        id=folder_id,
        name=text_in(entry.get("displayName")),
        type="folder",
        parent=parent if isinstance(parent, str) and parent in found and parent != folder_id else "",
        record=record,
    )
