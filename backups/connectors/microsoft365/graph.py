"""The one client of Microsoft Graph: addresses, errors, pages, batches and content.

Follows Microsoft's pages "Microsoft Graph error responses", "Use delta query" and "Combine multiple HTTP requests".
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import httpx

from backups.connectors.base import (
    AccessRevoked,
    ConnectorError,
    CursorExpired,
    NotThere,
    PermissionMissing,
    ProviderBusy,
    UnexpectedAnswer,
)
from backups.connectors.downloads import Download, Verifier
from backups.connectors.http import Http, json_of
from backups.connectors.microsoft365.refusals import refusal_of
from backups.connectors.trips import BUSY, PASSING, request_id_of

BATCH_SIZE = 20
_BATCH_TRIES = 4
_PART_PUT_OFF = timedelta(seconds=30)
_CURSOR_CODES = ("syncstate", "resync")
# What every call about sites answers, with status 400, in a tenant that never bought SharePoint.
_NO_SHAREPOINT = "does not have a spo license"


class Graph:
    """Reads Graph v1.0 as one app in one tenant. ``scope`` of a call names what Microsoft counts it by."""

    def __init__(self, http: Http, *, tenant: str) -> None:
        self.http, self.tenant = http, tenant

    def get_json(
        self, path_or_link: str, *, counted_by: str = "directory", headers: dict | None = None, units: float = 1
    ) -> dict:
        """Return the JSON of a path below v1.0, or of a link that Graph handed out, followed word for word.

        ``units`` is what Microsoft charges for the call.

        Raises `PermissionMissing`, `NotThere`, `CursorExpired`, `AccessRevoked`, `UnexpectedAnswer`, and what
        `Http.send` raises.
        """
        try:
            return self._get(path_or_link, counted_by, headers, units)
        except UnexpectedAnswer:
            # Now and then Graph refuses a good request once, or a byte is damaged on the way.
            return self._get(path_or_link, counted_by, headers, units)

    def pages(
        self, path: str, *, counted_by: str = "directory", headers: dict | None = None, units: float = 1
    ) -> Iterator[dict]:
        """Yield each page of a list or delta, from ``path`` (or a link to go on with) to its last one.

        Raises `UnexpectedAnswer` where the links lead in a circle, and `ForeignAddress` for a page with a link to
        another host, before that page is given out: whoever stores the link would carry the poison on.
        """
        seen: set[str] = set()
        link: str | None = path
        while link:
            if link in seen:
                raise UnexpectedAnswer("Microsoft’s pages lead in a circle.")
            seen.add(link)
            page = self.get_json(link, counted_by=counted_by, headers=headers, units=units)
            if not isinstance(page.get("value"), list):
                raise UnexpectedAnswer("A page of Microsoft’s holds no list.")
            self.check_links(page)
            yield page
            link = page.get("@odata.nextLink")

    def check_links(self, page: dict) -> None:
        """Make sure that the links of a page lead to where we ask. Raises `ForeignAddress`, `UnexpectedAnswer`."""
        for name in ("@odata.nextLink", "@odata.deltaLink"):
            link = page.get(name)
            if link is None:
                continue
            if not isinstance(link, str) or not link:
                raise UnexpectedAnswer("A link of Microsoft’s is no address.")
            self.http.address(link)

    def batch(
        self, paths: list[str], *, counted_by: str = "mailboxes", units: float = 1
    ) -> list[dict | ConnectorError]:
        """Return what each of at most 20 paths answers, in their order: its JSON, or the error it ended with.

        Parts that were told to wait are asked again together; where the wait is too long, they end with `ProviderBusy`
        and the others keep their answers. Raises what `get_json` raises where no part has an answer.
        """
        answers: dict[int, dict | ConnectorError] = {}
        left = dict(enumerate(paths))
        for _ in range(_BATCH_TRIES):
            try:
                parts = self._post_batch(left, counted_by, units)
            except ProviderBusy as busy:
                if not answers:
                    raise
                return [answers.get(n, busy) for n in range(len(paths))]
            answers |= {n: _part_of(parts.get(str(n), {})) for n in left}
            self._heed(parts.values(), counted_by)
            left = {n: path for n, path in left.items() if isinstance(answers[n], ProviderBusy | UnexpectedAnswer)}
            if not left:
                break
        return [answers[n] for n in range(len(paths))]

    def open(
        self,
        path: str,
        *,
        counted_by: str,
        headers: dict | None = None,
        units: float = 1,
        size: int | None = None,
        verify: Verifier | None = None,
    ) -> AbstractContextManager[Download]:
        """Open the content at ``path`` as a stream, wherever Graph sends us for it.

        A break is gone on from where it was. ``size`` in bytes, where it is known for sure, and ``verify`` are held
        against what came before the end is told: `DamagedOnTheWay`. Raises what `get_json` raises.
        """
        scope = self._scope(counted_by)

        def ask(headers: dict) -> httpx.Response:
            answer = self.http.send(
                "GET", self._path(path), scope=scope, units=units, headers=headers, streams=True, is_final=_is_final
            )  # fmt: skip
            if answer.is_success or answer.is_redirect:
                return answer
            raise problem_of(answer.status_code, error_of(answer), request_id_of(answer))

        return Download(self.http, ask, scope=scope, headers=headers or {}, size=size, verify=verify)

    def _get(self, path_or_link: str, counted_by: str, headers: dict | None, units: float) -> dict:
        scope = self._scope(counted_by)
        options = {"scope": scope, "units": units, "headers": headers or {}, "is_final": _is_final}
        return _read(self.http.send("GET", self._path(path_or_link), **options))

    def _post_batch(self, paths: dict[int, str], counted_by: str, units: float) -> dict[str, dict]:
        body = {"requests": [{"id": str(n), "method": "GET", "url": f"/{path}"} for n, path in paths.items()]}

        def post() -> dict:
            scope, price = self._scope(counted_by), units * len(paths)
            return _read(self.http.send("POST", self._path("$batch"), scope=scope, units=price, json=body))

        try:
            answer = post()
        except UnexpectedAnswer:
            answer = post()
        parts = answer.get("responses")
        if not isinstance(parts, list):
            raise UnexpectedAnswer("Microsoft’s answer to a batch holds no list.")
        return {str(part.get("id")): part for part in parts if isinstance(part, dict)}

    def _heed(self, parts: Iterable[dict], counted_by: str) -> None:
        # Every part is throttled by itself and brings its own wait; the longest counts for all.
        for part in parts:
            status, headers = part.get("status"), part.get("headers")
            if status in BUSY:
                told = {str(name): str(value) for name, value in headers.items()} if isinstance(headers, dict) else {}
                self.http.heed(httpx.Response(status, headers=told), scope=self._scope(counted_by))

    def _path(self, path_or_link: str) -> str:
        return path_or_link if path_or_link.lower().startswith("http") else f"v1.0/{path_or_link.lstrip('/')}"

    def _scope(self, counted_by: str) -> str:
        return f"{self.tenant} {counted_by}"


def problem_of(status: int, error: dict[str, Any], request_id: str) -> ConnectorError:
    """Return the error that a Graph answer with ``status`` and its ``error`` object means for us."""
    code = str(error.get("code", ""))[:100]
    facts = {"code": code, "request_id": request_id}
    if meant := refusal_of(code, str(error.get("message", "")), request_id=request_id):
        return meant
    if status == 410 or code.lower().startswith(_CURSOR_CODES):
        return CursorExpired("Microsoft forgot how far we had read.", **facts)
    if status == 401:
        return AccessRevoked("Microsoft does not accept our token.", **facts)
    if status == 403:
        return PermissionMissing("Microsoft does not let us read this.", **facts)
    if status == 404 or _NO_SHAREPOINT in str(error.get("message", "")).lower():
        return NotThere("This does not exist at Microsoft.", **facts)
    return UnexpectedAnswer(f"Microsoft answered {status} {code}".strip() + ".", **facts)


def _part_of(part: dict) -> dict | ConnectorError:
    """Return what a part of a batch answered, or the error it ended with."""
    status, body = part.get("status"), part.get("body")
    if status == 200 and isinstance(body, dict):
        return body
    if status is None or status in BUSY or status in PASSING:
        return ProviderBusy("The provider put a part of a batch off.", wait=_PART_PUT_OFF, code=str(status))
    problem = problem_of(status, body.get("error", {}) if isinstance(body, dict) else {}, "")
    return UnexpectedAnswer(str(problem)) if isinstance(problem, CursorExpired | AccessRevoked) else problem


def _read(answer: httpx.Response) -> dict:
    if answer.status_code != 200:
        raise problem_of(answer.status_code, error_of(answer), request_id_of(answer))
    return json_of(answer)


def _is_final(answer: httpx.Response) -> bool:
    """Return whether a status that mostly passes stands before a refusal that does not: Exchange sends some so."""
    error = error_of(answer)
    return refusal_of(str(error.get("code", "")), str(error.get("message", ""))) is not None


def error_of(answer: httpx.Response) -> dict:
    """Return the ``error`` object of an answer, empty where it has none."""
    try:
        error = answer.json().get("error", {})
    except (ValueError, AttributeError):
        # Passing trouble comes with HTML or nothing; the status says enough.
        return {}
    return error if isinstance(error, dict) else {}
