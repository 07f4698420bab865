"""The one client of Microsoft Graph: addresses, errors, pages and batches.

Follows Microsoft's pages "Microsoft Graph error responses", "Use delta query" and "Combine multiple HTTP requests".
"""

from collections.abc import Iterator
from typing import Any

import httpx

from backups.connectors.base import (
    AccessRevoked,
    ConnectorError,
    CursorExpired,
    NotThere,
    PermissionMissing,
    UnexpectedAnswer,
)
from backups.connectors.http import Http, json_of, request_id_of

BATCH_SIZE = 20
_CURSOR_CODES = ("syncstate", "resync")


class Graph:
    """Reads Graph v1.0 as one app in one tenant. ``scope`` of a call names what Microsoft counts it by."""

    def __init__(self, http: Http, *, tenant: str) -> None:
        self.http, self.tenant = http, tenant

    def get_json(self, path_or_link: str, *, counted_by: str = "directory", headers: dict | None = None) -> dict:
        """Return the JSON of a path below v1.0, or of a link that Graph handed out, followed word for word.

        Raises `PermissionMissing`, `NotThere`, `CursorExpired`, `AccessRevoked`, `UnexpectedAnswer`, and what
        `Http.send` raises.
        """
        answer = self.http.send("GET", self._path(path_or_link), scope=self._scope(counted_by), headers=headers or {})
        if answer.status_code != 200:
            raise problem_of(answer.status_code, _error_of(answer), request_id_of(answer))
        return json_of(answer)

    def pages(self, path: str, *, counted_by: str = "directory", headers: dict | None = None) -> Iterator[dict]:
        """Yield each page of a list or delta, from ``path`` (or a link to go on with) to its last one.

        Raises `UnexpectedAnswer` where the links lead in a circle.
        """
        seen: set[str] = set()
        link: str | None = path
        while link:
            if link in seen:
                raise UnexpectedAnswer("Microsoft’s pages lead in a circle.")
            seen.add(link)
            page = self.get_json(link, counted_by=counted_by, headers=headers)
            if not isinstance(page.get("value"), list):
                raise UnexpectedAnswer("A page of Microsoft’s holds no list.")
            yield page
            link = page.get("@odata.nextLink")

    def batch(self, paths: list[str], *, counted_by: str = "mailboxes") -> list[dict | ConnectorError]:
        """Return what each of at most 20 paths answers, in their order: its JSON, or the error it ended with.

        A part that was told to wait is asked again by itself.
        """
        requests = [{"id": str(n), "method": "GET", "url": f"/{path}"} for n, path in enumerate(paths)]
        answer = self.http.send(
            "POST", self._path("$batch"), scope=self._scope(counted_by), json={"requests": requests}
        )
        if answer.status_code != 200:
            raise problem_of(answer.status_code, _error_of(answer), request_id_of(answer))
        parts = {str(part.get("id")): part for part in json_of(answer).get("responses", []) if isinstance(part, dict)}
        return [self._part(path, parts.get(str(n)), counted_by) for n, path in enumerate(paths)]

    def _part(self, path: str, part: dict | None, counted_by: str) -> dict | ConnectorError:
        status, body = (part or {}).get("status"), (part or {}).get("body")
        if status == 200 and isinstance(body, dict):
            return body
        try:
            if part is None or status in (408, 429, 500, 502, 503, 504, 509):
                return self.get_json(path, counted_by=counted_by)
            raise problem_of(int(status), body.get("error", {}) if isinstance(body, dict) else {}, "")
        except (NotThere, PermissionMissing, UnexpectedAnswer) as problem:
            return problem

    def _path(self, path_or_link: str) -> str:
        return path_or_link if path_or_link.lower().startswith("http") else f"v1.0/{path_or_link.lstrip('/')}"

    def _scope(self, counted_by: str) -> str:
        return f"{self.tenant} {counted_by}"


def problem_of(status: int, error: dict[str, Any], request_id: str) -> ConnectorError:
    """Return the error that a Graph answer with ``status`` and its ``error`` object means for us."""
    code = str(error.get("code", ""))[:100]
    facts = {"code": code, "request_id": request_id}
    if status == 410 or code.lower().startswith(_CURSOR_CODES):
        return CursorExpired("Microsoft forgot how far we had read.", **facts)
    if status == 401:
        return AccessRevoked("Microsoft does not accept our token.", **facts)
    if status == 403:
        return PermissionMissing("Microsoft does not let us read this.", **facts)
    if status == 404:
        return NotThere("This does not exist at Microsoft.", **facts)
    return UnexpectedAnswer(f"Microsoft answered {status} {code}".strip() + ".", **facts)


def _error_of(answer: httpx.Response) -> dict:
    try:
        error = answer.json().get("error", {})
    except (ValueError, AttributeError):
        # Passing trouble comes with HTML or nothing; the status says enough.
        return {}
    return error if isinstance(error, dict) else {}
