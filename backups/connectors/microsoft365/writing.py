"""Writing through Graph: what is made, changed and deleted, and bytes that go up in ranges.

Follows Microsoft's pages "Microsoft Graph error responses" and "driveItem: createUploadSession". A call that makes
something is sent once: where it broke off, `OutcomeUnclear` lets the caller look for what it may have made.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import httpx

from backups.connectors.base import (
    CannotBeRestored,
    CannotBeSaved,
    NotThere,
    Obstacle,
    OutcomeUnclear,
    PermissionMissing,
    UnexpectedAnswer,
)
from backups.connectors.http import json_of
from backups.connectors.microsoft365.graph import Graph, error_of, problem_of
from backups.connectors.trips import request_id_of

# Ranges of an upload session are multiples of this many bytes ("Upload bytes to the upload session").
RANGE_STEP = 320 << 10
_LOCKED = "resourcelocked"
_NO_ROOM = frozenset({"quotalimitreached", "insufficientstorage", "errorquotaexceeded"})


class Begun(NamedTuple):
    """Something that Microsoft makes meanwhile: the path of its operation, "" where it is there, and its id or path."""

    operation: str
    target: str


class Writer:
    """Writes with one app in one tenant. Safe for several threads."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def post(
        self, path: str, body: Any = None, *, counted_by: str, headers: dict | None = None, units: float = 2
    ) -> dict[str, Any]:
        """Make something and return its JSON, empty where the answer has none.

        Raises `OutcomeUnclear` where nobody knows whether it was made, `CannotBeRestored` where it is refused, and
        what `Graph.get_json` raises.
        """
        return self._json("POST", path, counted_by, headers, units, {"json": body}, once=True)

    def begin(self, path: str, body: Any, *, counted_by: str, units: float = 2) -> Begun:
        """Let Microsoft begin to make something and return where to ask how it goes, and what it will be.

        Where it is made at once, there is nothing to ask after. Raises what `post` raises.
        """
        answer = self._answer("POST", path, counted_by, None, units, {"json": body}, once=True)
        made = _json_or_nothing(answer).get("id")
        operation, target = (answer.headers.get(name, "") for name in ("Location", "Content-Location"))
        return Begun(operation if answer.status_code == 202 else "", made if isinstance(made, str) else target)

    def patch(
        self, path: str, body: Any, *, counted_by: str, headers: dict | None = None, units: float = 2
    ) -> dict[str, Any]:
        """Change something and return its JSON. May be sent twice. Raises what `post` raises."""
        return self._json("PATCH", path, counted_by, headers, units, {"json": body}, once=False)

    def put(
        self, path: str, content: bytes, *, counted_by: str, headers: dict | None = None, units: float = 2
    ) -> dict[str, Any]:
        """Put bytes where they belong and return the JSON of what they are now. Raises what `post` raises."""
        return self._json("PUT", path, counted_by, headers, units, {"content": content}, once=True)

    def delete(self, path: str, *, counted_by: str, headers: dict | None = None, units: float = 2) -> None:
        """Delete something; what is gone already is gone. Raises what `Graph.get_json` raises."""
        try:
            self._json("DELETE", path, counted_by, headers, units, {}, once=False)
        except NotThere:
            return

    def upload(self, link: str, pieces: Iterable[bytes], size: int, *, counted_by: str, at_once: int) -> dict[str, Any]:
        """Send ``size`` bytes to an upload session in ranges of ``at_once`` bytes and return the last answer's JSON.

        ``pieces`` may have any lengths. Raises `OutcomeUnclear` where the session was over before its last range was
        answered: look for what it may have made. Raises `UnexpectedAnswer` where it is lost earlier: begin a new one.
        """
        begin, answer = 0, {}
        for chunk in _chunks(pieces, at_once):
            answer = self._range(link, chunk, begin, size, counted_by)
            begin += len(chunk)
        if begin != size:
            raise UnexpectedAnswer(f"{begin:,} bytes were kept of {size:,} that were told. Nothing was put back.")
        return answer

    def _range(self, link: str, chunk: bytes, begin: int, size: int, counted_by: str) -> dict[str, Any]:
        scope, end = f"{self.graph.tenant} {counted_by}", begin + len(chunk)
        headers = {"Content-Range": f"bytes {begin}-{end - 1}/{size}", "Content-Length": str(len(chunk))}
        answer = self.graph.http.upload("PUT", link, scope=scope, headers=headers, content=chunk)
        if answer.status_code in (200, 201, 202):
            return _json_or_nothing(answer)
        if answer.status_code in (404, 416) and end == size:
            # An earlier try of this range may have ended the session, and its answer have been lost.
            raise OutcomeUnclear("The connection broke at the end of an upload.")
        if answer.status_code == 416 and self._wanted_next(link, scope) == end:
            return {}
        if answer.status_code in (404, 416):
            raise UnexpectedAnswer("Microsoft lost an upload that was under way.", request_id=request_id_of(answer))
        raise _problem_of(answer)

    def _wanted_next(self, link: str, scope: str) -> int | None:
        """Return where an upload session wants to be gone on with. Follows "Resuming an in-progress upload"."""
        answer = self.graph.http.upload("GET", link, scope=scope)
        ranges = json_of(answer).get("nextExpectedRanges") if answer.is_success else None
        first = str(ranges[0]).partition("-")[0] if isinstance(ranges, list) and ranges else ""
        return int(first) if first.isdecimal() else None

    def _json(
        self, method: str, path: str, counted_by: str, headers: dict | None, units: float, body: dict, *, once: bool
    ) -> dict[str, Any]:
        return _json_or_nothing(self._answer(method, path, counted_by, headers, units, body, once=once))

    def _answer(
        self, method: str, path: str, counted_by: str, headers: dict | None, units: float, body: dict, *, once: bool
    ) -> httpx.Response:
        scope = f"{self.graph.tenant} {counted_by}"
        address = path if path.lower().startswith("http") else f"v1.0/{path.lstrip('/')}"
        answer = self.graph.http.send(
            method, address, scope=scope, units=units, headers=headers or {}, once=once, is_final=_is_refusal, **body
        )
        if answer.is_success:
            return answer
        raise _problem_of(answer)


def _chunks(pieces: Iterable[bytes], length: int) -> Iterator[bytes]:
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) >= length:
            yield bytes(held[:length])
            del held[:length]
    if held:
        yield bytes(held)


def _json_or_nothing(answer: httpx.Response) -> dict[str, Any]:
    return json_of(answer) if answer.content.strip() else {}


def _problem_of(answer: httpx.Response) -> Exception:
    error, request_id = error_of(answer), request_id_of(answer)
    code = str(error.get("code", ""))[:100]
    facts = {"code": code, "request_id": request_id}
    if answer.status_code == 507 or code.lower() in _NO_ROOM:
        return CannotBeRestored("There is no room left at Microsoft for it.", obstacle=Obstacle.NO_ROOM, **facts)
    if answer.status_code == 413:
        return CannotBeRestored("Microsoft does not take anything as large.", obstacle=Obstacle.TOO_LARGE, **facts)
    if answer.status_code == 423 or code.lower() == _LOCKED:
        return CannotBeRestored(
            "It is locked at Microsoft: somebody may have it open.", obstacle=Obstacle.LOCKED, **facts
        )
    problem = problem_of(answer.status_code, error, request_id)
    if answer.status_code in (400, 409, 422) or isinstance(problem, CannotBeSaved):
        said = str(error.get("message", ""))[:200]
        return CannotBeRestored(f"Microsoft refused it: {said or code}", obstacle=Obstacle.REFUSED, **facts)
    if isinstance(problem, PermissionMissing):
        return PermissionMissing("Microsoft does not let us write this.", **facts)
    return problem


def _is_refusal(answer: httpx.Response) -> bool:
    return answer.status_code == 507
