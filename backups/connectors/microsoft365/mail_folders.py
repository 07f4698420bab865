"""The mail folders of a mailbox.

Follows Microsoft's pages "List mailFolders", "List childFolders" and "mailFolder resource type". The delta query of
folders is not used: a full mailbox refuses it, and lists cost as little.
"""

from collections.abc import Iterator
from typing import Any

from backups.connectors.contract import Feed
from backups.connectors.microsoft365.exchange import Exchange, quoted
from backups.connectors.microsoft365.folder_feeds import listed
from backups.connectors.microsoft365.records import kept, text_in
from backups.connectors.microsoft365.texts import id_of

FOLDER, SEARCH_FOLDER = "folder", "search folder"
_ROOT, _RECOVERABLE = "msgfolderroot", "recoverableitemsdeletions"
# By these names Exchange finds a folder whatever it is called in the language of its owner.
_WELL_KNOWN = (
    _ROOT, "inbox", "drafts", "sentitems", "deleteditems", "archive", "junkemail", "outbox", _RECOVERABLE,
)  # fmt: skip
# Change with every message, and the feeds tell them better.
_COUNTS = frozenset({"childFolderCount", "totalItemCount", "unreadItemCount", "sizeInBytes"})
_OPTIONS = "?includeHiddenFolders=true&$top=100"


def mail_folders(exchange: Exchange) -> Iterator[Feed]:
    """Yield the folders, a parent before its children: the whole tree, and what can still be recovered.

    Raises `NotThere` for somebody without a mailbox in the cloud.
    """
    tops = list(listed(exchange.pages(f"mailFolders{_OPTIONS}"), "mail folder"))
    named = _named(exchange)
    names = {folder_id: name for name, (folder_id, _) in named.items()}
    found: dict[str, dict[str, Any]] = {}
    # The root may hold messages too, and no list shows it.
    level = [named[_ROOT]] if _ROOT in named else []
    level += tops + ([named[_RECOVERABLE]] if _RECOVERABLE in named else [])
    while level:
        below: list[tuple[str, dict[str, Any]]] = []
        for folder_id, entry in level:
            if folder_id in found:
                continue
            found[folder_id] = entry
            yield _feed(folder_id, entry, names.get(folder_id, ""), found)
            if names.get(folder_id) != _ROOT and entry.get("childFolderCount") != 0:
                path = f"mailFolders/{quoted(folder_id)}"
                below += listed(exchange.below(f"{path}/childFolders{_OPTIONS}", of=path), "mail folder")
        level = below


def _named(exchange: Exchange) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return the folders that have a name in every language and exist, each with its id."""
    answers = exchange.those_there([f"mailFolders/{name}" for name in _WELL_KNOWN])
    there = [(name, answer) for name, answer in zip(_WELL_KNOWN, answers, strict=True) if answer]
    known = [(name, id_of(answer, "mail folder"), answer) for name, answer in there]
    return {name: (folder_id, answer) for name, folder_id, answer in known if folder_id}


def _feed(folder_id: str, entry: dict[str, Any], well_known: str, found: dict[str, Any]) -> Feed:
    record = kept(entry, _COUNTS)
    if well_known:
        record["wellKnownName"] = well_known
    parent = entry.get("parentFolderId")
    # A search folder shows what lies elsewhere; only its question is kept.
    is_search = str(entry.get("@odata.type", "")).endswith("mailSearchFolder")
    return Feed(
        id=folder_id,
        name=text_in(entry.get("displayName")),
        type=SEARCH_FOLDER if is_search else FOLDER,
        parent=parent if isinstance(parent, str) and parent in found and parent != folder_id else "",
        record=record,
        has_delta=not is_search,
    )
