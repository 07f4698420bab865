"""One mailbox, asked the way Exchange wants to be asked.

Follows Microsoft's pages "Get immutable identifiers for Outlook resources" and "Get incremental changes to messages in
a folder".
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import quote

from backups.connectors.base import (
    CannotBeSaved,
    ConnectorError,
    CursorExpired,
    NotThere,
    PermissionMissing,
    ProviderBusy,
    Refusal,
    UnexpectedAnswer,
)
from backups.connectors.contract import Readable, Source
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.refusals import explained

# Ids that outlive a move to another folder, and texts as they were written, with what a browser should not be shown.
_PREFERENCES = 'IdType="ImmutableId", outlook.allow-unsafe-html'
# Exchange works at four calls of one mailbox at a time and refuses the others, in a batch as well.
_AT_ONCE = 4
WIDTH = 3
# What Exchange says of an id that it cannot have written.
MALFORMED = "ErrorInvalidIdMalformed"


class Exchange:
    """The mailbox of ``source``. Paths are below the user."""

    def __init__(self, graph: Graph, source: Source) -> None:
        self.graph, self.source = graph, source
        self.counted_by = f"mailbox {source.remote_id}"
        self._root = f"users/{quoted(source.remote_id)}"

    def get(self, path: str) -> dict[str, Any]:
        """Return the JSON of a path. Raises what `Graph.get_json` raises."""
        with explained():
            return self.graph.get_json(f"{self._root}/{path}", counted_by=self.counted_by, headers=preferring())

    def pages(self, path: str, *, size: int | None = None, link: str = "") -> Iterator[dict[str, Any]]:
        """Yield the pages of a list or delta from ``path``, or from ``link`` on. Raises what `Graph.pages` raises.

        ``size`` is how many entries of a delta to have on a page: a wish that Exchange forgets from one page to the
        next, and the only one that does not cut the whole round short.
        """
        if link and not link.lower().startswith("http"):
            raise CursorExpired("How far this was read is not known any more.")
        with explained():
            start = link or f"{self._root}/{path}"
            yield from self.graph.pages(start, counted_by=self.counted_by, headers=preferring(size))

    def those_there(self, paths: list[str]) -> list[dict | None]:
        """Return what each of several folders answers, or None for one that does not exist or is closed to us.

        Parts of a batch say nothing of immutable ids: folders have one id only. What a batch denies is asked for by
        itself before it counts as missing: whole trees hang on it. Raises what `Graph.batch` and `get` raise.
        """
        answers: list[dict | ConnectorError] = []
        for start in range(0, len(paths), _AT_ONCE):
            some = [f"{self._root}/{path}" for path in paths[start : start + _AT_ONCE]]
            try:
                answers += self.graph.batch(some, counted_by=self.counted_by)
            except (NotThere, UnexpectedAnswer) as problem:
                answers += [problem] * len(some)
        return [
            answer if isinstance(answer, dict) else self._if_open(path)
            for path, answer in zip(paths, answers, strict=True)
        ]

    def below(self, path: str, *, of: str) -> list[dict]:
        """Return the pages of a list of what lies in the folder at ``of``; none where that is gone meanwhile."""
        try:
            return list(self.pages(path))
        except NotThere as problem:
            try:
                self._make_sure(of)
            except NotThere:
                return []
            raise UnexpectedAnswer("Microsoft lists a folder and denies what is in it.", code=problem.code) from problem

    @contextmanager
    def open(self, content: str, *, of: str) -> Iterator[Readable]:
        """Open the bytes at ``content``, which belong to the object at ``of``.

        Raises `NotThere` only where the object itself is gone: Graph now and then denies a content that exists. Raises
        `CannotBeSaved` where Exchange fails at this content alone, again and again.
        """
        with ExitStack() as stack:
            yield self._entered(stack, content, of)

    def _entered(self, stack: ExitStack, content: str, of: str, *, is_last: bool = False) -> Readable:
        try:
            return stack.enter_context(self._content(content))
        except NotThere as problem:
            self._make_sure(of)
            if is_last:
                raise UnexpectedAnswer(
                    "Microsoft lists this and does not have its content.", code=problem.code,
                    request_id=problem.request_id,
                ) from problem  # fmt: skip
        except ProviderBusy as busy:
            if busy.code != "500":
                raise
            # The mailbox answers otherwise, so it is this object that makes Exchange fail.
            self._make_sure(of)
            raise CannotBeSaved(
                "Microsoft fails whenever it is asked for this content.", reason=Refusal.CORRUPT, code=busy.code,
                request_id=busy.request_id,
            ) from busy  # fmt: skip
        return self._entered(stack, content, of, is_last=True)

    @contextmanager
    def _content(self, path: str) -> Iterator[Readable]:
        with (
            explained(),
            self.graph.open(f"{self._root}/{path}", counted_by=self.counted_by, headers=preferring()) as stream,
        ):
            yield stream

    def _if_open(self, path: str) -> dict | None:
        try:
            return self.get(path)
        except (NotThere, PermissionMissing):
            return None
        except UnexpectedAnswer as problem:
            # A name that this server does not know is taken for an id that nobody can read.
            if problem.code != MALFORMED:
                raise
            return None

    def _make_sure(self, path: str) -> None:
        """Raise `NotThere` if the object is gone."""
        self.get(f"{path}?$select=id")


def quoted(remote_id: str) -> str:
    """Return an id as it goes into a path."""
    return quote(remote_id, safe="")


def preferring(size: int | None = None) -> dict[str, str]:
    """Return the headers of a call: immutable ids, texts as written, and for a delta how many entries on a page."""
    return {"Prefer": _PREFERENCES if size is None else f"odata.maxpagesize={size}, {_PREFERENCES}"}
