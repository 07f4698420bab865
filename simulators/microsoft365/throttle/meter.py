"""Who is sent away, and for how long."""

import math
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from simulators.microsoft365.clock import clock
from simulators.microsoft365.graph.calls import Call, GraphError
from simulators.microsoft365.throttle import limits
from simulators.microsoft365.throttle.buckets import TokenBucket, Window
from simulators.microsoft365.throttle.prices import DIRECTORY, OUTLOOK, OVERALL, SERVICES, SHAREPOINT, TEAMS

# From this share on, answers warn how much is used.
WARN_FROM = 0.8
_LONGEST_PENALTY = 600
_CODES = {
    DIRECTORY: ("TooManyRequests", "Too many requests from this application for this tenant."),
    OUTLOOK: ("ApplicationThrottled", "Application is over its request limit."),
    SHAREPOINT: ("activityLimitReached", "The request has been throttled"),
    TEAMS: ("TooManyRequests", "Request rate limit exceeded."),
    OVERALL: ("TooManyRequests", "Too many requests from this application."),
}


class Meter:
    """All budgets, gates and penalties of all apps and tenants."""

    def __init__(self, factor: float) -> None:
        self.lock = threading.Lock()
        self.set_factor(factor)
        self.counters = Counter()
        self.most_in_flight: dict[str, int] = {}
        self.in_flight: dict[str, int] = defaultdict(int)

    def set_factor(self, factor: float, services: tuple[str, ...] = SERVICES) -> None:
        """Scale all limits of ``services``; the others, and all with 0, are off. Budgets start afresh."""
        self.factor, self.services = factor, services
        self.budgets: dict[tuple, list[TokenBucket | Window]] = {}
        # Until when somebody is sent away, and when that was said last.
        self.sent_away: dict[tuple, tuple[float, float]] = {}

    def reset(self) -> None:
        """Forget everything and return to the factor of the start."""
        with self.lock:
            self.set_factor(settings.THROTTLE_FACTOR)
            self.counters.clear()
            self.most_in_flight.clear()

    def charge(self, call: Call, service: str, units: int, resource: str, kind: str = "") -> dict[str, str]:
        """Take the price of a call and return the headers that tell of it. Raises `GraphError` 429."""
        now = clock.seconds()
        with self.lock:
            headers = {}
            for name, key in _keys(service, call, resource, kind):
                self._refuse_impatience(call, name, key, now)
                if self.factor and name in self.services:
                    headers |= self._take(call, name, key, 1 if name == OVERALL else units, now)
            return headers

    def penalise(self, call: Call, service: str, resource: str, seconds: float) -> None:
        """Keep a caller out for a while, as a fault wants it."""
        with self.lock:
            now = clock.seconds()
            self.sent_away[_key(service, call, resource)] = now + seconds, now

    def charge_upload(self, client_id: str, mailbox: str, size: int) -> None:
        """Take what is sent into a mailbox out of its budget for uploads. Raises `GraphError` 429."""
        now = clock.seconds()
        with self.lock:
            if not size or not self.factor or OUTLOOK not in self.services:
                return
            key = ("upload", client_id, mailbox)
            if key not in self.budgets:
                most = limits.MAILBOX_UPLOAD_BYTES * self.factor
                self.budgets[key] = [TokenBucket(most, limits.MAILBOX_UPLOAD_SECONDS, now)]
            [budget] = self.budgets[key]
            wait = budget.wait_for(size, now)
            if wait:
                self.counters["throttled_outlook"] += 1
                headers = {"Retry-After": str(math.ceil(wait))}
                raise GraphError(429, "ApplicationThrottled", "Application is over its upload limit.", headers)
            budget.take(size)

    @contextmanager
    def through_the_gate(self, call: Call, mailbox: str) -> Iterator[None]:
        """Let a call into a mailbox unless too many are inside. Raises `GraphError` 429."""
        name = f"{call.client_id}/{call.tenant.id}/{mailbox}"
        with self.lock:
            widest = max(1, round(limits.MAILBOX_CONCURRENCY * self.factor))
            if self.factor and OUTLOOK in self.services and self.in_flight[name] >= widest:
                self.counters["throttled_outlook"] += 1
                message = "Application is over its MailboxConcurrency limit."
                raise GraphError(429, "ApplicationThrottled", message, {"Retry-After": "1"})
            self.in_flight[name] += 1
            self.most_in_flight[mailbox] = max(self.most_in_flight.get(mailbox, 0), self.in_flight[name])
        try:
            yield
        finally:
            with self.lock:
                self.in_flight[name] -= 1

    def _take(self, call: Call, service: str, key: tuple, units: int, now: float) -> dict[str, str]:
        if key not in self.budgets:
            self.budgets[key] = self._new_budgets(service, call, now, key[-1])
        budgets = self.budgets[key]
        wait = max(budget.wait_for(units, now) for budget in budgets)
        if wait:
            raise self._refusal(service, key, now + math.ceil(wait), now, budgets)
        for budget in budgets:
            budget.take(units)
        return _headers(service, units, budgets, now)

    def _new_budgets(self, service: str, call: Call, now: float, resource: str) -> list[TokenBucket | Window]:
        factor = self.factor
        if service == OVERALL:
            return [TokenBucket(limits.OVERALL_A_SECOND * factor, 1, now)]
        if service == DIRECTORY:
            units = limits.directory_units(call.tenant.headcount)
            return [TokenBucket(units * factor, limits.DIRECTORY_SECONDS, now)]
        if service == SHAREPOINT:
            minute, day = limits.sharepoint_units(call.tenant.licences)
            return [Window(minute * factor, limits.MINUTE, now), Window(day * factor, limits.DAY, now)]
        if service == OUTLOOK:
            return [TokenBucket(limits.MAILBOX_REQUESTS * factor, limits.MAILBOX_SECONDS, now)]
        return [TokenBucket(limits.teams_a_second(resource) * factor, 1, now)]

    def _refuse_impatience(self, call: Call, service: str, key: tuple, now: float) -> None:
        until, said_at = self.sent_away.get(key, (0, 0))
        if until <= now:
            self.sent_away.pop(key, None)
            return
        budgets = self.budgets.get(key, [])
        # What was on its way already, such as the rest of a batch, could not know.
        if call.now.timestamp() <= said_at:
            raise self._refusal(service, key, until, now, budgets)
        # Who does not wait, waits longer.
        self.counters["impatient"] += 1
        longer = min(until + max(1.0, (until - now) / 2), now + _LONGEST_PENALTY)
        raise self._refusal(service, key, max(until, longer), now, budgets)

    def _refusal(self, service: str, key: tuple, until: float, now: float, budgets: list) -> GraphError:
        self.sent_away[key] = until, now
        self.counters[f"throttled_{service}"] += 1
        code, message = _CODES[service]
        headers = _headers(service, 0, budgets, now) | {"Retry-After": str(math.ceil(until - now))}
        return GraphError(429, code, message, headers)


def _keys(service: str, call: Call, resource: str, kind: str) -> list[tuple[str, tuple]]:
    keys = [(OVERALL, (OVERALL, call.client_id))]
    if service == TEAMS:
        keys.append((TEAMS, _key(TEAMS, call, f"/{kind}")))
    if resource or service != TEAMS:
        keys.append((service, _key(service, call, resource)))
    return keys


def _key(service: str, call: Call, resource: str) -> tuple:
    # Mailboxes and teams have budgets of their own; directory and sites have one for the tenant.
    per_resource = resource if service in (OUTLOOK, TEAMS) else ""
    return service, call.client_id, call.tenant.id, per_resource


def _headers(service: str, units: int, budgets: list, now: float) -> dict[str, str]:
    if service == DIRECTORY:
        headers = {"x-ms-resource-unit": str(units)} if units else {}
        used = max((budget.used for budget in budgets), default=0)
        return headers | ({"x-ms-throttle-limit-percentage": f"{used:.2f}"} if used >= WARN_FROM else {})
    if service == SHAREPOINT and budgets and budgets[0].used >= WARN_FROM:
        minute = budgets[0]
        return {
            "RateLimit-Limit": str(math.floor(minute.capacity)),
            "RateLimit-Remaining": str(minute.remaining),
            "RateLimit-Reset": str(math.ceil(minute.reset_in(now))),
        }
    return {}


meter = Meter(settings.THROTTLE_FACTOR)
