"""Stripe's page of a payment: opened once by however many clicks, closed, and asked about until it ends."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import F
from django.urls import reverse

from billing.actions.card_payments import payment_page
from billing.models import BillingAccount, Payment
from billing.tests.pretend_stripe import work
from billing.tests.test_card_payments import go
from jobs.models import Job
from notifications.models import OutgoingEmail


@pytest.fixture
def ada(sign_in, owed):
    return sign_in("ada")


def test_while_another_click_opens_the_page_the_payment_waits_and_goes_on(ada, stripe, owed):
    submission = uuid4()
    url = go(ada, owed[0], submission=submission)
    Payment.objects.update(stripe_session_id="")
    payment = Payment.objects.get()

    with stripe.answering(str(payment.uuid)):
        second = go(ada, owed[0], submission=submission)
        page = ada.get(second).content.decode()
    on = ada.post(reverse("billing:payment_continue", args=[payment.uuid])).url

    assert (second, "Go on at Stripe" in page, on) == (payment.get_absolute_url(), True, url)
    assert Payment.objects.get().is_pending


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_are_one_payment_with_one_page(sign_in, stripe, owed):
    submission, ada, started = uuid4(), sign_in("ada"), Barrier(2)

    def click(_):
        try:
            started.wait(timeout=10)
            return go(ada, owed[0], submission=submission)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as hands:
        urls = set(hands.map(click, range(2)))

    [session], payment = stripe.objects("checkout.session"), Payment.objects.get()
    assert (payment.state, payment.stripe_session_id) == ("PENDING", session["id"])
    assert urls - {payment.get_absolute_url()} == {session["url"]}


def test_giving_up_asks_stripe_once_and_never_undoes_what_was_paid(ada, stripe, owed):
    url = go(ada, owed[0])
    cancel = reverse("billing:payment_cancel", args=[Payment.objects.get().uuid])
    stripe.pay(url)
    before = len(stripe.simulator.log())

    ada.post(cancel)
    asked = [call["path"].rpartition("/")[2] for call in stripe.simulator.log()[before:]]
    work()

    assert (asked, Payment.objects.get().state) == (["expire"], "RECEIVED")


def test_a_page_that_opens_after_another_click_failed_makes_the_payment_wait_again(ada, stripe, owed):
    url = go(ada, owed[0])
    payment = Payment.objects.get()
    Payment.objects.update(state="FAILED", failure="Stripe does not answer.", stripe_session_id="")

    again = payment_page(payment=payment, account=BillingAccount.objects.get())

    payment.refresh_from_db()
    assert (again, payment.state, payment.failure, payment.stripe_session_id != "") == (url, "PENDING", "", True)


def test_a_payment_is_asked_about_until_its_page_ended_whatever_its_state(ada, stripe, owed):
    url = go(ada, owed[0])
    Payment.objects.update(state="FAILED", failure="Stripe does not answer.")

    work()
    stripe.pay(url)
    work()

    assert (Payment.objects.get().state, questions()) == ("RECEIVED", ["DONE"])


def test_three_declined_cards_leave_one_question_open(ada, stripe, owed):
    url = go(ada, owed[0])

    for _ in range(3):
        stripe.pay(url, "declined")
    stripe.tell("payment_intent.payment_failed")
    work()

    assert (Payment.objects.get().failure, questions()) == ("Your card was declined.", ["QUEUED", *["DONE"] * 3])


def test_a_question_that_is_refused_is_given_up_after_a_day_and_staff_is_told(ada, stripe, owed, settings):
    settings.PLATFORM_STAFF_EMAILS = ["desk@portico.example"]
    go(ada, owed[0])
    settings.STRIPE_SECRET_KEY = "sk_test_rolled"

    seen = []
    for hours in (0, 25, 2):
        Job.objects.update(requested_at=F("requested_at") - timedelta(hours=hours))
        work()
        seen += questions()

    assert seen == ["QUEUED", "QUEUED", "QUARANTINED"]
    assert "cannot be asked about at Stripe" in OutgoingEmail.objects.get(kind="payment_needs_staff").text


def questions():
    """Return how the questions about payments stand, the oldest first."""
    return list(Job.objects.filter(kind="ask_about_payment").order_by("pk").values_list("state", flat=True))
