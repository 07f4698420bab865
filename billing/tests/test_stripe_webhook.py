"""The door Stripe rings at: once for each event, for nobody else, in any order."""

import hashlib
import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import permutations

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from billing.actions.card_payments import settle
from billing.actions.stripe_events import forget_old_events
from billing.cards import ask_about
from billing.models import Allocation, Payment, StripeEvent
from billing.tests.pretend_stripe import SECRET, tell, work
from billing.tests.test_card_payments import go, open_amounts
from jobs.models import Job
from notifications.models import OutgoingEmail
from portal.tests.simulator import plain_client


def signed(payload, *, secret=SECRET, ago=0):
    at = int(time.time()) - ago
    digest = hmac.new(secret.encode(), f"{at}.{payload}".encode(), hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


@pytest.fixture
def body(keys, owed, northwind):
    """An event about a payment that waits, as Stripe would send it."""
    payment = Payment.objects.create(
        partner=northwind, kind="CARD", amount=121, currency="EUR", made_by_name="Ada", created_at=timezone.now()
    )
    about = {"object": "checkout.session", "id": "cs_test_9", "client_reference_id": str(payment.uuid)}
    event = {"object": "event", "id": "evt_1", "type": "checkout.session.completed", "data": {"object": about}}
    return json.dumps(event)


def questions():
    return Job.objects.filter(kind="ask_about_payment").count()


def test_an_event_rings_once_for_the_question_how_the_payment_stands(body):
    answers = [tell(body, signed(body)) for _ in range(3)]

    assert (answers, questions(), StripeEvent.objects.count()) == ([200, 200, 200], 1, 1)
    # The answer that named the page had been lost.
    assert Payment.objects.get().stripe_session_id == "cs_test_9"


@pytest.mark.parametrize(
    "signature",
    [
        lambda body: "",
        lambda body: "nonsense",
        lambda body: signed(body, secret="whsec_other"),
        lambda body: signed(body, ago=400),
        lambda body: signed(body + " "),
        lambda body: signed(body).replace("v1=", "v0="),
    ],
    ids=["none", "nonsense", "another secret", "too old", "another body", "another scheme"],
)
def test_who_cannot_sign_like_stripe_learns_and_changes_nothing(body, signature):
    assert tell(body, signature(body)) == 400

    assert (questions(), StripeEvent.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "odd",
    ["", "{", "null", "[]", "{}", '{"object": "event"}', '{"object": "event", "id": "e", "type": "t", "data": {}}',
     '{"object": "event", "id": "e", "type": "t", "data": {"object": 1}}', '{"object": "v2.core.event", "id": "e"}',
     '{"object": "event", "id": "", "type": "charge.refunded", "data": {"object": {}}}', '"\udcff"'],
)  # fmt: skip
def test_a_body_that_is_no_event_is_refused_though_it_is_signed(keys, db, odd):
    payload = odd.encode("utf-8", "surrogateescape").decode("latin-1")

    assert tell(payload, signed(payload)) == 400


def test_large_bodies_and_other_kinds_of_body_are_refused(body):
    large = body + " " * 300_000

    assert tell(large, signed(large)) == 413
    assert tell(body, signed(body), content_type="text/plain") == 400
    assert questions() == 0


def test_unknown_kinds_and_what_is_not_ours_are_answered_and_ignored(keys, db):
    for kind, about in (
        ("invoice.paid", {"object": "invoice"}),
        ("checkout.session.completed", {"object": "checkout.session", "client_reference_id": "of another shop"}),
        ("charge.refunded", {"object": "charge", "payment_intent": "pi_of_another_shop", "metadata": None}),
        ("customer.updated", {"object": "customer", "id": "cus_of_another_shop"}),
    ):
        event = json.dumps({"object": "event", "id": f"evt_{kind}", "type": kind, "data": {"object": about}})
        assert tell(event, signed(event)) == 200

    assert (StripeEvent.objects.count(), Job.objects.count()) == (0, 0)


def test_in_every_order_the_same_is_true_in_the_end(sign_in, stripe, owed):
    url = go(sign_in("ada"), owed[0])
    stripe.pay(url, "declined")
    stripe.pay(url)
    kinds = ("payment_intent.payment_failed", "checkout.session.completed", "payment_intent.succeeded")

    for order in permutations(kinds):
        StripeEvent.objects.all().delete()
        stripe.tell(*order)
        work()

        payment = Payment.objects.get()
        assert (payment.state, payment.failure, open_amounts()["2026-0009"]) == ("RECEIVED", "", 0)
    assert Allocation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_event_replayed_fifty_times_at_once_does_one_thing(live_server, sign_in, stripe, owed):
    stripe.pay(go(sign_in("ada"), owed[0], button="email"))
    [event] = stripe.events("checkout.session.completed")
    headers = {"Stripe-Signature": event["signature"], "Content-Type": "application/json"}
    address = f"{live_server.url}{reverse('billing:stripe_webhook')}"
    Job.objects.all().delete()

    with plain_client(timeout=60) as client, ThreadPoolExecutor(50) as crowd:
        one = lambda _: client.post(address, content=event["payload"], headers=headers).status_code  # noqa: E731
        answers = list(crowd.map(one, range(50)))
    asked = questions()
    work()

    assert (answers, asked, StripeEvent.objects.count()) == ([200] * 50, 1, 1)
    assert (Payment.objects.get().state, Allocation.objects.count()) == ("RECEIVED", 1)
    assert OutgoingEmail.objects.filter(kind="payment_receipt").count() == 1
    assert AuditEntry.objects.filter(action="payment.received").count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_workers_that_settle_two_payments_for_one_invoice_pay_it_once(sign_in, stripe, owed):
    for url in [go(sign_in("ada"), owed[0]) for _ in range(2)]:
        stripe.pay(url)
    payments = list(Payment.objects.all())
    told = {one.pk: ask_about(one.stripe_session_id) for one in payments}

    def work_on(number):
        one = payments[number % 2]
        try:
            settle(payment=one, told=told[one.pk], now=timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as crew:
        list(crew.map(work_on, range(8)))

    assert [one.state for one in Payment.objects.all()] == ["RECEIVED"] * 2
    assert list(Allocation.objects.values_list("amount", flat=True)) == [121]


def test_events_are_forgotten_after_ninety_days(db):
    now = timezone.now()
    for days in (89, 91):
        StripeEvent.objects.create(event_id=f"evt_{days}", kind="k", received_at=now - timedelta(days=days))

    forget_old_events(now)

    assert [one.event_id for one in StripeEvent.objects.all()] == ["evt_89"]
