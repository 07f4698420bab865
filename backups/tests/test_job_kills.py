"""R8, R9 and R11: workers race, freeze and die, rings are lost; each job is done, once, and none is forgotten."""

import os
import random
import signal
import threading
from datetime import timedelta
from functools import partial

import pytest
from celery.contrib.testing.worker import start_worker
from celery.signals import task_postrun
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts import audit
from accounts.models import AuditEntry
from backups.tests.crews import Sleeper, all_at_once, is_killed
from backups.tests.nights import of_a_night
from jobs import claims, relay, requests
from jobs.models import Job
from jobs.registry import QUEUES, job, kinds
from jobs.requests import request_job
from portal.celery import app

pytestmark = pytest.mark.django_db(transaction=True)
soak = pytest.mark.soak

before_commit = []


@pytest.fixture(autouse=True)
def copying(transactional_db):
    """Work that notes in a table what it has done, together with its end."""
    before_commit.clear()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE test_done (subject bigint NOT NULL)")

    @job("test_copy", queue="backup")
    def copy(subject_id, held):
        for _ in range(20):
            held.renew()
        for wait in before_commit:
            wait()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO test_done VALUES (%s)", [subject_id])
            held.finish()

    yield
    del kinds["test_copy"]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE test_done")


def ask(subjects):
    return [request_job("test_copy", subject_id=one, at=timezone.now()).pk for one in subjects]


def done():
    with connection.cursor() as cursor:
        cursor.execute("SELECT subject FROM test_done ORDER BY subject")
        return [subject for (subject,) in cursor.fetchall()]


def pass_time(**time):
    """Let so much time pass for everything that waits or is held."""
    step = timedelta(**time)
    Job.objects.update(requested_at=F("requested_at") - step, rung_at=F("rung_at") - step)
    Job.objects.filter(state="RUNNING").update(lease_until=F("lease_until") - step)


@pytest.mark.parametrize("trials", [50, pytest.param(of_a_night(1_000), marks=soak, id="R8-night")])
def test_of_eight_processes_at_the_same_moment_one_does_the_job(trials):
    jobs = ask(range(trials))

    outcomes = all_at_once(8, claims.run, jobs)

    assert [[one[trial] for one in outcomes].count(Job.State.DONE) for trial in range(trials)] == [1] * trials
    assert set(Job.objects.values_list("fence", flat=True)) == {1}
    assert done() == list(range(trials))


@pytest.mark.parametrize("trials", [20, pytest.param(of_a_night(200), marks=soak, id="R8-night")])
def test_a_worker_that_was_frozen_for_twice_its_lease_commits_nothing_any_more(trials):
    jobs = ask(range(trials))

    def work(hold):
        before_commit.append(hold)
        return [claims.run(pk) for pk in jobs]

    ghost, at_work = Sleeper(work), []
    for pk in jobs:
        ghost.wait_until_frozen()
        _end(at_work)
        pass_time(seconds=2 * claims.LEASE_SECONDS)
        if pk % 2:
            assert claims.run(pk) == Job.State.DONE
        else:
            # This successor is still at work when the ghost wakes up.
            at_work.append(claims.claim(pk))
        ghost.wake()

    assert ghost.answer() == [None] * trials
    _end(at_work)
    assert done() == list(range(trials))


@pytest.mark.parametrize("deaths", [10, pytest.param(of_a_night(100), marks=soak, id="R9-night")])
def test_no_job_stays_with_a_worker_that_died(deaths, record_property):
    dice, kills, subject = random.Random(deaths), 0, 0
    while kills < deaths:
        (pk,) = ask([subject])
        kills += is_killed(partial(claims.run, pk), dice.uniform(0.005, 0.06))
        held = Job.objects.get(pk=pk)
        # Whoever died has been without a lease for a minute at most.
        assert held.lease_until is None or held.lease_until <= timezone.now() + timedelta(seconds=60)
        pass_time(minutes=2)
        relay.sweep()
        # Its message is lost as well.
        _flush_the_queue()
        rung = relay.relay()
        state = Job.objects.get(pk=pk).state
        assert (state, rung) in ((Job.State.QUEUED, 1), (Job.State.DONE, 0))
        if rung:
            assert claims.run(pk) == Job.State.DONE
        subject += 1

    record_property("kills", kills)
    assert done() == list(range(subject))


@pytest.mark.parametrize("deaths", [20, pytest.param(of_a_night(500), marks=soak, id="R11-night")])
def test_what_was_asked_for_is_done_though_nobody_rang_and_the_broker_forgot_everything(deaths, record_property):
    dice, kills, asked = random.Random(deaths), 0, 0
    while kills < deaths:
        # Every other one dies between the commit and the ring, the others anywhere.
        at_the_ring = bool(asked % 2)
        seconds = 30 if at_the_ring else dice.uniform(0.005, 0.04)
        kills += is_killed(partial(_request, asked, at_the_ring), seconds)
        asked += 1
    intended = {int(one["subject"]) for one in AuditEntry.objects.values_list("details", flat=True)}
    assert {row.subject_id for row in Job.objects.all()} == intended
    assert len(intended) >= deaths // 2

    pass_time(minutes=10)
    _ring_for_all()
    _flush_the_queue()
    pass_time(minutes=10)
    with start_worker(app, pool="threads", concurrency=1, perform_ping_check=False, queues=list(QUEUES)):
        _until_done(len(intended))

    record_property("kills", kills)
    assert done() == sorted(intended)


def _end(at_work):
    for held in at_work:
        kinds["test_copy"].work(held.subject_id, held)
    at_work.clear()


def _request(subject, dies_at_the_ring):
    if dies_at_the_ring:
        requests.ring = lambda pairs: os.kill(os.getpid(), signal.SIGKILL)
    now = timezone.now()
    with transaction.atomic():
        audit.record("run.requested", partner_id=None, actor="Ada", at=now, details={"subject": str(subject)})
        request_job("test_copy", subject_id=subject, at=now)


def _flush_the_queue():
    """Forget everything that was rung, as a broker does that lost its disk."""
    with app.connection_for_write() as broker:
        broker.default_channel.client.flushdb()


def _ring_for_all():
    while relay.relay():
        pass


def _until_done(count):
    """Ring, and return when workers have come to an end so many times."""
    ended = threading.Semaphore(0)

    def heard(**_):
        ended.release()

    task_postrun.connect(heard)
    try:
        _ring_for_all()
        for _ in range(count):
            assert ended.acquire(timeout=60)
    finally:
        task_postrun.disconnect(heard)
