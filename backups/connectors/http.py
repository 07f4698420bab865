"""The one place that talks to providers, retries and waits.

The wait is dictated by the server and belongs to a scope (an app in a tenant, or one mailbox of it): all threads and
processes of that scope wait together. Short waits happen here, long ones end in `ProviderBusy` and free the worker.
"""

import ssl
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx

from backups.connectors.base import ForeignAddress, OutcomeUnclear, UnexpectedAnswer
from backups.connectors.limits import Budgets, Pauses, PausesHere, Unlimited
from backups.connectors.trips import BUSY, PASSING, Trip, request_id_of, told_wait

# SharePoint puts traffic that names itself like this first (its page "Avoid getting throttled").
USER_AGENT = "ISV|Portico|PorticoBackup/1.0"


class Http:
    """Requests to one service at ``base`` and nowhere else, except downloads from ``download_hosts``.

    ``patience`` is how long a call may wait in all before `ProviderBusy` is raised. ``token(fresh)`` returns a bearer
    token, made anew when ``fresh``. ``clock`` returns an aware moment and ``sleep`` waits seconds: both are handed in,
    so that an hour of throttling is tested in milliseconds. ``download_hosts`` are names of hosts, or endings that
    begin with a dot.
    """

    def __init__(
        self,
        base: str,
        *,
        token: Callable[[bool], str] | None = None,
        pauses: Pauses | None = None,
        budgets: Budgets | None = None,
        download_hosts: tuple[str, ...] = (),
        patience: timedelta = timedelta(seconds=30),
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.base = base.rstrip("/")
        self.token, self.pauses, self.patience = token, pauses or PausesHere(), patience
        self.budgets, self.download_hosts = budgets or Unlimited(), download_hosts
        self.sleep, self.clock = sleep, clock
        self.requests = 0
        self._counting = threading.Lock()
        self._client = httpx.Client(
            verify=_trusted(), timeout=60, follow_redirects=False, headers={"User-Agent": USER_AGENT}
        )

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

    def download_address(self, link: str) -> str:
        """Return an address that content is fetched from without our token, if its host is one of those we know.

        Raises `ForeignAddress`. It has to be as well protected as the service itself: https, unless that is not.
        """
        try:
            given, own = httpx.URL(link), httpx.URL(self.base + "/")
        except httpx.InvalidURL as problem:
            raise ForeignAddress("A download address of the provider is none. Nothing was sent.") from problem
        is_known = any(
            given.host == one or (one[:1] == "." and given.host.endswith(one)) for one in self.download_hosts
        )
        if not is_known or given.userinfo or given.scheme not in ("https", own.scheme):
            raise ForeignAddress("A download address of the provider leads to an unknown host. Nothing was sent there.")
        return link

    def send(
        self, method: str, path_or_link: str, *, scope: str, units: float = 1, gate=None, **options: Any
    ) -> httpx.Response:
        """Return the provider's answer, whatever it is except "wait" and "passing trouble".

        Waits as told, at most ``patience`` in all. ``units`` is what the call costs of the budget of ``scope``. With
        ``streams=True`` the body is left unread for the caller, who closes it. ``is_final`` says of an answer that
        looks like passing trouble whether it is the last word. With ``once=True`` a call that may have been done is
        not sent again: `OutcomeUnclear`. Raises `ProviderBusy`, `ForeignAddress`, and `UnexpectedAnswer` where the
        provider could not be reached.
        """
        return self._send(method, self.address(path_or_link), Trip(self, scope, units), gate, self.token, options)

    def fetch(self, link: str, *, scope: str, **options: Any) -> httpx.Response:
        """Return the answer of a download address like `send`, its body unread; our token is never sent there."""
        trip = Trip(self, scope, 0)
        return self._send("GET", self.download_address(link), trip, None, None, {**options, "streams": True})

    def upload(self, method: str, link: str, *, scope: str, **options: Any) -> httpx.Response:
        """Return the answer of an address that the provider handed out for an upload; our token is never sent there.

        It has to be on one of the hosts that are known. Raises what `send` raises.
        """
        return self._send(method, self.download_address(link), Trip(self, scope, 0), None, None, options)

    def heed(self, answer: httpx.Response, *, scope: str) -> None:
        """Note the wait that ``answer``, such as a part of a batch, asks of the calls of ``scope`` that follow."""
        wait = told_wait(answer, now=self.clock()) or timedelta(seconds=1)
        self.pauses.note(scope, self.clock() + wait)

    def _send(self, method, address, trip: Trip, gate, token, options: dict[str, Any]) -> httpx.Response:
        headers = dict(options.pop("headers", {}))
        is_final, once = options.pop("is_final", None), options.pop("once", False)
        fresh = odd = False
        while True:
            trip.wait_for_scope()
            answer = self._once(method, address, token and token(fresh), headers, gate, options)
            if once and _may_be_done(answer):
                raise OutcomeUnclear("The connection to the provider broke while something was written.")
            if isinstance(answer, httpx.RequestError):
                trip.back_off(answer)
            elif answer.status_code in BUSY:
                trip.pause(answer)
            elif answer.status_code in PASSING and not (is_final and is_final(answer)):
                trip.back_off(answer)
            elif answer.status_code == 401 and token and not fresh:
                fresh = True
            elif not odd and method == "GET" and _is_odd(answer):
                # Graph now and then refuses a good request once, with a 404 that has no body.
                odd = True
            else:
                return answer

    def _once(self, method, address, bearer, headers, gate, options) -> httpx.Response | httpx.RequestError:
        sent = {**headers, "client-request-id": str(uuid.uuid4()), "return-client-request-id": "true"}
        if bearer:
            sent["Authorization"] = f"Bearer {bearer}"
        options = dict(options)
        streams = options.pop("streams", False)
        with self._counting:
            self.requests += 1
        try:
            with gate or nullcontext():
                request = self._client.build_request(method, address, headers=sent, **options)
                answer = self._client.send(request, stream=streams)
                if streams and not answer.is_success:
                    answer.read()
                return answer
        except httpx.RequestError as problem:
            return problem


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


def _is_odd(answer: httpx.Response) -> bool:
    return answer.status_code == 404 and not answer.content


def _may_be_done(answer: httpx.Response | httpx.RequestError) -> bool:
    """Return whether a call that ended so may have been done all the same."""
    if isinstance(answer, httpx.RequestError):
        return not isinstance(answer, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    return answer.status_code in PASSING or (answer.status_code == 503 and "Retry-After" not in answer.headers)


@cache
def _trusted() -> ssl.SSLContext:
    """Return whom everybody trusts, read once: the world's authorities take longer to read than most calls."""
    return httpx.create_ssl_context()
