"""What a route is given, what it answers, and how it refuses."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from simulators.microsoft365.models import Tenant


class GraphError(Exception):
    """A refusal in Graph's shape."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}


@dataclass
class Call:
    """One request to Graph, or one part of a batch."""

    method: str
    # Below /v1.0, such as "/users/delta".
    path: str
    query: dict[str, str]
    # By names in lower case.
    headers: Mapping[str, str]
    body: bytes
    now: datetime
    request_id: str
    is_in_batch: bool = False
    # Known once the token was read.
    tenant: Tenant | None = None
    client_id: str = ""
    roles: frozenset[str] = frozenset()
    # Known once a route was found, and what it cost.
    template: str = ""
    units: int = 0

    def preference(self, name: str) -> str | None:
        """Return what the Prefer header says about ``name``, or None."""
        for part in self.headers.get("prefer", "").split(","):
            key, _, value = part.strip().partition("=")
            if key.lower() == name.lower():
                return value.strip('"')
        return None

    def json(self) -> dict:
        """Return the body as an object. Raises `GraphError`."""
        try:
            value = json.loads(self.body or b"null")
        except ValueError as problem:
            raise GraphError(400, "BadRequest", "Unable to read JSON request payload.") from problem
        if not isinstance(value, dict):
            raise GraphError(400, "BadRequest", "Unable to read JSON request payload.")
        return value


@dataclass
class Answer:
    """What a route answers; the body becomes JSON, or stays the bytes it is (their header says what they are)."""

    body: dict | bytes | None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def error_answer(call: Call, error: GraphError) -> Answer:
    """Return a refusal as Graph words it."""
    inner = {
        "date": call.now.strftime("%Y-%m-%dT%H:%M:%S"),
        "request-id": call.request_id,
        "client-request-id": call.headers.get("client-request-id", call.request_id),
    }
    body = {"error": {"code": error.code, "message": error.message, "innerError": inner}}
    return Answer(body, error.status, dict(error.headers))
