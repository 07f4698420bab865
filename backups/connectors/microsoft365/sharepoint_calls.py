"""Asking SharePoint, which keeps the drives of people, the libraries, lists and pages of sites, and one budget for all.

Follows Microsoft's pages "driveItem: delta", "listItem: delta" and "Avoid getting throttled or blocked in SharePoint".
"""

from collections.abc import Callable, Iterator
from typing import Any

from backups.connectors.base import CursorExpired, UnexpectedAnswer
from backups.connectors.contract import Change, Checkpoint, Remove
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.refusals import explained
from backups.connectors.microsoft365.texts import id_of

COUNTED_BY = "sharepoint"
# What SharePoint charges: "get item, delta with token, download = 1; list, delta without token = 2; permissions = 5".
ONE, LIST, PERMISSIONS = 1, 2, 5


class SharePoint:
    """Graph, asked for what SharePoint keeps."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def get(self, path: str) -> dict[str, Any]:
        """Return the JSON of one object. Raises what `Graph.get_json` raises."""
        with explained():
            return self.graph.get_json(path, counted_by=COUNTED_BY, units=ONE)

    def listed(self, path: str, what: str, *, units: int = LIST) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the entries of a list, each once and with its id. Raises what `Graph.pages` raises."""
        seen: set[str] = set()
        with explained():
            for page in self.graph.pages(path, counted_by=COUNTED_BY, units=units):
                for entry in page["value"]:
                    remote_id = id_of(entry, what)
                    if remote_id and remote_id not in seen:
                        seen.add(remote_id)
                        yield remote_id, entry

    def changes(
        self, path: str, cursor: str, told: Callable[[Any, str], Change | None], headers: dict[str, str] | None = None
    ) -> Iterator[Change]:
        """Yield what a delta from ``path``, or from ``cursor`` on, tells; ``told`` is given each entry and the link it
        came by, and returns what it means.
        """
        if cursor and not cursor.lower().startswith("http"):
            raise CursorExpired("How far this was read is not known any more.")
        link = cursor or path
        with explained():
            for page in self.graph.pages(
                link, counted_by=COUNTED_BY, headers=headers, units=ONE if cursor else LIST
            ):  # fmt: skip
                yield from filter(None, (told(entry, link) for entry in page["value"]))
                following, last = page.get("@odata.nextLink"), page.get("@odata.deltaLink")
                if not following and not last:
                    raise UnexpectedAnswer("Microsoft’s changes end without saying from where to go on.")
                link = following or last
                yield Checkpoint(link, is_end=not following)


def removed(entry: dict[str, Any], object_id: str) -> Remove | None:
    """Return that an entry of a delta is gone, if it says so."""
    return Remove(object_id) if entry.get("deleted") is not None or "@removed" in entry else None


def part_of(entry: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a facet of an object, empty where there is none."""
    value = entry.get(name)
    return value if isinstance(value, dict) else {}
