"""The log of requests, in memory: what was asked, by whom, what it cost, and what nobody here knows."""

import threading
import time
from collections import deque
from collections.abc import Callable
from itertools import count

from django.http import HttpRequest, HttpResponse

from simulators.microsoft365.clock import clock
from simulators.microsoft365.throttle.meter import meter

_KEPT = 200_000
_WATCHED = ("/graph/", "/login/", "/elsewhere/", "/sharepoint/", "/outlook/", "/stripe/")


class Journal:
    """The last requests, numbered."""

    def __init__(self) -> None:
        self._entries: deque[dict] = deque(maxlen=_KEPT)
        self._numbers = count(1)
        self._lock = threading.Lock()

    def write(self, *, began: float, **facts) -> None:
        """Append one request."""
        with self._lock:
            entry = {"id": next(self._numbers), "at": clock.now().isoformat()}
            self._entries.append(entry | facts | {"duration": round(time.perf_counter() - began, 6)})
            meter.counters["requests"] += 1

    def read(self, *, since: int = 0, tenant: str | None = None, unknown: bool = False) -> list[dict]:
        """Return the entries after number ``since``, oldest first."""
        with self._lock:
            entries = list(self._entries)
        return [
            entry
            for entry in entries
            if entry["id"] > since
            and (tenant is None or entry["tenant"] == tenant)
            and (not unknown or entry["unknown"])
        ]

    def clear(self) -> None:
        """Forget everything; numbers go on."""
        with self._lock:
            self._entries.clear()


journal = Journal()


class JournalMiddleware:
    """Writes every request of a provider's address into the journal; a view leaves what it knows in `journal_facts`."""

    def __init__(self, get_response: Callable) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(_WATCHED):
            return self.get_response(request)
        began = time.perf_counter()
        request.journal_facts = {}
        response = self.get_response(request)
        facts = {"template": "", "tenant": "", "app": "", "units": 0, "unknown": False, "in_batch": False}
        journal.write(
            began=began,
            method=request.method,
            path=request.path,
            query=request.META.get("QUERY_STRING", ""),
            status=response.status_code,
            **(facts | request.journal_facts),
        )
        return response
