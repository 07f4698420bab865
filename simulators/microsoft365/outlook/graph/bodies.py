"""What clients send: read, and refused where Exchange would."""

import base64
import binascii

from simulators.microsoft365.graph.calls import Call, GraphError
from simulators.microsoft365.graph.selecting import Shape

MOST_BYTES = 4 * 1024 * 1024


def sent_object(call: Call, shape: Shape, *extra: str) -> dict:
    """Return the object a call sends. Raises `GraphError` for too much, and for properties the type does not have."""
    refuse_too_much(call)
    body = call.json()
    known = {*shape.makers, *shape.relations, *extra}
    for name in body:
        if "@" not in name and name not in known:
            message = f"The property '{name}' does not exist on type 'microsoft.graph.{shape.type_name}'."
            raise GraphError(400, "RequestBodyRead", message)
    return body


def refuse_too_much(call: Call) -> None:
    """Raise unless the body is small enough for a request."""
    if len(call.body) > MOST_BYTES:
        message = "The maximum request length supported is 4MB."
        raise GraphError(413, "RequestEntityTooLarge", message)


def from_base64(text: object, what: str) -> bytes:
    """Return bytes that were sent as base64. Raises `GraphError`."""
    try:
        return base64.b64decode("".join(str(text).split()), validate=True)
    except (binascii.Error, ValueError) as problem:
        raise GraphError(400, "ErrorInvalidRequest", f"Cannot read {what}: it is not base64.") from problem


def name_of(body: dict, name: str = "displayName") -> str:
    """Return the name a folder shall have. Raises `GraphError`."""
    value = body.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > 256:
        raise GraphError(400, "ErrorInvalidRequest", f"The property '{name}' must be a text of 1 to 256 characters.")
    return value
