"""The one place that talks to providers, retries and waits.

The wait is dictated by the server and belongs to a scope (an app in a tenant, or one mailbox of it): all threads and
processes of that scope wait together. Short waits happen here, long ones end in `ProviderBusy` and free the worker.
"""

import random
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

import httpx

from backups.connectors.base import ForeignAddress, ProviderBusy, UnexpectedAnswer

# SharePoint puts traffic that names itself like this first (its page "Avoid getting throttled").
USER_AGENT = "ISV|Portico|PorticoBackup/1.0"
TRIES = 6
BUSY = frozenset({429, 503, 509})
PASSING = frozenset({408, 500, 502, 504})
LONGEST_WAIT = timedelta(hours=1)


class Pauses(Protocol):
    """Where scopes are told to wait, shared by every process."""

    def until(self, scope: str) -> datetime | None:
        """Return the moment before which nothing of ``scope`` may be asked, or None."""

    def note(self, scope: str, not_before: datetime) -> None:
        """Remember a pause; a shorter one never shortens a longer one."""


@dataclass
class PausesHere:
    """Pauses of this process alone, for tests and single commands."""

    moments: dict[str, datetime] = field(default_factory=dict)

    def until(self, scope: str) -> datetime | None:
        return self.moments.get(scope)

    def note(self, scope: str, not_before: datetime) -> None:
        self.moments[scope] = max(not_before, self.moments.get(scope, not_before))


class Http:
    """Requests to one service at ``base`` and nowhere else.

    ``patience`` is how long a call may wait in all before `ProviderBusy` is raised. ``token(fresh)`` returns a bearer
    token, made anew when ``fresh``. ``clock`` returns an aware moment and ``sleep`` waits seconds: both are handed in,
    so that an hour of throttling is tested in milliseconds.
    """

    def __init__(
        self,
        base: str,
        *,
        token: Callable[[bool], str] | None = None,
        pauses: Pauses | None = None,
        patience: timedelta = timedelta(seconds=30),
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.base = base.rstrip("/")
        self.token, self.pauses, self.patience = token, pauses or PausesHere(), patience
        self.sleep, self.clock = sleep, clock
        self.requests = 0
        self._counting = threading.Lock()
        self._client = httpx.Client(timeout=60, follow_redirects=False, headers={"User-Agent": USER_AGENT})

    def __enter__(self) -> "Http":
        return self

    def __exit__(self, *_) -> None:
        self._client.close()

    def address(self, path_or_link: str) -> str:
        """Return the whole address of a path, or a link the provider handed out, if it leads to the configured
        service. Raises `ForeignAddress`: a poisoned cursor must not carry our token to another host.
        """
        if not path_or_link.lower().startswith(("http:", "https:", "//")):
            return f"{self.base}/{path_or_link.lstrip('/')}"
        try:
            given, own = httpx.URL(path_or_link), httpx.URL(self.base + "/")
        except httpx.InvalidURL as problem:
            raise ForeignAddress("A link of the provider is no address. Nothing was sent.") from problem
        same_place = (given.scheme, given.host, given.port) == (own.scheme, own.host, own.port)
        if not same_place or given.userinfo or not given.path.startswith(own.path) or "/../" in given.path:
            raise ForeignAddress("A link of the provider leads to another host. Nothing was sent there.")
        return path_or_link

    def send(self, method: str, path_or_link: str, *, scope: str, gate=None, **options: Any) -> httpx.Response:
        """Return the provider's answer, whatever it is except "wait" and "passing trouble".

        Waits as told, at most ``patience`` in all. Raises `ProviderBusy`, `ForeignAddress`, and `UnexpectedAnswer`
        where the provider could not be reached.
        """
        address = self.address(path_or_link)
        trip = _Trip(self, scope)
        headers = dict(options.pop("headers", {}))
        fresh = odd = False
        while True:
            trip.wait_for_scope()
            answer = self._once(method, address, fresh, headers, gate, options)
            if isinstance(answer, httpx.RequestError):
                trip.back_off(answer)
            elif answer.status_code in BUSY:
                trip.pause(answer)
            elif answer.status_code in PASSING:
                trip.back_off(answer)
            elif answer.status_code == 401 and self.token and not fresh:
                fresh = True
            elif not odd and method == "GET" and _is_odd(answer):
                # Graph now and then refuses a good request once, with a 404 that has no body.
                odd = True
            else:
                return answer

    def heed(self, answer: httpx.Response, *, scope: str) -> None:
        """Note the wait that ``answer``, such as a part of a batch, asks of the calls of ``scope`` that follow."""
        wait = told_wait(answer, now=self.clock()) or timedelta(seconds=1)
        self.pauses.note(scope, self.clock() + wait)

    def _once(self, method, address, fresh, headers, gate, options) -> httpx.Response | httpx.RequestError:
        sent = {**headers, "client-request-id": str(uuid.uuid4()), "return-client-request-id": "true"}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token(fresh)}"
        with self._counting:
            self.requests += 1
        try:
            with gate or nullcontext():
                return self._client.request(method, address, headers=sent, **options)
        except httpx.RequestError as problem:
            return problem


class _Trip:
    """One call with all its tries: how often it was tried and how long it has waited."""

    def __init__(self, http: Http, scope: str) -> None:
        self.http, self.scope = http, scope
        self.tries, self.waited = 0, timedelta()

    def wait_for_scope(self) -> None:
        until = self.http.pauses.until(self.scope)
        if until and (left := until - self.http.clock()) > timedelta():
            self._wait(left)

    def pause(self, answer: httpx.Response) -> None:
        """Note the pause the provider asked for; the next turn waits for it."""
        wait = told_wait(answer, now=self.http.clock()) or self._guess()
        self.http.pauses.note(self.scope, self.http.clock() + wait)
        if answer.status_code == 503 or self.tries >= TRIES:
            self._count(wait, answer)
        self.tries += 1

    def back_off(self, answer: httpx.Response | httpx.RequestError) -> None:
        wait = self._guess()
        self._count(wait, answer)
        self.tries += 1
        self._wait(wait)

    def _guess(self) -> timedelta:
        return timedelta(seconds=min(2**self.tries, 60) * random.uniform(0.5, 1))  # noqa: S311 - jitter, no secret

    def _count(self, wait: timedelta, answer: httpx.Response | httpx.RequestError) -> None:
        if self.tries + 1 < TRIES:
            return
        if isinstance(answer, httpx.Response):
            raise ProviderBusy(
                "The provider has trouble and could not answer.", wait=max(wait, timedelta(minutes=1)),
                code=str(answer.status_code), request_id=request_id_of(answer),
            )  # fmt: skip
        raise ProviderBusy(
            f"The provider could not be reached ({type(answer).__name__}).", wait=timedelta(minutes=1)
        ) from answer

    def _wait(self, wait: timedelta) -> None:
        if self.waited + wait > self.http.patience:
            raise ProviderBusy("The provider asked for a pause.", wait=wait)
        self.waited += wait
        self.http.sleep(wait.total_seconds())


def told_wait(answer: httpx.Response, *, now: datetime) -> timedelta | None:
    """Return how long ``answer`` asks to wait, between 1 s and 1 h, or None where it does not say.

    Reads Retry-After as seconds or as a date (RFC 9110 section 10.2.3) and SharePoint's RateLimit-Reset; the larger
    of the two is obeyed.
    """
    waits = []
    retry_after = answer.headers.get("Retry-After", "").strip()
    if retry_after.isdecimal():
        waits.append(_seconds(retry_after))
    elif retry_after:
        try:
            waits.append(parsedate_to_datetime(retry_after) - now)
        except (ValueError, TypeError):
            # Neither number nor date: as good as absent.
            waits.append(timedelta())
    if (reset := answer.headers.get("RateLimit-Reset", "").strip()).isdecimal():
        waits.append(_seconds(reset))
    told = max(waits, default=timedelta())
    return min(max(told, timedelta(seconds=1)), LONGEST_WAIT) if told > timedelta() else None


def request_id_of(answer: httpx.Response) -> str:
    """Return the provider's own id of a request, to be quoted to its support."""
    return answer.headers.get("request-id", "")[:64]


def json_of(answer: httpx.Response) -> dict:
    """Return the answer's JSON object. Raises `UnexpectedAnswer`."""
    try:
        value = answer.json()
    except ValueError as problem:
        raise UnexpectedAnswer(
            "The provider’s answer cannot be read.", code=str(answer.status_code), request_id=request_id_of(answer)
        ) from problem
    if not isinstance(value, dict):
        raise UnexpectedAnswer("The provider’s answer has an unknown form.", request_id=request_id_of(answer))
    return value


def _seconds(text: str) -> timedelta:
    return min(timedelta(seconds=int(text[:7])), LONGEST_WAIT)


def _is_odd(answer: httpx.Response) -> bool:
    return answer.status_code == 404 and not answer.content
