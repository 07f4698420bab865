"""One mailbox that things are put back into, and how an object there tells which restore made it.

Every object carries its restore key from its first moment. One that takes more than one call says that it is begun
until the last of them is done: whoever finds it after a break goes on with it, so that nothing comes twice and nothing
stays half. What it replaces stands in it too, and goes when it is whole. Follows Microsoft's page "Create single-value
extended property".
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from backups.connectors.base import CannotBeRestored, NotThere, Obstacle
from backups.connectors.contract import Source
from backups.connectors.microsoft365.exchange import Exchange, preferring, quoted
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.writing import Writer
from backups.connectors.restoring import Room

_OURS = "String {6f0c2a5e-52d4-4b0a-9d3f-8a1f7c9be21d} Name"
_KEY, _STATE, _ORIGIN = (f"{_OURS} Portico{name}" for name in ("RestoreKey", "RestoreState", "Origin"))
_BEGUN, _WHOLE = "begun", "whole"
_PROPERTIES = "singleValueExtendedProperties"
ORIGIN_EXPANDED = f"$expand={_PROPERTIES}($filter=id%20eq%20'{quoted(_ORIGIN)}')"


class Found(NamedTuple):
    """What an earlier try made: whether that is all of it, and what it has to take the place of ("" for nothing)."""

    id: str
    is_whole: bool
    replaces: str


class Mailbox(Exchange):
    """The mailbox of ``source``, read and written. Paths are below the user. Safe for several threads."""

    def __init__(self, graph: Graph, source: Source) -> None:
        super().__init__(graph, source)
        self.writer = Writer(graph)

    def post(self, path: str, body: Any) -> dict[str, Any]:
        """Make something and return its JSON. Raises what `Writer.post` raises."""
        return self.writer.post(f"{self._root}/{path}", body, counted_by=self.counted_by, headers=preferring(), units=1)

    def patch(self, path: str, body: Any) -> dict[str, Any]:
        """Change something and return its JSON. Raises what `Writer.patch` raises."""
        return self.writer.patch(
            f"{self._root}/{path}", body, counted_by=self.counted_by, headers=preferring(), units=1
        )

    def put(self, path: str, content: bytes, content_type: str) -> None:
        """Put bytes. Raises what `Writer.put` raises."""
        headers = preferring() | {"Content-Type": content_type}
        self.writer.put(f"{self._root}/{path}", content, counted_by=self.counted_by, headers=headers, units=1)

    def delete(self, path: str) -> None:
        """Delete something, if it is still there. Raises what `Writer.delete` raises."""
        self.writer.delete(f"{self._root}/{path}", counted_by=self.counted_by, headers=preferring(), units=1)

    def upload(self, link: str, pieces: Iterable[bytes], size: int, *, at_once: int) -> None:
        """Send bytes to an upload session. Raises what `Writer.upload` raises."""
        self.writer.upload(link, pieces, size, counted_by=self.counted_by, at_once=at_once)

    def room(self, path: str) -> Room:
        """Return what there is room for once ``path`` was answered. Raises `CannotBeRestored` where it is not there.

        How much a mailbox may hold is told nowhere in Graph.
        """
        try:
            self.get(path)
        except NotThere as problem:
            raise CannotBeRestored(
                "There is no mailbox in the cloud to put anything back into.", obstacle=Obstacle.TARGET_GONE,
                code=problem.code, request_id=problem.request_id,
            ) from problem  # fmt: skip
        return Room(None)

    def found(self, listing: str, key: str) -> Found | None:
        """Return what was made with a restore key among the objects at the path ``listing``, or None."""
        wanted = f"{_PROPERTIES}/Any(p: p/id eq '{_KEY}' and p/value eq '{key.replace(chr(39), chr(39) * 2)}')"
        shown = f"$expand={_PROPERTIES}($filter=id%20eq%20'{quoted(_STATE)}')"
        for page in self.pages(f"{listing}?$select=id&$filter={quoted(wanted)}&{shown}"):
            for entry in page["value"]:
                state, _, replaces = property_in(entry, _STATE).partition(" ")
                return Found(entry["id"], state != _BEGUN, replaces)
        return None

    def say_whole(self, path: str) -> None:
        """Write into an object that nothing of it is missing any more."""
        self.patch(path, {_PROPERTIES: [{"id": _STATE, "value": _WHOLE}]})


def keyed(body: dict[str, Any], *, key: str, origin: str, is_whole: bool, replaces: str = "") -> dict[str, Any]:
    """Return what is sent to make an object, with its restore key and by what it was known where it was saved.

    ``is_whole`` says that this call makes all of it.
    """
    values = {_KEY: key, _ORIGIN: origin}
    if not is_whole:
        values[_STATE] = f"{_BEGUN} {replaces}".strip()
    more = [{"id": name, "value": value} for name, value in values.items()]
    return body | {_PROPERTIES: [*body.get(_PROPERTIES, []), *more]}


def origin_in(entry: dict[str, Any]) -> str:
    """Return what an object that was put back was known by, "" for every other one."""
    return property_in(entry, _ORIGIN)


def property_in(entry: dict[str, Any], name: str) -> str:
    """Return the value of an extended property that was asked for, "" where the object has none."""
    given = entry.get(_PROPERTIES)
    for one in given if isinstance(given, list) else []:
        # Exchange writes the braces' content in any case.
        if isinstance(one, dict) and str(one.get("id", "")).lower() == name.lower():
            return str(one.get("value") or "")
    return ""


def entries(mailbox: Exchange, path: str) -> Iterator[dict[str, Any]]:
    """Yield everything that the list at ``path`` holds and that has an id."""
    for page in mailbox.pages(path):
        yield from (one for one in page["value"] if isinstance(one, dict) and isinstance(one.get("id"), str))
