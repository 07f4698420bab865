"""How well a provider's allowance is used, what an idle tenant costs, and how fast the whole path is.

* allowance: one worker reads as fast as its budget allows from a simulator that enforces Microsoft's true limits, on a
  clock that jumps over the waits, for some minutes of that clock; what it got beside what it was allowed.
* idle: a tenant that was copied once is copied again although nothing changed.
* path: simulator, connector, vault and catalogue beside a bare download of the same bytes to disk by the same client.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from django.conf import settings
from django.db import connection as database

from portal.benchmarks import Figure
from portal.benchmarks.own_server import gather_statistics, own_database
from portal.benchmarks.own_simulator import CLIENT_ID, ask, connect_to, database_url, own_simulator

MINUTES = {"full": 8, "small": 2}
IDLE = {"full": 1000, "small": 30}
# Mailboxes of the path, with some two hundred messages each.
MAILBOXES = {"full": 12, "small": 3}
LEAST_USED, MOST_REFUSED, LEAST_RATE, MOST_MB = 0.9, 0.005, 0.5, 400
_MINUTE_UNITS = 1250
WIDTH = 3


def measure(size: str = "full") -> Iterator[Figure]:
    """Yield the figures of all three."""
    yield from _allowance(MINUTES[size])
    yield from _idle(IDLE[size])
    yield from _path(MAILBOXES[size])


def _allowance(minutes: int) -> Iterator[Figure]:
    with own_database(), own_simulator(throttle="1") as simulator:
        tenant, connection = _tenant(simulator, {"users": 3})
        reader = _Reader(simulator, connection)
        refused = reader.read_for(minutes)
    allowed = _MINUTE_UNITS * minutes
    used = (reader.calls - refused) / allowed
    yield Figure("throttle.allowance_used", used, 1.0, f"of {allowed:,} units in {minutes} minutes", least=LEAST_USED)
    share, unit = refused / reader.calls, f"of {reader.calls:,} calls were refused, and what may be"
    yield Figure("throttle.refused", share, MOST_REFUSED, unit, most=1)


class _Reader:
    """One worker with the product's own client and budget, on a clock that sleeping moves."""

    def __init__(self, simulator: str, connection) -> None:
        self.simulator, self.connection, self.ahead, self.calls = simulator, connection, timedelta(), 0

    def clock(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def sleep(self, seconds: float) -> None:
        ask(self.simulator, "/clock", {"advance": seconds})
        self.ahead += timedelta(seconds=seconds)

    def read_for(self, minutes: int) -> int:
        """Read items of a drive for so long, and return how often we were refused."""
        from backups.engine.access import graph_of

        settings.PROVIDER_BUDGETS, settings.PROVIDER_PATIENCE = True, timedelta(minutes=5)
        with graph_of(self.connection, now=self.clock(), clock=self.clock, sleep=self.sleep) as (graph, _):
            people = graph.get_json("users?$select=id,assignedPlans")["value"]
            person = next(one["id"] for one in people if one["assignedPlans"])
            drive = graph.get_json(f"users/{person}/drive", counted_by="sharepoint")["id"]
            # The provider counts by whole minutes of the clock.
            self.sleep(60 - self.clock().timestamp() % 60)
            begin, before = self.clock(), _counters(self.simulator)
            while self.clock() - begin < timedelta(minutes=minutes):
                graph.get_json(f"drives/{drive}/root?$select=id", counted_by="sharepoint")
                self.calls += 1
        after = _counters(self.simulator)
        return after.get("throttled_sharepoint", 0) - before.get("throttled_sharepoint", 0)


def _idle(people: int) -> Iterator[Figure]:
    with own_database(), own_simulator() as simulator, _store():
        tenant, connection = _tenant(simulator, {"users": people}, load="tiny")
        first, second = (_back_up(simulator, connection, workers=2) for _ in range(2))
    yield Figure(
        "throttle.idle_requests", second.requests, first.requests,
        f"requests, second and first run over {people:,} mailboxes and drives", most=1,
    )  # fmt: skip
    yield Figure(
        "throttle.idle_minutes", second.seconds / 60, 10, f"minutes for {people:,}, and what is allowed", most=1
    )
    yield Figure("path.peak_mb", max(first.megabytes, second.megabytes), MOST_MB, "MB, and what is allowed", most=1)


def _path(mailboxes: int) -> Iterator[Figure]:
    with own_database(), own_simulator() as simulator, _store():
        tenant, connection = _tenant(simulator, {"users": mailboxes}, load="demo", kinds=("mail",))
        # The simulator makes mailboxes when they are first looked into: that is nobody's time.
        _download(simulator, connection, only_look=True)
        bare = _download(simulator, connection)
        ours = _back_up(simulator, connection, workers=1)
    unit = f"messages/s over {ours.objects:,} messages, and bare"
    yield Figure("path.rate", ours.objects / ours.seconds, bare.objects / bare.seconds, unit, least=LEAST_RATE)
    yield Figure("path.rate_mb", ours.megabytes, MOST_MB, "MB at most while doing so, and what is allowed", most=1)


class _Took:
    """What a piece of work took."""

    def __init__(self, objects: int, seconds: float, requests: int = 0, megabytes: float = 0) -> None:
        self.objects, self.seconds, self.requests, self.megabytes = objects, seconds, requests, megabytes


def _tenant(simulator: str, size: dict, *, load: str = "", kinds: tuple[str, ...] = ()):
    """Make a tenant and connect it; with ``kinds`` only those are read."""
    from organizations.models import Policy

    least = {"disabled": 0, "guests": 0, "shared": 0, "rooms": 0, "equipment": 0, "on_premises": 0, "deleted": 0}
    body = {"name": "Bench", "domain": "bench.example", "size": {**least, "teams": 0, "sites": 0, **size}}
    tenant = ask(simulator, "/tenants", body | ({"load": load} if load else {}))
    ask(simulator, f"/tenants/{tenant['id']}/consent", {"client_id": CLIENT_ID})
    settings.MICROSOFT_LOGIN_URL, settings.MICROSOFT_GRAPH_URL = f"{simulator}/login", f"{simulator}/graph"
    connection = connect_to(tenant)
    if kinds:
        policy = Policy.objects.filter(organization=connection.organization)
        policy.update(**{kind: kind in kinds for kind in Policy.KINDS})
    return tenant, connection


def _back_up(simulator: str, connection, *, workers: int) -> _Took:
    """Run a backup of everyone by so many worker processes."""
    from backups.actions.runs import start_run
    from backups.engine.discovery import discover
    from backups.models import Run
    from jobs import claims
    from jobs.requests import request_job
    from organizations.models import Item

    now = datetime.now(UTC)
    job = request_job("discover", subject_id=connection.pk, at=now)
    discover(connection.pk, claims.claim(job.pk))
    Item.objects.filter(connection=connection).update(is_chosen=True, chosen_by="PERSON", skipped_as="")
    gather_statistics()
    run = start_run(connection=connection, trigger=Run.Trigger.OPERATOR, actor=None, now=datetime.now(UTC))
    before, begin = _counters(simulator)["requests"], time.perf_counter()
    megabytes = _work(simulator, workers)
    seconds = time.perf_counter() - begin
    run.refresh_from_db()
    if run.state not in (Run.State.SUCCESS, Run.State.PARTIAL):
        raise RuntimeError(f"The backup ended as {run.state}: {run.problem}")
    return _Took(run.added, seconds, _counters(simulator)["requests"] - before, megabytes)


def _work(simulator: str, workers: int) -> float:
    """Let worker processes do every job there is; return the size of the largest, in MB."""
    command = [sys.executable, "-m", "portal.benchmarks.throttle_worker"]
    addresses = {"MICROSOFT_LOGIN_URL": f"{simulator}/login", "MICROSOFT_GRAPH_URL": f"{simulator}/graph"}
    environment = os.environ | addresses | {"DATABASE_URL": database_url(database.settings_dict["NAME"])}
    environment |= {"MICROSOFT_DOWNLOAD_HOSTS": "localhost,127.0.0.1", "LOG_LEVEL": "ERROR"}
    started = [
        subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(workers)
    ]
    answers = [json.loads(process.communicate()[0] or "{}") for process in started]
    if any(process.returncode for process in started):
        raise RuntimeError("A worker of the benchmark failed; what it said stands above.")
    return max(answer["megabytes"] for answer in answers)


def _download(simulator: str, connection, *, only_look: bool = False) -> _Took:
    """Download every message of every mailbox to disk with the product's client and nothing else."""
    from backups.engine.access import graph_of

    settings.PROVIDER_BUDGETS = False
    prefer = {"Prefer": 'odata.maxpagesize=100, IdType="ImmutableId"'}
    with (
        tempfile.TemporaryDirectory(prefix="portico-bench-") as folder,
        graph_of(connection, now=datetime.now(UTC)) as (graph, _),
    ):
        users = [one["id"] for one in graph.get_json("users?$select=id")["value"]]
        begin, objects = time.perf_counter(), 0
        with ThreadPoolExecutor(WIDTH) as threads:
            for user in users:
                counted_by = f"mailbox {user}"
                folders = graph.get_json(
                    f"users/{user}/mailFolders/delta", counted_by=counted_by, headers=prefer
                )["value"]  # fmt: skip
                for one in folders:
                    path = f"users/{user}/mailFolders/{one['id']}/messages/delta"
                    pages = graph.pages(path, counted_by=counted_by, headers=prefer)
                    ids = [message["id"] for page in pages for message in page["value"]]
                    if only_look:
                        continue
                    objects += sum(threads.map(lambda one, user=user: _keep(graph, user, one, Path(folder)), ids))
        return _Took(objects, time.perf_counter() - begin)


def _keep(graph, user: str, message: str, folder: Path) -> int:
    from backups.connectors.base import ConnectorError

    try:
        with (
            graph.open(f"users/{user}/messages/{message}/$value", counted_by=f"mailbox {user}",
                       headers={"Prefer": 'IdType="ImmutableId"'}) as stream,
            open(folder / str(abs(hash(message))), "wb") as file,
        ):  # fmt: skip
            while block := stream.read(1 << 20):
                file.write(block)
    except ConnectorError:
        # The tenant has one mail that nobody can read.
        return 0
    return 1


class _store:
    """A folder for vaults and a root key, while the figures are taken."""

    def __enter__(self) -> None:
        from backups.vault.root_keys import new_root_key

        self.folder = tempfile.TemporaryDirectory(prefix="portico-bench-vault-")
        self.before = {name: os.environ.get(name) for name in ("VAULT_STORE", "VAULT_ROOT_KEYS")}
        os.environ["VAULT_STORE"] = f"file://{self.folder.name}/vault?create=yes"
        os.environ["VAULT_ROOT_KEYS"] = new_root_key()

    def __exit__(self, *_) -> None:
        for name, value in self.before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self.folder.cleanup()


def _counters(simulator: str) -> dict:
    return httpx.get(f"{simulator}/_sim/counters", timeout=60).raise_for_status().json()
