"""Reading the objects of a folder of a mailbox: by its change feed, or by its list where there is none.

Follows Microsoft's pages "message: delta" and "mailFolder: delta". The latter warns that a full mailbox refuses change
feeds although its lists are still answered, because a feed leaves notes in the mailbox.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

from backups.connectors.base import ConnectorError, CursorExpired, PermissionMissing, UnexpectedAnswer
from backups.connectors.contract import Change, Checkpoint
from backups.connectors.microsoft365.exchange import Exchange
from backups.connectors.microsoft365.refusals import FULL
from backups.connectors.microsoft365.texts import id_of

# How the cursor of a list begins that was read halfway.
_LISTING = "list "
_PAGE = 100

# Makes changes of an entry with its id.
Translated = Callable[[str, dict[str, Any]], Iterable[Change]]


def folder_changes(
    exchange: Exchange, cursor: str, translated: Translated, *, feed: str, listing: str
) -> Iterator[Change]:
    """Yield what changed since ``cursor`` like `Connector.changes`, from the paths of a feed and of a list.

    Where the feed is not answered, everything is listed every time.
    """
    if cursor.startswith(_LISTING):
        yield from _listing_of(exchange.pages(listing, link=cursor.removeprefix(_LISTING)), translated)
        return
    pages = exchange.pages(feed, size=_PAGE, link=cursor)
    try:
        told = pages if cursor else answered(pages, (UnexpectedAnswer,))
        if told is not None:
            yield from changes_of(told, translated)
            return
    except PermissionMissing as problem:
        if not is_full(problem):
            raise
        raise CursorExpired("A full mailbox does not tell what changed.", code=problem.code) from problem
    yield from _listing_of(exchange.pages(listing), translated)


def answered(pages: Iterator[dict], refusals: tuple[type[ConnectorError], ...]) -> Iterator[dict] | None:
    """Return the pages of a feed from its first on, or None where that is refused: by ``refusals``, or as full."""
    try:
        first = next(pages)
    except refusals:
        return None
    except PermissionMissing as problem:
        if is_full(problem):
            return None
        raise
    return chain([first], pages)


def changes_of(
    pages: Iterable[dict[str, Any]],
    translated: Translated,
    *,
    cursor_of: Callable[[str], str] = str,
) -> Iterator[Change]:
    """Yield what the pages of a delta tell, each followed by its `Checkpoint`.

    ``translated`` makes changes of an entry with its id; ``cursor_of`` makes a cursor of a link.
    """
    for page in pages:
        for entry in page["value"]:
            remote_id = id_of(entry, "mailbox object")
            if remote_id:
                yield from translated(remote_id, entry)
        following, last = page.get("@odata.nextLink"), page.get("@odata.deltaLink")
        if not following and not last:
            # Taken for the end, everything that was not told yet would count as deleted.
            raise UnexpectedAnswer("Microsoft’s changes end without saying from where to go on.")
        yield Checkpoint(cursor_of(following or last), is_end=not following)


def listed(pages: Iterable[dict[str, Any]], what: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the entries of the pages of a list, each once and with its id."""
    seen: set[str] = set()
    for page in pages:
        for entry in page["value"]:
            remote_id = id_of(entry, what)
            if remote_id and remote_id not in seen and "@removed" not in entry:
                seen.add(remote_id)
                yield remote_id, entry


def is_full(problem: ConnectorError) -> bool:
    """Return whether a delta was refused because the mailbox is full: then only lists are left."""
    return isinstance(problem, PermissionMissing) and problem.code == FULL


def _listing_of(pages: Iterable[dict[str, Any]], translated: Translated) -> Iterator[Change]:
    for page in pages:
        for entry in page["value"]:
            remote_id = id_of(entry, "mailbox object")
            if remote_id:
                yield from translated(remote_id, entry)
        following = page.get("@odata.nextLink")
        yield Checkpoint(f"{_LISTING}{following}" if following else "", is_end=not following)
