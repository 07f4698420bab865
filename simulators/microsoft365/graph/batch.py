"""$batch: up to twenty calls in one, each judged by itself, answered in any order."""

import base64
import json
import random
from collections.abc import Callable
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.queries import options_of

MOST_PARTS = 20


def batch(call: Call, answer_part: Callable[[Call], Answer]) -> Answer:
    """Answer all parts of a batch."""
    parts = _parts(call)
    answers: dict[str, dict] = {}
    for part in parts:
        failed = [name for name in part.get("dependsOn", []) if answers[name]["status"] >= 400]
        if failed:
            answers[part["id"]] = _failed_dependency(part["id"])
            continue
        answers[part["id"]] = _shown(part["id"], answer_part(_call_of(call, part)))
    responses = list(answers.values())
    # Graph promises no order, and a client that counts on one shall notice.
    random.Random(call.request_id).shuffle(responses)  # noqa: S311
    return Answer({"responses": responses})


def _parts(call: Call) -> list[dict]:
    parts = call.json().get("requests")
    if not isinstance(parts, list) or not parts:
        raise GraphError(400, "BadRequest", "Invalid batch payload format.")
    if len(parts) > MOST_PARTS:
        message = f"Number of batch request steps exceeds the maximum value of {MOST_PARTS}."
        raise GraphError(400, "BadRequest", message)
    seen: set[str] = set()
    for part in parts:
        if not isinstance(part, dict) or not all(isinstance(part.get(key), str) for key in ("id", "method", "url")):
            raise GraphError(400, "BadRequest", "Each batch request step needs id, method and url.")
        if part["id"] in seen:
            raise GraphError(400, "BadRequest", f"The batch request step id {part['id']!r} is there twice.")
        if set(part.get("dependsOn", [])) - seen:
            raise GraphError(400, "BadRequest", f"Step {part['id']!r} depends on a step that does not come before it.")
        seen.add(part["id"])
    return parts


def _call_of(call: Call, part: dict) -> Call:
    url = urlsplit(part["url"])
    body = part.get("body")
    return Call(
        method=part["method"].upper(),
        path=unquote("/" + url.path.lstrip("/")),
        query=options_of(url.query),
        # Parts have no credentials of their own.
        headers={name.lower(): str(value) for name, value in part.get("headers", {}).items()}
        | {"authorization": call.headers.get("authorization", "")},
        body=b"" if body is None else json.dumps(body).encode(),
        now=call.now,
        request_id=str(uuid4()),
        is_in_batch=True,
    )


def _shown(part_id: str, answer: Answer) -> dict:
    shown = {"id": part_id, "status": answer.status}
    headers = dict(answer.headers)
    if isinstance(answer.body, bytes):
        shown["body"] = base64.b64encode(answer.body).decode()
    elif answer.body is not None:
        headers["Content-Type"] = "application/json; odata.metadata=minimal; odata.streaming=true"
        shown["body"] = answer.body
    return shown | {"headers": headers}


def _failed_dependency(part_id: str) -> dict:
    error = {"code": "FailedDependency", "message": "A step this one depends on has failed."}
    return {"id": part_id, "status": 424, "headers": {"Content-Type": "application/json"}, "body": {"error": error}}
