"""Webhooks: signed so that receivers can check, sent until taken, and never at the cost of others."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from jobs.claims import claim, run
from jobs.models import Job
from jobs.requests import request_job
from notifications import webhook_delivery, webhooks
from notifications.models import WebhookDelivery, WebhookEndpoint, WebhookEvent

pytestmark = pytest.mark.django_db
State = WebhookDelivery.State
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
FAILED = WebhookEvent.RUN_FAILED


def make_endpoint(partner, port, *, name="Monitoring", events=(FAILED,), now=None, **fields):
    endpoint = WebhookEndpoint(
        partner=partner, name=name, url=f"http://127.0.0.1:{port}/hook", events=list(events),
        created_at=now or timezone.now(), **fields,
    )  # fmt: skip
    endpoint.renew_secret(endpoint.created_at)
    endpoint.save()
    return endpoint


@pytest.fixture
def endpoint(northwind, receiver):
    return make_endpoint(northwind, receiver.port)


def publish(partner, at, event=FAILED, **options):
    return webhooks.publish(event, partner_id=partner.pk, data={"run": {"id": "7"}, "ended_at": at}, at=at, **options)


def take_up(endpoint):
    """Return the claim of a worker on the job that is asked for after the commit."""
    key = webhooks.job_key(endpoint.pk)
    request_job(webhooks.KIND, subject_id=endpoint.pk, at=timezone.now(), key=key)
    return claim(Job.objects.get(key=key, state="QUEUED").pk)


def send(endpoint, at, clock=None, **sending):
    """Do the endpoint's work as if it were ``at``, and return its newest delivery."""
    held = take_up(endpoint)
    webhook_delivery.deliver_due(endpoint.pk, held, clock=clock or (lambda: at), **sending)
    held.has_ended or held.finish()
    endpoint.refresh_from_db()
    return endpoint.deliveries.order_by("-pk").first()


def test_a_receiver_can_check_who_says_what(northwind, endpoint, receiver, noon, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        publish(northwind, noon)
    run(Job.objects.get(kind=webhooks.KIND).pk)

    path, headers, body = receiver.requests[0]
    headers = {name.lower(): value for name, value in headers.items()}
    # As the specification "Standard Webhooks" describes the check.
    key = base64.b64decode(endpoint.secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    assert headers["webhook-signature"] == "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert len(key) == 32
    assert path == "/hook"
    assert json.loads(body) == {
        "type": "run.failed", "timestamp": "2026-10-25T11:00:00Z",
        "data": {"run": {"id": "7"}, "ended_at": "2026-10-25T11:00:00Z"},
    }  # fmt: skip
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.last_code, delivery.last_answer) == (State.DELIVERED, 200, "thanks")
    assert headers["webhook-id"] == f"msg_{delivery.uuid.hex}"


def test_the_example_of_the_specification_gives_its_signature():
    body = b'{"test": 2432232314}'

    signed = webhooks.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body
    )

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_for_a_day_after_a_change_both_secrets_sign(northwind, endpoint, receiver, noon):
    old = endpoint.secret
    endpoint.renew_secret(noon)
    endpoint.save()

    for hours in (23, 25):
        publish(northwind, noon + hours * HOUR)
        send(endpoint, noon + hours * HOUR)

    counts = [len(headers["webhook-signature"].split()) for _, headers, _ in receiver.requests]
    assert counts == [2, 1]
    assert endpoint.secret != old
    assert old not in endpoint.sealed_old_secret


def test_only_endpoints_that_are_on_and_want_it_are_told(northwind, rival, endpoint, noon):
    make_endpoint(northwind, 1, name="Off", is_on=False)
    make_endpoint(northwind, 1, name="Reports", events=[WebhookEvent.REPORT_READY])
    make_endpoint(rival, 1, name="Rival")
    other = make_endpoint(northwind, 1, name="Other")

    assert publish(northwind, noon, endpoint_ids=[endpoint.pk]) == ["Monitoring"]
    assert sorted(publish(northwind, noon)) == ["Monitoring", "Other"]
    assert other.deliveries.count() == 1
    assert WebhookDelivery.objects.count() == 3


def test_500s_and_then_200_is_one_event_with_one_id(northwind, endpoint, receiver, noon):
    receiver.answers = [(500, b"down"), (503, b"down"), (200, b"ok")]
    publish(northwind, noon)

    for at in (noon, noon + MINUTE, noon + 6 * MINUTE):
        delivery = send(endpoint, at)

    assert (delivery.state, delivery.attempts, delivery.last_code) == (State.DELIVERED, 3, 200)
    assert endpoint.failing_since is None
    assert len({headers["webhook-id"] for _, headers, _ in receiver.requests}) == 1
    assert len({body for _, _, body in receiver.requests}) == 1


def test_waits_grow_and_end_before_three_days_are_over(northwind, endpoint, receiver, noon):
    receiver.answers = [(500, b"x" * 2000 + b"\0")]
    publish(northwind, noon)

    at = noon
    while (delivery := send(endpoint, at)).state == State.QUEUED:
        waited, at = delivery.next_try_at - at, delivery.next_try_at
        assert waited >= MINUTE

    assert delivery.state == State.FAILED
    assert delivery.attempts == len(webhook_delivery.WAITS) + 1 == len(receiver.requests)
    assert timedelta(hours=71) < at - noon < timedelta(days=3)
    assert delivery.last_answer == "x" * 500
    assert endpoint.is_on


def test_three_days_of_nothing_but_failures_switch_it_off(northwind, endpoint, receiver, noon):
    receiver.answers = [(500, b"")]
    for hours in (0, 30, 73):
        publish(northwind, noon + hours * HOUR)
        send(endpoint, noon + hours * HOUR)

    assert not endpoint.is_on
    assert endpoint.off_because == "For three days nothing was taken."
    assert not endpoint.deliveries.filter(state=State.QUEUED).exists()
    assert publish(northwind, noon + 74 * HOUR) == []


def test_gone_switches_it_off_at_once(northwind, endpoint, receiver, noon):
    receiver.answers = [(410, b"")]
    publish(northwind, noon)
    publish(northwind, noon)

    send(endpoint, noon)

    assert not endpoint.is_on
    assert len(receiver.requests) == 1
    assert {one.state for one in endpoint.deliveries.all()} == {State.FAILED}


def test_an_address_that_leads_inside_by_now_is_not_called(northwind, endpoint, receiver, noon, settings):
    publish(northwind, noon)
    settings.OUTBOUND_INTERNAL_NETWORKS = ()

    delivery = send(endpoint, noon)

    assert receiver.requests == []
    assert "not on the public internet" in delivery.problem
    assert delivery.state == State.QUEUED


def test_the_clock_asks_for_what_is_due_once(
    northwind, endpoint, noon, django_assert_num_queries, django_capture_on_commit_callbacks
):
    with django_assert_num_queries(1):
        assert webhooks.request_due_deliveries(noon) == 0
    publish(northwind, noon)
    publish(northwind, noon)

    with django_capture_on_commit_callbacks(execute=True):
        assert webhooks.request_due_deliveries(noon) == 1
        assert webhooks.request_due_deliveries(noon) == 1
    assert Job.objects.filter(kind=webhooks.KIND).count() == 1


def test_deliveries_are_kept_a_month(northwind, endpoint, noon):
    publish(northwind, noon)
    send(endpoint, noon)

    assert webhook_delivery.clear_old_deliveries(noon + timedelta(days=29)) == 0
    assert webhook_delivery.clear_old_deliveries(noon + timedelta(days=31)) == 1
