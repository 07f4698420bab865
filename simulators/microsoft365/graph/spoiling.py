"""What a fault does to an answer."""

import threading
from collections.abc import Mapping
from datetime import timedelta
from email.utils import format_datetime

from django.conf import settings

from simulators.microsoft365.faults import LONGEST_STALL
from simulators.microsoft365.graph import links
from simulators.microsoft365.graph.calls import Answer, Call, GraphError, error_answer

_ABSURD_SECONDS = "31536000000"
_ERRORS = {
    400: ("BadRequest", "The request is invalid for a moment."),
    401: ("InvalidAuthenticationToken", "Access token has expired or is not yet valid."),
    403: ("accessDenied", "Access denied."),
    404: ("ResourceNotFound", "The resource could not be found for a moment."),
    410: ("resyncRequired", "Resync required."),
    429: ("TooManyRequests", "Too many requests."),
    503: ("serviceNotAvailable", "The service is temporarily unavailable."),
    504: ("gatewayTimeout", "The gateway gave up."),
}
# Something newer than this product, as Microsoft adds it without asking.
_FROM_THE_FUTURE = {"newInTheFuture": {"kind": "unknownFutureValue", "score": 7}}
# Faults that happen to the bytes rather than to what they say; the door does them.
TO_THE_BYTES = ("reset", "truncate", "wrong_length", "flip")
_never = threading.Event()


def stall(action: Mapping) -> None:
    """Wait, as a fault wants it, but not for ever."""
    if action.get("stall"):
        _never.wait(min(float(action["stall"]), LONGEST_STALL))


def instead(call: Call, action: Mapping) -> Answer | None:
    """Return the answer a fault gives in place of the true one, or None."""
    if "status" not in action and "retry_after" not in action:
        return None
    status = int(action.get("status", 429))
    answer = error_answer(call, GraphError(status, *_ERRORS.get(status, ("generalException", "General exception"))))
    if "body" in action:
        answer.body = action["body"]
    answer.headers |= retry_header(call.now, action.get("retry_after"))
    return answer


def retry_header(now, after: object) -> dict[str, str]:
    """Return the Retry-After header that a rule asks for: seconds, a date, none, or nonsense."""
    if after is None or after == "absent":
        return {}
    if after == "date":
        return {"Retry-After": format_datetime(now + timedelta(seconds=5), usegmt=True)}
    if after == "absurd":
        return {"Retry-After": _ABSURD_SECONDS}
    return {"Retry-After": str(after)}


def spoil(call: Call, action: Mapping, answer: Answer) -> Answer:
    """Return an answer with what a fault does to it."""
    if answer.status < 400 and isinstance(answer.body, dict):
        answer.body = _spoiled_links(call, action, _spoiled_entries(action, answer.body))
    answer.headers |= to_the_bytes(action)
    return answer


def _spoiled_entries(action: Mapping, body: dict) -> dict:
    value = body.get("value")
    if action.get("duplicate_item") and value:
        value = [*value, value[0]]
    if action.get("unknown_property"):
        if value is None:
            return body | _FROM_THE_FUTURE
        value = [entry | _FROM_THE_FUTURE for entry in value]
    return body if value is None else body | {"value": value}


def to_the_bytes(action: Mapping) -> dict[str, str]:
    """Return the faults that the door does to the bytes, as private headers that never leave."""
    return {f"sim-{name}": str(action[name]) for name in TO_THE_BYTES if action.get(name)}


def _spoiled_links(call: Call, action: Mapping, body: dict) -> dict:
    here = links.address(call.path, call.query)
    if action.get("nextlink_loop"):
        body.pop("@odata.deltaLink", None)
        body["@odata.nextLink"] = here
    if action.get("foreign_nextlink"):
        link = body.pop("@odata.deltaLink", None) or body.get("@odata.nextLink") or here
        body["@odata.nextLink"] = foreign_base() + link.removeprefix(settings.PUBLIC_URL)
    if action.get("two_deltalinks"):
        link = body.get("@odata.nextLink") or body.get("@odata.deltaLink") or here
        body |= {"@odata.nextLink": link, "@odata.deltaLink": link}
    return body


def foreign_base() -> str:
    """Return an address of this same server under another host name, where requests are only counted."""
    scheme, _, rest = settings.PUBLIC_URL.partition("://")
    host, colon, port = rest.partition(":")
    other = "localhost" if host == "127.0.0.1" else "127.0.0.1"
    return f"{scheme}://{other}{colon}{port}/elsewhere"
