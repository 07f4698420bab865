"""A job happens, once, whatever dies in between."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from django.utils import timezone
from kombu import Connection

from jobs import claims, relay, requests
from jobs.claims import LeaseLost, claim, run
from jobs.models import Canary, Job
from jobs.registry import QUEUES, job, kinds
from jobs.requests import request_job
from jobs.tasks import run_job, tick

done: list[int] = []


@pytest.fixture(autouse=True)
def work():
    """Two kinds of work: one that notes what it did, one that always fails."""
    done.clear()

    @job("test_note", queue="control")
    def note(subject_id, held):
        done.append(subject_id)

    @job("test_fail", queue="control")
    def fail(subject_id, held):
        raise ZeroDivisionError("on purpose")

    yield
    del kinds["test_note"], kinds["test_fail"]


@pytest.fixture
def rings(monkeypatch):
    """What was rung, instead of a worker hearing it: these tests are about rows, not about Celery."""
    heard = []
    monkeypatch.setattr(requests, "ring", lambda pairs: heard.extend(pairs) or len(heard))
    monkeypatch.setattr(relay, "ring", lambda pairs: heard.extend(pairs) or len(heard))
    return heard


def ask(kind="test_note", subject_id=7, **options):
    return request_job(kind, subject_id=subject_id, at=timezone.now(), **options)


def age_lease(row):
    Job.objects.filter(pk=row.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def due_now(row):
    Job.objects.filter(pk=row.pk).update(not_before=timezone.now() - timedelta(seconds=1))


def at_once(count, work):
    barrier, outcomes = threading.Barrier(count), []

    def run_it():
        barrier.wait()
        try:
            outcomes.append(work())
        finally:
            connection.close()

    threads = [threading.Thread(target=run_it) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_asked_for_rung_and_done(db, rings, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        row = ask()

    assert rings == [(row.pk, "control")]
    assert run(row.pk) == Job.State.DONE
    assert done == [7]


def test_nothing_is_rung_when_the_change_is_rolled_back(db, rings, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
        ask()
        1 / 0  # noqa: B018

    assert rings == []
    assert not Job.objects.exists()


def test_ringing_twice_does_the_work_once(db):
    row = ask()

    assert [run(row.pk), run(row.pk)] == [Job.State.DONE, None]
    assert done == [7]


@pytest.mark.outside_servers
@pytest.mark.django_db(transaction=True)
def test_of_eight_workers_at_the_same_moment_one_does_it():
    row = ask()

    outcomes = at_once(8, lambda: run(row.pk))

    assert sorted(map(str, outcomes)) == sorted(["DONE", *["None"] * 7])
    assert done == [7]


def test_work_for_later_waits(db, rings):
    row = ask(not_before=timezone.now() + timedelta(hours=1))

    assert run(row.pk) is None
    due_now(row)
    assert run(row.pk) == Job.State.DONE


def test_a_lost_ring_is_rung_again_with_growing_pauses(db, rings):
    row = ask()
    counts = []
    for seconds in (4, 6, 6, 11, 11, 21):
        Job.objects.filter(pk=row.pk).update(
            requested_at=timezone.now() - timedelta(seconds=seconds),
            rung_at=Job.objects.get(pk=row.pk).rung_at and timezone.now() - timedelta(seconds=seconds),
        )
        relay.relay()
        counts.append(len(rings))

    assert counts == [0, 1, 1, 2, 2, 3]


@pytest.mark.django_db(transaction=True)
def test_two_relays_at_once_ring_each_job_once(rings):
    rows = [ask(subject_id=n) for n in range(20)]
    Job.objects.update(requested_at=timezone.now() - timedelta(minutes=1))
    rings.clear()

    at_once(2, relay.relay)

    assert sorted(rings) == sorted((row.pk, "control") for row in rows)


def test_a_holder_that_went_silent_is_replaced_and_may_commit_nothing_any_more(db):
    row = ask()
    ghost = claim(row.pk)
    age_lease(row)
    successor = claim(row.pk)

    for attempt in (ghost.finish, ghost.renew, lambda: ghost.give_up(because="x"),
                    lambda: ghost.try_again(after=timedelta(), because="x")):  # fmt: skip
        with pytest.raises(LeaseLost):
            attempt()

    successor.finish()
    assert Job.objects.get(pk=row.pk).state == Job.State.DONE


def test_a_held_job_is_nobody_elses(db):
    row = ask()

    assert claim(row.pk) is not None
    assert claim(row.pk) is None


def test_renewing_keeps_the_lease(db):
    row = ask()
    held = claim(row.pk)
    Job.objects.filter(pk=row.pk).update(lease_until=timezone.now() + timedelta(seconds=5))

    held.renew()

    assert Job.objects.get(pk=row.pk).lease_until > timezone.now() + timedelta(seconds=50)


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_renews_while_the_work_goes_on(monkeypatch):
    monkeypatch.setattr(claims, "RENEW_EVERY_SECONDS", 0.01)
    row = ask()
    held = claim(row.pk)
    age_lease(row)
    with claims._heartbeat(held):
        renewed = threading.Event()
        for _ in range(500):
            if Job.objects.get(pk=row.pk).lease_until > timezone.now():
                renewed.set()
                break

    assert renewed.is_set()


def test_the_sweeper_frees_what_a_dead_worker_held_and_gives_up_after_three(db, rings):
    row = ask()
    swept = []
    for _ in range(3):
        assert claim(row.pk)
        age_lease(row)
        swept.append(relay.sweep())

    row.refresh_from_db()
    assert swept == [(1, 0), (1, 0), (0, 1)]
    assert (row.state, row.failure) == (Job.State.QUARANTINED, "Its worker stopped without a word 3 times.")
    assert claim(row.pk) is None


def test_failing_work_is_tried_three_times_later_each_time_then_given_up(db, caplog):
    row = ask("test_fail")
    waits = []
    for _ in range(3):
        due_now(row)
        state = run(row.pk)
        row.refresh_from_db()
        waits.append(round((row.not_before - timezone.now()).total_seconds()))

    assert state == row.state == Job.State.QUARANTINED
    assert row.failure == "ZeroDivisionError: on purpose"
    assert waits == [15, 60, 135]


def test_a_wait_the_work_asks_for_is_no_failure(db):
    @job("test_wait", queue="control")
    def wait(subject_id, held):
        held.try_again(after=timedelta(minutes=5), because="429")

    row = ask("test_wait")
    for _ in range(5):
        due_now(row)
        assert run(row.pk) == Job.State.QUEUED
    row.refresh_from_db()
    del kinds["test_wait"]

    assert (row.attempts, row.postponements, row.failure) == (0, 5, "429")


def test_one_key_is_open_once(db):
    first, second = ask(key="digest:1"), ask(key="digest:1")
    run(first.pk)
    third = ask(key="digest:1")

    assert second is None
    assert third is not None


def test_work_that_ends_together_with_its_change_is_done_or_not_at_all(db):
    @job("test_both", queue="control")
    def both(subject_id, held):
        with transaction.atomic():
            Canary.objects.create()
            held.finish()
            raise ZeroDivisionError

    row = ask("test_both")
    run(row.pk)
    del kinds["test_both"]

    assert not Canary.objects.exists()
    assert Job.objects.get(pk=row.pk).state == Job.State.QUEUED


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_costs_nothing_but_time(monkeypatch, caplog):
    nobody = Connection("redis://127.0.0.1:1/0")
    monkeypatch.setattr(run_job, "apply_async", partial(run_job.apply_async, connection=nobody))

    row = ask()

    assert Job.objects.get(pk=row.pk).state == Job.State.QUEUED
    assert "The relay will ring again" in caplog.text


@pytest.mark.outside_servers
@pytest.mark.django_db(transaction=True)
def test_a_real_worker_hears_a_real_ring(celery_worker_of_ours):
    row = ask(subject_id=42)
    for _ in range(2000):
        if Job.objects.get(pk=row.pk).state == Job.State.DONE:
            break

    assert Job.objects.get(pk=row.pk).state == Job.State.DONE
    assert done == [42]


@pytest.fixture
def celery_worker_of_ours():
    from celery.contrib.testing.worker import start_worker

    from portal.celery import app

    # Other tests of this process rang for jobs that nobody did.
    with app.connection_for_write() as broker:
        for queue in QUEUES:
            broker.default_channel.queue_purge(queue)
    with start_worker(app, pool="threads", concurrency=1, perform_ping_check=False, queues=list(QUEUES)):
        yield


def test_the_tick_shows_that_work_happens_and_clears_away_old_rows(db):
    old = ask()
    run(old.pk)
    Job.objects.filter(pk=old.pk).update(finished_at=timezone.now() - timedelta(days=31))
    recent = ask()
    run(recent.pk)

    tick()

    assert Canary.objects.count() == 1
    assert list(Job.objects.values_list("pk", flat=True)) == [recent.pk]


def test_one_that_fails_each_minute_stops_neither_the_others_nor_the_sign_of_life(db, monkeypatch, caplog):
    done_each_minute = []

    def falls():
        Canary.objects.all().delete()
        raise ZeroDivisionError

    monkeypatch.setattr("jobs.tasks.minutely", [falls, lambda: done_each_minute.append(1)])

    tick()

    assert done_each_minute == [1]
    assert Canary.objects.count() == 1
    assert "What is done each minute failed" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_second_tick_at_the_same_moment_leaves():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [7_401_600])
        at_once(1, tick)
        assert not Canary.objects.exists()


def test_a_kind_needs_a_queue_that_exists_and_a_name_of_its_own():
    with pytest.raises(ValueError, match="no queue"):
        job("test_other", queue="mial")
    with pytest.raises(KeyError):
        request_job("nobody-registered-this", subject_id=1, at=timezone.now())


def test_the_bell_is_set_up_as_argued():
    from portal.celery import app

    conf = app.conf
    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.worker_prefetch_multiplier == 1
    assert conf.task_ignore_result
    assert list(conf.accept_content) == ["json"]
    assert not conf.task_create_missing_queues
    assert {queue.name for queue in conf.task_queues} == set(QUEUES)
    assert {queue.routing_key for queue in conf.task_queues} == set(QUEUES)
    assert conf.visibility_timeout == conf.broker_transport_options["visibility_timeout"] == 1800
    assert conf.task_time_limit < conf.visibility_timeout
    assert set(conf.beat_schedule) == {"tick"}
    assert conf.beat_schedule["tick"]["options"]["expires"] == 50
