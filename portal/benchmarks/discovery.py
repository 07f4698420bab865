"""A tenant of 100,000 people is looked at twice: what the second look costs beside the first, and what memory it takes.

The tenant is simulated by a process of its own; the looks are made by the command an operator would give, in a process
of its own, whose largest size is measured. Both have databases of their own, which are dropped afterwards.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
from django.conf import settings
from django.db import connection

from portal.benchmarks import Figure
from portal.benchmarks.own_server import own_database
from portal.benchmarks.own_simulator import CLIENT_ID, ask, connect_to, database_url, own_simulator

PEOPLE = 100_000
SIZE = {"users": PEOPLE, "guests": 400, "shared": 200, "rooms": 50, "teams": 50, "sites": 100}
MOST_MB, MOST_SECONDS = 300, 360


def measure() -> Iterator[Figure]:
    """Yield the requests of the second look beside those of the first, the most memory, and the time of the first."""
    with own_database(), own_simulator() as simulator:
        tenant = ask(simulator, "/tenants", {"name": "Bench", "domain": "bench.example", "size": SIZE})
        ask(simulator, f"/tenants/{tenant['id']}/consent", {"client_id": CLIENT_ID})
        connect_to(tenant)
        first, second = (_look(simulator) for _ in range(2))
        requests = _requests(simulator, first.last_entry)
    yield Figure("discovery.delta_requests", requests[1], requests[0], "requests, second and first look")
    yield Figure("discovery.peak_mb", max(first.megabytes, second.megabytes), MOST_MB, "MB, and what is allowed")
    yield Figure("discovery.seconds", first.seconds, MOST_SECONDS, f"s for {PEOPLE:,} people, and what is allowed")


@dataclass(frozen=True)
class _Look:
    """What one look took."""

    megabytes: float
    seconds: float
    # The simulator's log holds more entries than requests: parts of batches are entries of their own.
    last_entry: int


def _look(simulator: str) -> _Look:
    command = [sys.executable, "-m", "django", "discover", "--all", "--json"]
    addresses = {"MICROSOFT_LOGIN_URL": f"{simulator}/login", "MICROSOFT_GRAPH_URL": f"{simulator}/graph"}
    environment = os.environ | addresses | {"DATABASE_URL": database_url(connection.settings_dict["NAME"])}
    process = subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environment | {"LOG_LEVEL": "ERROR"}, stdout=subprocess.PIPE, text=True
    )
    answer = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    facts = json.loads(answer) if answer else {}
    if process.returncode or not facts["complete"]:
        raise RuntimeError(f"The look did not complete: {facts.get('problem') or process.returncode}")
    entries = httpx.get(f"{simulator}/_sim/counters").raise_for_status().json()["requests"]
    # The kernel counts in KB.
    return _Look(usage.ru_maxrss / 1024, facts["seconds"], entries)


def _requests(simulator: str, boundary: int) -> tuple[int, int]:
    """Return how many requests came up to an entry of the log, and after it.

    Only after both looks: a process counts as large as the one it was forked from, and the log is large.
    """
    log = httpx.get(f"{simulator}/_sim/log", timeout=300).raise_for_status().json()
    numbers = [entry["id"] for entry in log if not entry["in_batch"]]
    first = sum(number <= boundary for number in numbers)
    return first, len(numbers) - first
