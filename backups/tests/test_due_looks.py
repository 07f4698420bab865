"""Every client is looked at every eight hours, not all at once; and no look hangs because its worker died."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.models import AuditEntry
from backups.engine.due_looks import end_abandoned_looks, request_due_looks
from jobs.models import Job
from jobs.tasks import tick
from organizations.actions.connections import request_discovery_of
from organizations.models import Connection
from organizations.tests.factories import make_connection, make_organization

HOUR = timedelta(hours=1)


@pytest.fixture
def clients(northwind):
    return [make_connection(make_organization(northwind, f"Client {n}")) for n in range(12)]


def jobs():
    return Job.objects.filter(kind="discover").count()


def finish_everything(now):
    """Let every look that was asked for be over at once."""
    Job.objects.filter(kind="discover", state="QUEUED").update(state="DONE", finished_at=now)
    Connection.objects.filter(discovery="QUEUED").update(discovery="IDLE", discovery_started_at=now)


def test_a_client_nobody_has_looked_at_is_due_and_is_asked_for_once(clients):
    now = timezone.now()

    assert request_due_looks(now) == 12
    assert request_due_looks(now) == 0

    assert jobs() == 12
    assert set(Connection.objects.values_list("discovery", flat=True)) == {"QUEUED"}


def test_in_eight_hours_everybody_has_a_turn_and_they_are_spread(clients):
    now = timezone.now()
    request_due_looks(now)
    finish_everything(now)
    turns = []

    for minute in range(1, 8 * 60 + 1):
        moment = now + timedelta(minutes=minute)
        turns.append(request_due_looks(moment))
        finish_everything(moment)

    assert sum(turns) == 12
    assert max(turns) <= 2
    assert Connection.objects.filter(discovery_started_at__gt=now).count() == 12


def test_after_a_day_without_a_clock_everybody_has_one_turn(clients):
    now = timezone.now()
    Connection.objects.update(discovery_started_at=now - 30 * HOUR)

    assert request_due_looks(now) == 12


def test_a_client_that_does_not_let_us_in_is_tried_once_a_day(clients):
    now = timezone.now()
    Connection.objects.update(state="ACCESS_LOST", discovery="FAILED", discovery_started_at=now)
    turns = 0

    for hour in range(1, 49):
        turns += request_due_looks(now + hour * HOUR)
        finish_everything(now + hour * HOUR)

    assert turns == 24


@pytest.mark.parametrize("state", ["QUEUED", "RUNNING", "WAITING"])
def test_nobody_asks_again_while_a_look_is_under_way(clients, state):
    Connection.objects.update(discovery=state, discovery_started_at=timezone.now() - 30 * HOUR)

    assert request_due_looks(timezone.now()) == 0


def test_clients_that_were_given_up_are_left_alone(clients):
    Connection.objects.update(state="DISCONNECTED", disconnected_at=timezone.now())

    assert request_due_looks(timezone.now()) == 0


def test_a_look_that_crashed_three_times_ends_in_words_and_the_next_one_is_due_again(clients, acme):
    dental = make_connection(acme)
    request_discovery_of(dental, now=timezone.now())
    Connection.objects.filter(pk=dental.pk).update(discovery="RUNNING", discovery_started_at=F("connected_at"))
    Job.objects.update(state="QUARANTINED", finished_at=timezone.now())

    assert end_abandoned_looks(timezone.now()) == 1

    dental.refresh_from_db()
    assert dental.discovery == "FAILED"
    assert "broke off several times" in dental.discovery_problem
    failed = AuditEntry.objects.get(action="discovery.failed", organization_id=acme.pk)
    assert failed.details == {"reason": dental.discovery_problem}
    assert end_abandoned_looks(timezone.now()) == 0
    assert request_due_looks(timezone.now() + 9 * HOUR) == 13


def test_a_look_whose_job_is_open_is_not_taken_for_abandoned(acme):
    dental = make_connection(acme)
    request_discovery_of(dental, now=timezone.now())

    assert end_abandoned_looks(timezone.now()) == 0


def test_the_tick_does_both(acme):
    dental = make_connection(acme, discovery="RUNNING", discovery_started_at=timezone.now())

    tick()
    dental.refresh_from_db()
    assert dental.discovery == "FAILED"
    Connection.objects.update(discovery_started_at=timezone.now() - 9 * HOUR)
    tick()

    dental.refresh_from_db()
    assert dental.discovery == "QUEUED"
    assert jobs() == 1


def test_the_number_of_queries_does_not_grow_with_clients_that_rest(clients, django_assert_num_queries):
    Connection.objects.update(discovery_started_at=timezone.now() + HOUR)

    # One question each, and the beginning and the end of a transaction.
    with django_assert_num_queries(4):
        end_abandoned_looks(timezone.now())
        request_due_looks(timezone.now())


def test_the_clients_of_a_partner_that_was_deactivated_are_left_alone(clients, northwind, rival):
    make_connection(make_organization(rival, "Rival Client"))
    northwind.is_active = False
    northwind.save(update_fields=["is_active"])

    assert request_due_looks(timezone.now()) == 1

    assert Connection.objects.get(discovery="QUEUED").organization.partner == rival
