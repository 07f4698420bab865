"""Writing down what Stripe says of a payment, in whatever order: also what it says afterwards."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from billing.actions.card_payments import settle
from billing.actions.returns import return_payment
from billing.cards import Told
from billing.models import Payment
from billing.tests.pretend_stripe import work
from billing.tests.test_card_payments import go, open_amounts
from notifications.models import OutgoingEmail


@pytest.fixture
def ada(sign_in, owed):
    return sign_in("ada")


def told(state="PAID", **values):
    facts = {"amount": 12100, "currency": "EUR", "intent_id": "pi_1", "card_words": "Visa ending 4242"}
    return Told(state=state, **(facts | {"paid_on": date(2026, 11, 3)} | values))


@pytest.fixture
def pending(owed, northwind):
    return Payment.objects.create(
        partner=northwind, kind="CARD", amount=121, currency="EUR", made_by_name="Ada", created_at=timezone.now(),
        meant_for=[str(owed[0].uuid)], stripe_session_id="cs_1",
    )  # fmt: skip


@pytest.mark.parametrize(
    "states",
    [["PAID", "EXPIRED"], ["EXPIRED", "PAID"], ["OPEN", "PAID", "OPEN"], ["PAID", "PAID"], ["EXPIRED", "PAID", "OPEN"]],
    ids="-".join,
)
def test_what_was_received_stays_received_in_whatever_order_it_is_told(pending, states):
    for state in states:
        settle(payment=pending, told=told(state, failure="no" if state == "OPEN" else ""), now=timezone.now())

    pending.refresh_from_db()
    assert (pending.state, pending.failure, pending.allocations.count()) == ("RECEIVED", "", 1)
    assert AuditEntry.objects.filter(action="payment.received").count() == 1


@pytest.mark.parametrize("odd", [{"amount": 12099}, {"currency": "USD"}])
def test_money_that_is_not_what_was_asked_for_pays_nothing_and_staff_is_told_once(pending, settings, odd):
    settings.PLATFORM_STAFF_EMAILS = ["desk@portico.example"]

    for _ in range(2):
        settle(payment=pending, told=told(**odd), now=timezone.now())

    pending.refresh_from_db()
    assert (pending.state, open_amounts()["2026-0009"]) == ("FAILED", 121)
    assert OutgoingEmail.objects.filter(kind="payment_needs_staff").count() == 1


def test_a_refund_at_stripe_opens_the_invoice_again_as_far_as_it_goes(ada, stripe, owed, settings):
    settings.PLATFORM_STAFF_EMAILS = ["desk@portico.example"]
    stripe.pay(go(ada, owed[0]))
    work()
    payment = Payment.objects.get()

    stripe.refund(payment.stripe_intent_id, 2100)
    for _ in range(2):
        stripe.tell("charge.refunded")
        work()
    page = ada.get(payment.get_absolute_url()).content.decode()

    back = Payment.objects.get(kind="RETURN")
    assert (back.amount, back.returns, open_amounts()["2026-0009"]) == (21, payment, 21)
    assert "Refunded to the card" in page
    assert OutgoingEmail.objects.filter(kind="payment_needs_staff").count() == 1


def test_a_refund_at_stripe_counts_beside_what_staff_wrote_down_and_never_exceeds_the_payment(pending, sam, settings):
    settings.PLATFORM_STAFF_EMAILS = ["desk@portico.example"]
    payment = settle(payment=pending, told=told(), now=timezone.now())
    return_payment(
        payment=payment, amount=Decimal(40), reason="By transfer", submission=uuid4(), actor=sam, now=timezone.now()
    )

    for cents in (3000, 3000, 9000, 9000):
        settle(payment=payment, told=told(refunded=cents), now=timezone.now())

    assert list(payment.returned.order_by("pk").values_list("amount", flat=True)) == [40, 30, 51]
    first, second = OutgoingEmail.objects.filter(kind="payment_needs_staff").order_by("pk")
    assert ("30.00 EUR went back." in first.text, "only 51.00 of it" in second.text) == (True, True)


def test_a_claim_of_the_cards_bank_is_never_silent(ada, stripe, owed, settings):
    settings.PLATFORM_STAFF_EMAILS = ["desk@portico.example"]
    stripe.pay(go(ada, owed[0]))
    work()

    stripe.dispute(Payment.objects.get().stripe_intent_id)
    for _ in range(2):
        stripe.tell("charge.dispute.created")

    assert AuditEntry.objects.filter(action="payment.disputed").count() == 1
    assert "needs response" in OutgoingEmail.objects.get(kind="payment_needs_staff").text
