"""What a run survives that nobody sees coming: a broker that forgets, two schedulers, a clock that is set, a giant."""

import random
import threading
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta

import pytest
from celery.contrib.testing.worker import start_worker
from celery.signals import task_postrun
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from backups.actions.due_runs import start_due_runs
from backups.actions.runs import start_run
from backups.engine import item_endings
from backups.engine.runs import begin_run
from backups.models import Container, Run, RunItem
from backups.tests.backing_up import back_up, differences, protect, work_off
from backups.tests.crews import all_at_once
from backups.tests.looks import connected, look
from backups.tests.nights import of_a_night
from jobs import claims, relay
from jobs.models import Job
from jobs.registry import QUEUES
from jobs.tasks import tick
from organizations.models import Item
from organizations.tests.factories import make_connection, make_item, make_organization
from portal.benchmarks.copied_rows import copy_row
from portal.celery import app

pytestmark = pytest.mark.django_db(transaction=True)
soak = pytest.mark.soak
HOUR = timedelta(hours=1)
ACCOUNTS = 5


@pytest.fixture
def tenant(source, vault_store, acme, mail_only):
    """Acme's tenant, in which the mailboxes of five people are protected who have nothing strange in them."""
    connection = connected(source, acme, size={"users": 6})
    look(connection)
    admin = source.control(f"/tenants/{connection.tenant_id}")["admin_upn"]
    people = Item.objects.filter(kind="USER", mailbox="USER", presence="PRESENT", is_external=False)
    assert protect(connection, *people.exclude(address=admin).values_list("address", flat=True)[:5]) >= 4
    return connection


def fetched_since(source, number):
    """Return how often each message was fetched after request ``number``."""
    return Counter(call["path"] for call in source.log()[number:] if call["path"].endswith("$value"))


@contextmanager
def a_worker_whose_broker_forgets(*, after):
    """A real worker; after its ``after``-th job everything that was rung is lost. Yields (jobs ended, rings lost)."""
    ended, lost, tasks = threading.Semaphore(0), [], Counter()

    def heard(**_):
        tasks["ended"] += 1
        if tasks["ended"] in after:
            with app.connection_for_write() as broker:
                client = broker.default_channel.client
                lost.append(sum(client.llen(queue) for queue in QUEUES))
                client.flushdb()
        ended.release()

    with app.connection_for_write() as broker:
        broker.default_channel.client.flushdb()
    task_postrun.connect(heard)
    try:
        with start_worker(app, pool="threads", concurrency=1, perform_ping_check=False, queues=list(QUEUES)):
            yield ended, lost
    finally:
        task_postrun.disconnect(heard)


def test_a_broker_that_forgets_everything_in_the_middle_of_a_run_costs_nothing_but_time(source, tenant, clock):
    before = len(source.log())
    with a_worker_whose_broker_forgets(after=(1, 3)) as (ended, lost):
        start_run(connection=tenant, trigger=Run.Trigger.PERSON, actor="Ada", now=timezone.now())
        while ended.acquire(timeout=60) and Run.objects.get().is_open:
            if not Job.objects.filter(state="RUNNING").exists():
                # Minutes pass, and the relay rings for what nobody heard of.
                past = F("requested_at") - timedelta(minutes=10)
                Job.objects.filter(state="QUEUED").update(requested_at=past, rung_at=None, not_before=Now())
                relay.relay()

    assert sum(lost) >= 3
    assert Run.objects.get().state == Run.State.SUCCESS
    assert differences(source, tenant) == []
    assert set(fetched_since(source, before).values()) == {1}


@pytest.mark.parametrize("trials", [5, pytest.param(of_a_night(50), marks=soak, id="R10-night")])
def test_two_schedulers_at_the_same_moment_start_no_backup_twice(northwind, trials):
    for number in range(10):
        tenant = make_connection(make_organization(northwind, f"Client {number}"))
        item = make_item(tenant, "Eva Lindholm", is_chosen=True)
        Container.objects.create(
            organization_id=item.organization_id, connection=tenant, item=item, kind="MAIL", account=item.remote_id
        )

    all_at_once(2, lambda _: tick(), [None])
    assert Run.objects.count() == Job.objects.filter(kind="begin_run").count() == 10
    for day in range(1, trials):
        Run.objects.update(state="SUCCESS", ended_at=timezone.now())
        started = all_at_once(2, start_due_runs, [timezone.now() + timedelta(days=day)])

        assert sum(one for (one,) in started) == 10
        assert Run.objects.count() == Job.objects.filter(kind="begin_run").count() == 10 * (day + 1)


class Unsteady:
    """A clock that somebody sets an hour back or forward again and again, while it is read."""

    def __init__(self, clock, dice):
        self.clock, self.dice, self.off, self.sleep, self.sets = clock, dice, timedelta(), clock.sleep, 0

    def __call__(self):
        if self.dice.random() < 0.2:
            self.off, self.sets = self.dice.choice([-HOUR, timedelta(), HOUR]), self.sets + 1
        return self.clock() + self.off


@pytest.mark.parametrize("trials", [1, pytest.param(of_a_night(20), marks=soak, id="R28-night")])
def test_a_clock_that_is_set_back_and_forward_costs_the_run_at_most_and_says_so(source, tenant, clock, trials):
    unsteady, before = Unsteady(clock, random.Random(trials)), len(source.log())
    for trial in range(trials):
        start_run(connection=tenant, trigger=Run.Trigger.PERSON, actor="Ada", now=clock())
        work_off(unsteady)
        run = Run.objects.latest("pk")
        # Microsoft accepts nothing that is signed an hour ago or hence.
        assert run.state == Run.State.SUCCESS or "does not accept our certificate" in run.problem
        assert unsteady.sets > 10 * (trial + 1)

        assert back_up(tenant, clock).state == Run.State.SUCCESS
        assert differences(source, tenant) == []
        source.day(tenant.tenant_id)
    # What a refusal broke off before it was committed is fetched once more by the run that follows.
    assert max(fetched_since(source, before).values()) <= 2


@pytest.mark.parametrize(
    ("others", "giant"), [(21, 300), pytest.param(100, of_a_night(100_000), marks=soak, id="R14-night")]
)
def test_a_client_with_very_many_accounts_takes_no_more_turns_from_the_others_than_anybody(
    northwind, vault_store, others, giant
):
    quiet = _turns_until_ended(northwind, others, giant=ACCOUNTS)
    busy = _turns_until_ended(northwind, others, giant=giant)

    assert len(busy) == len(quiet) == others
    assert max(after / before for after, before in zip(busy, quiet, strict=True)) < 1.05


def _turns_until_ended(partner, others, *, giant):
    """Back all clients up on one worker, who does first what was asked for first; return after how many turns the
    others' runs had ended.
    """
    now = timezone.now()
    runs = [_run_of(partner, accounts, now) for accounts in (giant, *[ACCOUNTS] * others)]
    for run in runs:
        begin_run(run.pk, claims.claim(Job.objects.get(kind="begin_run", subject_id=run.pk).pk), now=now)
    ended, turns = {}, 0
    while len(ended) < others:
        turns += 1
        job = Job.objects.filter(kind="backup_item", state="QUEUED").earliest("pk")
        run_item = RunItem.objects.select_related("run__connection").get(pk=job.subject_id)
        item_endings.fail(run_item, claims.claim(job.pk), "There is no source here.", now=now)
        if run_item.run_id != runs[0].pk and not Run.objects.get(pk=run_item.run_id).is_open:
            ended[run_item.run_id] = turns
    Job.objects.all().delete()
    Run.objects.filter(ended_at=None).update(state="FAILED", ended_at=now)
    return [ended[run.pk] for run in runs[1:]]


def _run_of(partner, accounts, now):
    organization = make_organization(partner, f"Client {partner.organizations.count()}")
    tenant = make_connection(organization, discovered_at=now)
    item = make_item(tenant, "Person 0", is_chosen=True)
    copy_row(item, f"generate_series(1, {accounts - 1})", remote_id="'r' || s", name="'Person ' || s")
    return start_run(connection=tenant, trigger=Run.Trigger.SCHEDULE, actor=None, now=now)
