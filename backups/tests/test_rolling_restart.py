"""R13: workers are replaced in the middle of their work, also by force; nothing is lost, doubled or left lying."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from backups.tests.nights import of_a_night
from backups.tests.rolling_work import STEPS
from jobs import relay
from jobs.models import Job
from jobs.registry import kinds
from jobs.tasks import run_job
from portal.celery import app

pytestmark = pytest.mark.django_db(transaction=True)
DEADLINE = 60


@pytest.fixture(autouse=True)
def rolled(transactional_db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE test_rolled (subject bigint, step int, PRIMARY KEY (subject, step))")
        cursor.execute("CREATE TABLE test_held (job bigint, fence int, process int, memory bigint)")
    with app.connection_for_write() as broker:
        broker.default_channel.client.flushdb()
    yield
    kinds.pop("test_rolling", None)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE test_rolled, test_held")


@contextmanager
def a_worker(name):
    """A worker as the launcher starts it, of two processes; killed at the end if it is still there."""
    server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    environment = os.environ | {
        "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}",
        "REMAP_SIGTERM": "SIGQUIT",
        "WORKER_SOFT_SHUTDOWN_SECONDS": "1",
    }
    command = [sys.executable, "-W", "ignore", "-m", "celery", "--quiet", "-A", "backups.tests.rolling_work", "worker"]
    command += [
        "-Q",
        "backup",
        "-c",
        "2",
        "-n",
        f"{name}@%h",
        "--loglevel",
        "WARNING",
        "--without-gossip",
        "--without-mingle",
    ]
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.parametrize("trials", [5, pytest.param(of_a_night(200), marks=pytest.mark.soak, id="R13-night")])
def test_workers_are_replaced_in_the_middle_of_their_work(trials, record_property):
    dice, kills = random.Random(trials), 0
    with ExitStack() as workers:
        old = workers.enter_context(a_worker("old"))
        for trial in range(trials):
            _ask(trial)
            _wait(lambda: _running().count() == 2)
            young = workers.enter_context(a_worker(f"young {trial}"))
            is_forced = dice.random() < 0.4
            _stop(old, is_forced)
            kills += is_forced
            _take_up_what_lies(is_forced)
            _wait(_all_done)
            old = young

    # Counted now: a worker that is quick takes up what was given back before anybody could look.
    given_back = Job.objects.filter(fence__gt=1).count()
    record_property("kills", kills)
    record_property("given_back", given_back)
    with connection.cursor() as cursor:
        cursor.execute("SELECT subject, count(*), max(step) FROM test_rolled GROUP BY subject")
        steps = {subject: (count, last) for subject, count, last in cursor.fetchall()}
        cursor.execute("SELECT DISTINCT memory FROM test_held")
        assert cursor.fetchall() == [(settings.WORKER_MEMORY_MB << 20,)]
    assert steps == {subject: (STEPS, STEPS) for subject in Job.objects.values_list("subject_id", flat=True)}
    assert len(steps) == 4 * trials
    assert given_back > 0


def _stop(worker, is_forced):
    """Ask a worker to stop; ``is_forced`` kills it with its children where it is not gone after the grace time."""
    children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
    os.kill(worker.pid, signal.SIGTERM)
    if is_forced:
        _wait(lambda: worker.poll() is not None, 0.5, is_required=False)
        os.killpg(worker.pid, signal.SIGKILL)
        # The worker may be gone a moment before its children are.
        _wait(lambda: not any(map(_is_alive, children)))
    _wait(lambda: worker.poll() is not None)


def _ask(trial):
    for number in range(4):
        job = Job.objects.create(
            kind="test_rolling", queue="backup", subject_id=trial * 100 + number, max_attempts=3,
            requested_at=timezone.now(), not_before=timezone.now(),
        )  # fmt: skip
        # Rings of older and of newer releases, and some that come twice.
        words = {"sent_by": "a release to come"} if number % 3 == 0 else {}
        for _ in range(1 + number % 2):
            run_job.apply_async(kwargs={"job_id": job.pk, **words}, queue="backup")


def _take_up_what_lies(is_forced):
    """Make sure that whoever could say so gave its work back at once, and queue again what the others held."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, process FROM test_held JOIN jobs_job USING (fence) WHERE id = job AND state = 'RUNNING'"
        )
        lying = [job for job, process in cursor.fetchall() if not _is_alive(process)]
    assert is_forced or not lying
    # A minute later.
    Job.objects.filter(pk__in=lying, state="RUNNING").update(lease_until=timezone.now())
    relay.sweep()


def _is_alive(process):
    """Say whether a process can still work; one that was killed can be signalled until somebody has buried it."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _running():
    return Job.objects.filter(state="RUNNING")


def _all_done():
    Job.objects.filter(state="QUEUED").update(requested_at=timezone.now() - timedelta(minutes=1), rung_at=None)
    relay.relay()
    assert not Job.objects.filter(state="QUARANTINED").exists()
    return not Job.objects.exclude(state="DONE").exists()


def _wait(condition, seconds=DEADLINE, *, is_required=True):
    nap, deadline = threading.Event(), time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            assert not is_required, "It never came to that."
            return
        nap.wait(0.05)
