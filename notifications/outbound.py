"""The one place that connects to addresses which people typed, such as those of webhooks.

Names are looked up once; unless every address found is public, nothing is sent; the connection goes to exactly the
address that was judged, while TLS proves the name. No redirect is followed, no proxy of the environment is used, no
more than 64 KB of an answer is read, and all of it together has an end.
"""

import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import httpcore
from django.conf import settings

from notifications.destinations import Address, Destination, Refused, destination_of, is_public

USER_AGENT = "Portico-Webhooks/1.0"
SECONDS_AT_MOST = 15.0
CONNECT_SECONDS = 5.0
BODY_AT_MOST = 64 * 1024
_LOOK_UP_SECONDS = 5.0
_ADDRESSES_TRIED = 3

Resolve = Callable[[str, int], list[str]]


class NoAnswer(Exception):
    """The other side could not be reached, broke off, or took too long. The message is a sentence."""


@dataclass(frozen=True)
class Answer:
    """What came back: the code, and the first 64 KB of the body."""

    code: int
    body: bytes


def check_url(url: str, *, resolve: Resolve | None = None) -> None:
    """Raise `Refused` unless we would connect to ``url`` now. `NoAnswer` where the name cannot be looked up."""
    addresses_of(_destination(url), resolve=resolve)


def post(
    url: str, *, body: bytes, headers: dict[str, str], resolve: Resolve | None = None,
    trusted: ssl.SSLContext | None = None, seconds: float = SECONDS_AT_MOST,
) -> Answer:  # fmt: skip
    """Send ``body`` to ``url`` and return the answer, whatever its code. Raises `Refused` and `NoAnswer`.

    ``resolve`` looks a name up and ``trusted`` says whose certificates count; tests hand both in.
    """
    ends_at = time.monotonic() + seconds
    where = _destination(url)
    addresses = addresses_of(where, resolve=resolve)
    request = httpcore.Request(
        "POST",
        httpcore.URL(scheme=where.scheme, host=where.host, port=where.port, target=where.target),
        headers={
            "Host": where.host_header, "User-Agent": USER_AGENT, "Accept-Encoding": "identity", "Connection": "close",
            "Content-Length": str(len(body)), **headers,
        },
        content=body,
        extensions={"timeout": {"connect": CONNECT_SECONDS, "read": seconds, "write": seconds, "pool": 1.0}},
    )  # fmt: skip
    pinned = _Pinned([str(one) for one in addresses], ends_at)
    with httpcore.ConnectionPool(ssl_context=trusted or _trusted(), network_backend=pinned, retries=0) as pool:
        try:
            answer = pool.handle_request(request)
            try:
                return Answer(answer.status, _first_bytes(answer))
            finally:
                answer.close()
        except (httpcore.TimeoutException, _TooLate) as problem:
            raise NoAnswer(f"No complete answer within {seconds:g} seconds.") from problem
        except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError) as problem:
            raise NoAnswer(_words_of(problem)) from problem


def addresses_of(where: Destination, *, resolve: Resolve | None = None) -> list[Address]:
    """Return the addresses behind a destination. Raises `Refused` if any of them is not public, `NoAnswer` for none.

    One bad address condemns the name: whoever mixes them wants the second try to land inside.
    """
    try:
        found = [where.host] if where.is_literal else (resolve or look_up)(where.host, where.port)
        addresses = [ipaddress.ip_address(one) for one in found]
    except (OSError, ValueError) as problem:
        raise NoAnswer(f"The name {where.host} cannot be looked up.") from problem
    if not addresses:
        raise NoAnswer(f"The name {where.host} has no address.")
    if not all(is_public(one, allowed=settings.OUTBOUND_INTERNAL_NETWORKS) for one in addresses):
        raise Refused(f"{where.host} is not on the public internet. Nothing is sent to internal addresses.")
    return addresses


def look_up(host: str, port: int) -> list[str]:
    """Return the addresses of a name. Raises OSError where there is none, or none within five seconds."""
    # The system's resolver knows no time limit of ours: a thread is left behind where it hangs.
    answers: queue.SimpleQueue = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as problem:
            answers.put(OSError(str(problem)))

    threading.Thread(target=ask, daemon=True).start()
    try:
        found = answers.get(timeout=_LOOK_UP_SECONDS)
    except queue.Empty as problem:
        raise TimeoutError(f"{host} was not found within {_LOOK_UP_SECONDS:g} seconds.") from problem
    if isinstance(found, OSError):
        raise found
    return list(dict.fromkeys(one[4][0] for one in found))


def _destination(url: str) -> Destination:
    return destination_of(url, allows_http=settings.OUTBOUND_ALLOWS_HTTP)


def _first_bytes(answer: httpcore.Response) -> bytes:
    body = b""
    for part in answer.iter_stream():
        body += part[: BODY_AT_MOST - len(body)]
        if len(body) >= BODY_AT_MOST:
            break
    return body


def _words_of(problem: Exception) -> str:
    cause: BaseException | None = problem
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"The certificate is not valid: {cause.verify_message}."
        if isinstance(cause, ssl.SSLError):
            return "No secure connection could be made (TLS)."
        cause = cause.__cause__ or cause.__context__
    if isinstance(problem, httpcore.ConnectError):
        return "No connection could be made."
    if isinstance(problem, httpcore.ProtocolError):
        return "What came back is no answer of a web server."
    return "The connection broke before the answer was complete."


class _TooLate(Exception):
    """The time for the whole exchange is over."""


class _Pinned(httpcore.NetworkBackend):
    """Connects to the addresses that were judged, whatever name is asked for, and ends everything at one moment."""

    def __init__(self, addresses: list[str], ends_at: float) -> None:
        self.addresses, self.ends_at, self.real = addresses, ends_at, httpcore.SyncBackend()

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        for number, address in enumerate(tried := self.addresses[:_ADDRESSES_TRIED], start=1):
            try:
                seconds = _left(self.ends_at, timeout)
                return _Bounded(self.real.connect_tcp(address, port, seconds, None, socket_options), self.ends_at)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(tried):
                    raise
        raise httpcore.ConnectError("There is no address to connect to.")


class _Bounded(httpcore.NetworkStream):
    """A stream each of whose steps may take only what is left of the whole."""

    def __init__(self, stream: httpcore.NetworkStream, ends_at: float) -> None:
        self.stream, self.ends_at = stream, ends_at

    def read(self, max_bytes, timeout=None):
        return self.stream.read(max_bytes, _left(self.ends_at, timeout))

    def write(self, buffer, timeout=None):
        self.stream.write(buffer, _left(self.ends_at, timeout))

    def close(self):
        self.stream.close()

    def start_tls(self, ssl_context, server_hostname=None, timeout=None):
        stream = self.stream.start_tls(ssl_context, server_hostname, _left(self.ends_at, timeout))
        return _Bounded(stream, self.ends_at)

    def get_extra_info(self, info):
        return self.stream.get_extra_info(info)


def _left(ends_at: float, timeout: float | None) -> float:
    left = ends_at - time.monotonic()
    if left <= 0:
        raise _TooLate
    return left if timeout is None else min(left, timeout)


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()
