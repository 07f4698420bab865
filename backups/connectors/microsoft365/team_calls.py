"""One team, asked the way Teams wants to be asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from backups.connectors.base import CannotBeSaved, CursorExpired, NotThere, Refusal
from backups.connectors.contract import Readable
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.refusals import explained
from backups.connectors.microsoft365.texts import id_of

_LONGEST_ID = 400
# Without it Teams hides the words it learned later: what the system says in a channel, and that a channel is shared.
_HEADERS = {"Prefer": "include-unknown-enum-members"}


class TeamCalls:
    """The team with the id ``team``, or with ``of_group`` the group behind it. Paths are below it."""

    def __init__(self, graph: Graph, team: str, *, of_group: bool = False) -> None:
        self.graph = graph
        # Conversations of a group lie in its mailbox, and Exchange counts by mailboxes.
        self.counted_by = f"mailbox {team}" if of_group else f"team {team}"
        self._root = f"groups/{quoted(team)}" if of_group else f"teams/{quoted(team)}"

    def get(self, path: str) -> dict[str, Any]:
        """Return the JSON of a path. Raises what `Graph.get_json` raises."""
        with explained():
            return self.graph.get_json(self._below(path), counted_by=self.counted_by, headers=_HEADERS)

    def pages(self, path: str, *, link: str = "") -> Iterator[dict[str, Any]]:
        """Yield the pages of a list or delta from ``path``, or from ``link`` on. Raises what `Graph.pages` raises."""
        if link and not link.lower().startswith("http"):
            raise CursorExpired("How far this was read is not known any more.")
        with explained():
            yield from self.graph.pages(link or self._below(path), counted_by=self.counted_by, headers=_HEADERS)

    def listed(self, path: str, what: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the entries of a list, each once and with its id."""
        seen: set[str] = set()
        for page in self.pages(path):
            for entry in page["value"]:
                remote_id = id_of(entry, what)
                if remote_id and remote_id not in seen:
                    seen.add(remote_id)
                    yield remote_id, entry

    @contextmanager
    def open(self, content: str, *, of: str) -> Iterator[Readable]:
        """Open the bytes at ``content``, which belong to the message at ``of``.

        Raises `NotThere` where the message itself is gone, `CannotBeSaved` where only its content is.
        """
        try:
            with (
                explained(),
                self.graph.open(self._below(content), counted_by=self.counted_by, headers=_HEADERS) as stream,
            ):
                yield stream
        except NotThere as problem:
            self.get(of)
            raise CannotBeSaved(
                "Microsoft shows this picture and does not have it.", reason=Refusal.CORRUPT, code=problem.code,
                request_id=problem.request_id,
            ) from problem  # fmt: skip

    def _below(self, path: str) -> str:
        return f"{self._root}/{path}" if path else self._root


def object_id_in(feed: str, entry: Any, what: str) -> str | None:
    """Return what an entry of a feed is known as: Teams gives the same id in two channels. None where it has no id
    that can be kept.
    """
    remote_id = id_of(entry, what)
    if remote_id is None or len(feed) + len(remote_id) >= _LONGEST_ID:
        return None
    return f"{feed}/{remote_id}"


def quoted(remote_id: str) -> str:
    """Return an id as it goes into a path."""
    return quote(remote_id, safe="")
