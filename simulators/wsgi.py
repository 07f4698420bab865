"""The site as a WSGI application, with the faults that happen below HTTP."""

import errno
import socket
import struct
from collections.abc import Callable, Iterable, Iterator

from django.core.wsgi import get_wsgi_application

_site = get_wsgi_application()


def application(environ: dict, start_response: Callable) -> Iterable[bytes]:
    """Answer one request. A response with a ``transport`` fault is cut or reset on its way out."""
    response = _site(environ, start_response)
    fault = getattr(response, "transport", None)
    if fault == "reset":
        response.close()
        _reset(environ)
    if fault == "cut":
        return _cut(response, environ)
    return response


def _reset(environ: dict) -> None:
    connection = environ.get("gunicorn.socket")
    if connection is not None:
        # Lingering for no time at all turns the closing into a reset.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    # The server takes this for a client that went away, and keeps quiet.
    raise ConnectionResetError(errno.ECONNRESET, "connection reset by a fault")


def _cut(response, environ: dict) -> Iterator[bytes]:
    yield b"".join(response)
    response.close()
    raise BrokenPipeError(errno.EPIPE, "connection closed by a fault")
