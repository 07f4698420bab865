"""One call with all its tries: how often it was tried, how long it has waited, and when it is put off."""

import random
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx

from backups.connectors.base import ProviderBusy

if TYPE_CHECKING:
    from backups.connectors.http import Http

TRIES = 6
BUSY = frozenset({429, 503, 509})
PASSING = frozenset({408, 500, 502, 504})
LONGEST_WAIT = timedelta(hours=1)


class Trip:
    """One call with all its tries: how often it was tried and how long it has waited."""

    def __init__(self, http: "Http", scope: str, units: float = 1) -> None:
        self.http, self.scope, self.units = http, scope, units
        self.tries, self.waited = 0, timedelta()

    def wait_for_scope(self) -> None:
        """Wait until the scope may be asked and its budget has room. Raises `ProviderBusy` if that takes too long."""
        while True:
            until = self.http.pauses.until(self.scope)
            if until and (left := until - self.http.clock()) > timedelta():
                self._wait(left)
            left = self.http.budgets.take(self.scope, self.units)
            if not left:
                return
            self._wait(left)

    def pause(self, answer: httpx.Response) -> None:
        """Note the pause the provider asked for; the next turn waits for it."""
        wait = told_wait(answer, now=self.http.clock()) or self._guess()
        self.http.pauses.note(self.scope, self.http.clock() + wait)
        self.http.budgets.refused(self.scope)
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


def _seconds(text: str) -> timedelta:
    return min(timedelta(seconds=int(text[:7])), LONGEST_WAIT)
