"""A tenant of 100,000 people is looked at twice: what the second look costs beside the first, and what memory it takes.

The tenant is simulated by a process of its own; the looks are made by the command an operator would give, in a process
of its own, whose largest size is measured. Both have databases of their own, which are dropped afterwards.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from django.conf import settings
from django.db import connection
from django.utils import timezone

from portal.benchmarks import Figure
from portal.benchmarks.own_server import gather_statistics, own_database

PEOPLE = 100_000
SIZE = {"users": PEOPLE, "guests": 400, "shared": 200, "rooms": 50, "teams": 50, "sites": 100}
MOST_MB, MOST_SECONDS = 300, 360
_SIMULATOR_DATABASE = "portico_bench_simulator"
_CLIENT_ID, _SECRET = "11111111-2222-4333-8444-555555555555", "only for the benchmark, on this machine"


def measure() -> Iterator[Figure]:
    """Yield the requests of the second look beside those of the first, the most memory, and the time of the first."""
    with own_database(), _simulator() as simulator:
        tenant = _ask(simulator, "/tenants", {"name": "Bench", "domain": "bench.example", "size": SIZE})
        _ask(simulator, f"/tenants/{tenant['id']}/consent", {"client_id": _CLIENT_ID})
        _connect(tenant)
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
    environment = os.environ | addresses | {"DATABASE_URL": _database_url(connection.settings_dict["NAME"])}
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


def _connect(tenant: dict) -> None:
    """Make a client whose connection leads to the simulated tenant, as if its consent had been proved."""
    from accounts.models import Partner
    from organizations.actions.source_apps import add_secret, register_app
    from organizations.models import Connection, DigestSetting, Organization, Policy, SourceApp
    from organizations.models.organization import ConnectionState

    now = timezone.now()
    organization = Organization.objects.create(partner=Partner.objects.create(name="Bench"), name="Bench")
    Policy.objects.create(organization=organization)
    DigestSetting.objects.create(organization=organization, time_zone="UTC")
    app = register_app(purpose=SourceApp.Purpose.BACKUP, client_id=_CLIENT_ID, actor="Bench", now=now)
    add_secret(app=app, secret=_SECRET, expires_at=None, actor="Bench", now=now)
    Connection.objects.create(
        organization=organization,
        tenant_id=tenant["id"],
        domains=[tenant["domain"]],
        state=ConnectionState.CONNECTED,
        login_url=tenant["simulator"] + "/login",
        graph_url=tenant["simulator"] + "/graph",
        connected_at=now,
        connected_by="Bench",
    )
    gather_statistics()


@contextmanager
def _simulator() -> Iterator[str]:
    """Run a simulated Microsoft 365 that knows our app, and yield its address."""
    from organizations.permissions import BACKUP

    app = {
        "client_id": _CLIENT_ID, "name": "Bench", "publisher": "Bench", "redirect_uris": [], "secrets": [_SECRET],
        "certificates": [], "roles": [permission.name for permission in BACKUP],
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="portico-bench-") as folder:
        apps = Path(folder, "apps.json")
        apps.write_text(json.dumps([app]))
        environment = os.environ | {
            "SIMULATOR_DATABASE_URL": _database_url(_SIMULATOR_DATABASE),
            "SIMULATOR_APPS": str(apps),
            "SIMULATOR_HOST": "localhost",
            "SIMULATOR_PORT": "0",
            "SIMULATOR_THROTTLE": "0",
        }
        environment.pop("SIMULATOR_PUBLIC_URL", None)
        command = [sys.executable, "-m", "simulators"]
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            yield _address_in(process)
        finally:
            process.terminate()
            process.wait()
            with connection.cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS {_SIMULATOR_DATABASE} WITH (FORCE)")


def _address_in(process: subprocess.Popen) -> str:
    said = []
    for line in process.stdout:
        said.append(line)
        if " listens at " in line:
            return line.partition(" listens at ")[2].strip()
    raise RuntimeError(f"The simulator did not start: {''.join(said)}")


def _ask(simulator: str, path: str, body: dict) -> dict:
    answer = httpx.post(f"{simulator}/_sim{path}", json=body, timeout=300)
    return answer.raise_for_status().json() | {"simulator": simulator}


def _requests(simulator: str, boundary: int) -> tuple[int, int]:
    """Return how many requests came up to an entry of the log, and after it.

    Only after both looks: a process counts as large as the one it was forked from, and the log is large.
    """
    log = httpx.get(f"{simulator}/_sim/log", timeout=300).raise_for_status().json()
    numbers = [entry["id"] for entry in log if not entry["in_batch"]]
    first = sum(number <= boundary for number in numbers)
    return first, len(numbers) - first


def _database_url(name: str) -> str:
    server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    return f"{server}/{name}"
