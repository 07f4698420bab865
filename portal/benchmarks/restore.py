"""How fast a mass restore is, and how fast one object comes out of a large vault.

* rate: one worker puts files back into a OneDrive as fast as its budget allows, into a simulator that enforces
  Microsoft's true limits, on a clock that jumps over the waits; what it got beside what it was allowed.
* one_object: one object is read out of a vault of a million objects as a restore reads it, beside `restic dump` of the
  same file out of a repository that holds nothing else.
"""

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median

import httpx
from django.conf import settings

from portal.benchmarks import Figure
from portal.benchmarks.engine_ours import Ours, make_cursors
from portal.benchmarks.engine_tools import Restic, missing_packages
from portal.benchmarks.own_server import gather_statistics, own_database
from portal.benchmarks.own_simulator import CLIENT_ID, RESTORE_CLIENT_ID, SECRET, ask, connect_to, own_simulator
from portal.benchmarks.vault_set import SIZES, VaultSet

MINUTES = {"full": 8, "small": 2}
# More than can be put back in that time.
FILES = {"full": 3000, "small": 900}
OBJECTS = {"full": 1_000_000, "small": 50_000}
LEAST_USED, MOST_OF_DUMP = 0.9, 0.1
DUMPS, READS = 5, 320
_MINUTE_UNITS = 1250
_AT_ONCE = 250


def measure(size: str = "full") -> Iterator[Figure]:
    """Yield both figures. Raises `ToolFailed`."""
    yield _rate(MINUTES[size], FILES[size])
    yield _one_object(size)


def _rate(minutes: int, files: int) -> Figure:
    with own_database(), own_simulator() as simulator, _store():
        connection, tenant = _connected(simulator)
        clock = _Clock(simulator)
        item = _lost_drive(simulator, connection, tenant, clock, files)
        restored, units, refused = _restore_for(simulator, item, clock, minutes)
    allowed = _MINUTE_UNITS * minutes
    rate, possible = restored / minutes / 60, restored / units * allowed / minutes / 60
    words = f"files/s in {minutes} min, {units / restored:.1f} units each, {refused} calls refused, and what is allowed"
    return Figure("restore.rate", rate, possible, words, least=LEAST_USED)


class _Clock:
    """A clock that goes like the real one and jumps, here and at the simulator, to where somebody sleeps until."""

    def __init__(self, simulator: str) -> None:
        self.simulator, self.ahead, self.moving = simulator, timedelta(), threading.Lock()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def sleep(self, seconds: float) -> None:
        until = self() + timedelta(seconds=seconds)
        with self.moving:
            # Several threads sleep at the same time: they do not wait for each other.
            missing = until - self()
            if missing > timedelta():
                ask(self.simulator, "/clock", {"advance": missing.total_seconds()})
                self.ahead += missing


def _connected(simulator: str):
    """Make a tenant with one person's OneDrive, which both of our apps may use."""
    from organizations.actions.source_apps import add_secret, register_app
    from organizations.models import Policy, SourceApp
    from organizations.permissions import permissions_of

    least = {"disabled": 0, "guests": 0, "shared": 0, "rooms": 0, "equipment": 0, "on_premises": 0, "deleted": 0}
    body = {"name": "Bench", "domain": "bench.example", "size": {**least, "teams": 0, "sites": 0, "users": 3}}
    tenant = ask(simulator, "/tenants", body)
    for client_id in (CLIENT_ID, RESTORE_CLIENT_ID):
        ask(simulator, f"/tenants/{tenant['id']}/consent", {"client_id": client_id})
    settings.MICROSOFT_LOGIN_URL, settings.MICROSOFT_GRAPH_URL = f"{simulator}/login", f"{simulator}/graph"
    settings.MICROSOFT_DOWNLOAD_HOSTS, settings.PROVIDER_BUDGETS = ("localhost", "127.0.0.1"), False
    connection, now = connect_to(tenant), datetime.now(UTC)
    app = register_app(purpose=SourceApp.Purpose.RESTORE, client_id=RESTORE_CLIENT_ID, actor="Bench", now=now)
    add_secret(app=app, secret=SECRET, expires_at=None, actor="Bench", now=now)
    connection.restore_roles = [one.name for one in permissions_of(SourceApp.Purpose.RESTORE)]
    connection.restore_consented_at = now
    connection.save()
    Policy.objects.update(**{kind: kind == "onedrive" for kind in Policy.KINDS})
    return connection, tenant


def _lost_drive(simulator: str, connection, tenant: dict, clock: _Clock, files: int):
    """Let somebody have so many files, back them up, and let them be lost; return whose they were."""
    from backups.actions.runs import start_run
    from backups.models import Run
    from jobs.requests import request_job
    from organizations.models import Item

    request_job("discover", subject_id=connection.pk, at=clock())
    _work_off()
    user = tenant["user_id"]
    Item.objects.filter(connection=connection, remote_id=user).update(is_chosen=True, chosen_by="PERSON", skipped_as="")
    item = Item.objects.get(connection=connection, remote_id=user)
    there = [{"op": "create_file", "user": user, "name": f"Offer {one}.txt", "text": str(one)} for one in range(files)]
    made = _change(simulator, tenant, there)
    gather_statistics()
    start_run(connection=connection, item=item, trigger=Run.Trigger.OPERATOR, actor=None, now=clock())
    _work_off()
    _change(simulator, tenant, [{"op": "delete_item", "user": user, "item": one["id"]} for one in made])
    return item


def _restore_for(simulator: str, item, clock: _Clock, minutes: int) -> tuple[int, float, int]:
    """Restore for so many minutes of the clock; return (files, units that it took, calls that were refused)."""
    from backups.actions.restores import Chosen, Wishes, plan_restore, start_restore
    from backups.engine.restore import restore_objects
    from backups.models import Container

    chosen = [Chosen(Container.objects.get(item=item))]
    restore = plan_restore(source=item, chosen=chosen, actor="Bench", now=clock(), wishes=Wishes(folder=""))
    _work_off()
    restore.refresh_from_db()
    start_restore(restore=restore, actor="Bench", now=clock())
    settings.PROVIDER_BUDGETS, settings.PROVIDER_PATIENCE = True, timedelta(minutes=5)
    ask(simulator, "/limits", {"factor": 1})
    # The provider counts by whole minutes of the clock.
    clock.sleep(60 - clock().timestamp() % 60)
    since = _log(simulator)[-1]["id"]
    restore_objects(
        restore.pk, _claimed(restore), clock=clock, sleep=clock.sleep, slice_lasts=timedelta(minutes=minutes)
    )
    restore.refresh_from_db()
    if not restore.is_working:
        raise RuntimeError(f"The restore ended early as {restore.state}: {restore.problem}")
    calls = [one for one in _log(simulator, since) if one["app"] == RESTORE_CLIENT_ID]
    refused = sum(one["status"] == 429 for one in calls)
    return restore.restored, sum(one["units"] for one in calls if one["status"] != 429), refused


def _claimed(restore):
    from jobs import claims
    from jobs.models import Job

    return claims.claim(Job.objects.get(kind="restore", subject_id=restore.pk).pk)


def _work_off() -> None:
    """Do every job there is, except a restore."""
    from django.db.models.functions import Now

    from jobs import claims
    from jobs.models import Job

    jobs = Job.objects.filter(state=Job.State.QUEUED).exclude(kind="restore")
    while job := jobs.order_by("not_before", "pk").first():
        Job.objects.filter(pk=job.pk).update(not_before=Now())
        if claims.run(job.pk) not in (Job.State.DONE, Job.State.QUEUED):
            raise RuntimeError(f"{job} of the benchmark failed.")


def _change(simulator: str, tenant: dict, operations: list[dict]) -> list[dict]:
    made: list[dict] = []
    for first in range(0, len(operations), _AT_ONCE):
        some = operations[first : first + _AT_ONCE]
        answer = httpx.post(f"{simulator}/_sim/tenants/{tenant['id']}/mutate", json=some, timeout=300)
        made += answer.raise_for_status().json()
    return made


def _log(simulator: str, since: int = 0) -> list[dict]:
    return httpx.get(f"{simulator}/_sim/log?since={since}", timeout=300).raise_for_status().json()


def _one_object(size: str) -> Figure:
    with tempfile.TemporaryDirectory(prefix="portico-restore-") as folder, own_database():
        make_cursors()
        work, files = Path(folder), VaultSet(Path(folder) / "set", SIZES[size])
        ours = Ours(files.data, work)
        feed = files.write()
        ours.begin()
        ours.do("make")
        ours.do("back_up", feed=str(feed), data=str(files.data))
        ours.do("grow", begin=0, end=OBJECTS[size])
        gather_statistics()
        standing, chance = sorted(files.contents()), Random(5)  # noqa: S311 (the same objects at every run)
        missing = missing_packages()
        dumped = [] if missing else _dumped(files, work, [path for _, _, path in chance.sample(standing, DUMPS)])
        wanted = [[account, one, str(path)] for account, one, path in chance.sample(standing, READS)]
        read = ours.do("one_object", wanted=wanted)["p95"]
    unit = f"ms out of {OBJECTS[size]:,} objects (p95), and restic dump; at most 0.1"
    if missing:
        unit += f"; not compared: apt-get install {' '.join(missing)}"
    return Figure("restore.one_object", read, median(dumped) if dumped else None, unit, most=MOST_OF_DUMP)


def _dumped(files: VaultSet, work: Path, paths: list[Path]) -> list[float]:
    """Return the milliseconds of restic for each file."""
    restic = Restic(files.data, work)
    restic.begin()
    restic.back_up()
    return [restic.dump(path, work / "dumped").seconds * 1000 for path in paths]


@contextmanager
def _store() -> Iterator[None]:
    """Have a folder for vaults and a root key, while the figures are taken."""
    from backups.vault.root_keys import new_root_key

    with tempfile.TemporaryDirectory(prefix="portico-bench-vault-") as folder:
        os.environ["VAULT_STORE"] = f"file://{folder}/vault?create=yes"
        os.environ["VAULT_ROOT_KEYS"] = new_root_key()
        yield
