"""Webhooks under way: what is changed or deleted meanwhile, slow endpoints, and others with something to send."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from jobs.claims import LeaseLost, claim
from jobs.models import Job
from notifications import webhook_delivery, webhooks
from notifications.models import WebhookDelivery, WebhookEndpoint
from notifications.tests.receiving import closed_port
from notifications.tests.test_webhooks import make_endpoint, publish, send, take_up

pytestmark = pytest.mark.django_db
State = WebhookDelivery.State
MINUTE = timedelta(minutes=1)


@pytest.fixture
def endpoint(northwind, receiver):
    return make_endpoint(northwind, receiver.port)


def test_switching_it_off_while_something_is_sent_leaves_nothing_waiting(northwind, endpoint, receiver, noon):
    receiver.answers = [(500, b"")]
    publish(northwind, noon)
    held = take_up(endpoint)

    def switching_off(host, port):
        webhook_delivery.switch_off(WebhookEndpoint.objects.get(pk=endpoint.pk), "")
        return ["127.0.0.1"]

    WebhookEndpoint.objects.update(url=endpoint.url.replace("127.0.0.1", "hooks.example"))
    webhook_delivery.deliver_due(endpoint.pk, held, clock=lambda: noon, resolve=switching_off)

    assert endpoint.deliveries.get().state == State.FAILED


def test_gone_from_the_address_before_says_nothing_about_the_new_one(northwind, endpoint, receiver, noon):
    receiver.answers = [(410, b""), (200, b"ok")]
    publish(northwind, noon)

    def moving(host, port):
        WebhookEndpoint.objects.update(url=endpoint.url)
        return ["127.0.0.1"]

    WebhookEndpoint.objects.update(url=endpoint.url.replace("127.0.0.1", "old.example"))
    delivery = send(endpoint, noon, resolve=moving)

    assert (delivery.state, delivery.attempts) == (State.DELIVERED, 2)
    assert (endpoint.is_on, endpoint.failing_since) == (True, None)


@pytest.mark.parametrize("code", [200, 500])
def test_deleting_it_while_something_is_sent_ends_the_job(northwind, endpoint, receiver, noon, code):
    receiver.answers = [(code, b"")]
    publish(northwind, noon)
    held = take_up(endpoint)

    def deleting(host, port):
        WebhookEndpoint.objects.all().delete()
        return ["127.0.0.1"]

    WebhookEndpoint.objects.update(url=endpoint.url.replace("127.0.0.1", "hooks.example"))
    webhook_delivery.deliver_due(endpoint.pk, held, clock=lambda: noon, resolve=deleting)

    assert len(receiver.requests) == 1
    assert not held.has_ended


def test_an_endpoint_that_does_not_answer_rests_and_holds_up_nobody(northwind, endpoint, receiver, noon):
    dead = make_endpoint(northwind, closed_port(), name="Dead")
    for _ in range(5):
        publish(northwind, noon)

    send(dead, noon)
    send(endpoint, noon)

    # One try in all, not one for each delivery; and the other one has everything.
    assert sum(dead.deliveries.values_list("attempts", flat=True)) == 1
    assert dead.deliveries.order_by("-attempts").first().problem == "No connection could be made."
    assert dead.rests_until == noon + MINUTE
    assert endpoint.deliveries.filter(state=State.DELIVERED).count() == 5
    due = WebhookEndpoint.objects.with_due_deliveries
    assert (list(due(noon + 30 * timedelta(seconds=1))), list(due(noon + MINUTE))) == ([], [dead])


@pytest.mark.parametrize(("code", "state"), [(200, State.DELIVERED), (500, State.QUEUED)])
def test_an_endpoint_that_answers_slowly_rests_too_each_time_longer(northwind, endpoint, receiver, noon, code, state):
    receiver.answers = [(code, b"")]
    WebhookEndpoint.objects.update(url=endpoint.url.replace("127.0.0.1", "hooks.example"))
    times = [noon]

    def slow(host, port):
        times[0] += timedelta(seconds=6)
        return ["127.0.0.1"]

    rests = []
    for _ in range(2):
        publish(northwind, times[0])
        publish(northwind, times[0])
        send(endpoint, None, lambda: times[0], resolve=slow)
        rests.append(endpoint.rests_until - times[0])
        times[0] = endpoint.rests_until

    # One try each time, although more was due.
    assert (len(receiver.requests), rests) == (2, [MINUTE, 2 * MINUTE])
    assert set(endpoint.deliveries.filter(attempts=1).values_list("state", flat=True)) == {state}


def test_a_worker_who_lost_the_lease_notes_nothing(northwind, endpoint, receiver, noon):
    publish(northwind, noon)
    ghost = take_up(endpoint)
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert claim(ghost.job_id)

    with pytest.raises(LeaseLost):
        webhook_delivery.deliver_due(endpoint.pk, ghost, clock=lambda: noon)

    assert endpoint.deliveries.get().attempts == 0


@pytest.mark.django_db(transaction=True)
def test_two_who_have_something_for_one_endpoint_do_not_wait_for_each_other(northwind, endpoint, noon):
    with ThreadPoolExecutor(1) as elsewhere, transaction.atomic():
        publish(northwind, noon)
        assert elsewhere.submit(in_a_hurry, lambda: publish(northwind, noon)).result() == ["Monitoring"]

    assert Job.objects.filter(key=webhooks.job_key(endpoint.pk), state="QUEUED").count() == 1


def in_a_hurry(work):
    """Do something in a connection of its own, which ends with it and waits hardly at all."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        return work()
    finally:
        connection.close()
