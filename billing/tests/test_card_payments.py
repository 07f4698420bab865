"""Paying by card: on Stripe's page, and only what Stripe says counts."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.models import AuditEntry
from billing.models import Invoice, Payment, PaymentMethod
from billing.tests.factories import make_invoice
from billing.tests.pretend_stripe import work
from notifications.models import OutgoingEmail

PAY = reverse("billing:payment_create")


def go(browser, *invoices, button="go", **fields):
    """Hand the form in, and return the address it leads to."""
    data = {"invoices": [one.uuid for one in invoices], "submission": uuid4(), button: "1"} | fields
    answer = browser.post(PAY, data)
    assert answer.status_code == 302, answer.content.decode()
    return answer.url


def open_amounts():
    return dict(Invoice.objects.with_open_amount().values_list("number", "open_amount"))


@pytest.fixture
def ada(sign_in, owed):
    return sign_in("ada")


def test_chosen_invoices_are_paid_once_stripe_has_told(ada, stripe, owed):
    url = go(ada, *owed, button="email")
    back = stripe.pay(url).headers["Location"]
    before = ada.get(back).content.decode()
    answers = set(stripe.tell())
    waiting = ada.get(back).content.decode()
    work()
    after = ada.get(back).content.decode()

    payment = Payment.objects.get()
    assert url.startswith(f"{stripe.api_url}/pay/cs_")
    assert ("Waiting for the bank" in before, "Waiting for the bank" in waiting, answers) == (True, True, {200})
    assert "€221.00 received" in after
    assert (payment.state, payment.amount, payment.reference) == ("RECEIVED", 221, "Visa ending 4242")
    assert open_amounts() == {"2026-0009": 0, "2026-0010": 0}
    assert AuditEntry.objects.filter(action="payment.received").count() == 1
    mail = OutgoingEmail.objects.get(kind="payment_receipt")
    assert mail.to == "ada.lindqvist@example.com"
    assert ("€221.00" in mail.text, "2026-0009: €121.00" in mail.text, "Visa ending 4242" in mail.html) == (True,) * 3
    assert stripe.simulator.unknown_calls() == []


def test_without_the_second_button_no_receipt_is_mailed(ada, stripe, owed):
    stripe.pay(go(ada, owed[0]))
    stripe.tell()
    work()

    assert Payment.objects.get().is_received
    assert not OutgoingEmail.objects.filter(kind="payment_receipt").exists()


def test_the_same_form_twice_is_one_payment(ada, stripe, owed):
    submission = uuid4()

    urls = {go(ada, owed[0], submission=submission) for _ in range(2)}
    stripe.pay(urls.pop())
    stripe.tell()
    work()
    again = go(ada, owed[0], submission=submission)

    assert urls == set()
    assert again == Payment.objects.get().get_absolute_url()
    assert (len(stripe.objects("checkout.session")), len(stripe.objects("customer"))) == (1, 1)


def test_the_address_somebody_comes_back_to_proves_nothing(ada, stripe, owed):
    go(ada, owed[0])
    payment = Payment.objects.get()

    page = ada.get(f"{payment.get_absolute_url()}?back=1").content.decode()
    work()

    payment.refresh_from_db()
    assert (payment.state, "Waiting for the bank" in page) == ("PENDING", True)
    assert open_amounts()["2026-0009"] == 121


def test_without_any_webhook_the_clock_finds_out(ada, stripe, owed):
    stripe.pay(go(ada, owed[0]))

    work()

    assert Payment.objects.get().is_received


def test_a_declined_card_leaves_the_page_open_for_another(ada, stripe, owed):
    url = go(ada, owed[0])
    declined = stripe.pay(url, "declined")
    stripe.tell("payment_intent.payment_failed")
    work()
    page = ada.get(Payment.objects.get().get_absolute_url()).content.decode()
    stripe.pay(url, "mastercard")
    stripe.tell("checkout.session.completed")
    work()

    payment = Payment.objects.get()
    assert declined.status_code == 402
    assert ("The card was refused" in page, "Your card was declined." in page) == (True, True)
    assert (payment.state, payment.failure, payment.reference) == ("RECEIVED", "", "Mastercard ending 4444")


def test_who_leaves_the_page_may_go_on_or_give_up(ada, stripe, owed):
    url = go(ada, owed[0])
    payment = Payment.objects.get()

    left = ada.get(stripe.leave(url).headers["Location"]).content.decode()
    on = ada.post(reverse("billing:payment_continue", args=[payment.uuid])).url
    ada.post(reverse("billing:payment_cancel", args=[payment.uuid]))
    page = ada.get(payment.get_absolute_url()).content.decode()
    late = stripe.pay(url)
    stripe.tell()
    work()

    payment.refresh_from_db()
    assert ("Nothing was charged so far" in left, on == url, "Nothing was charged" in page) == (True, True, True)
    assert (late.status_code, payment.state) == (410, "ABANDONED")


def test_a_page_that_nobody_used_ends_by_itself(ada, stripe, owed):
    go(ada, owed[0])

    stripe.simulator.advance(3 * 3600)
    work()

    assert Payment.objects.get().state == "ABANDONED"


def test_where_stripe_is_out_of_reach_nothing_is_charged_and_nothing_typed_is_lost(ada, stripe, owed, settings):
    there, settings.STRIPE_API_BASE = settings.STRIPE_API_BASE, "http://localhost:1/stripe"
    fields = {"invoices": [owed[1].uuid], "amount": "55.50", "submission": uuid4(), "save_card": "on"}
    answer = ada.post(PAY, fields)
    page = answer.content.decode()
    settings.STRIPE_API_BASE = there
    stripe.pay(go(ada, owed[1], amount="55.50", submission=answer.context["form"]["submission"].value()))
    work()

    assert (answer.status_code, "Nothing was charged" in page, 'value="55.50"' in page) == (422, True, True)
    assert f'value="{owed[1].uuid}" aria-label="Pay 2026-0010" checked' in page
    assert sorted(Payment.objects.values_list("state", flat=True)) == ["FAILED", "RECEIVED"]
    assert open_amounts() == {"2026-0009": 121, "2026-0010": Decimal("44.50")}


def test_an_amount_pays_what_is_due_first_and_the_rest_is_a_deposit(ada, stripe, owed, northwind):
    stripe.pay(go(ada, amount="130.00"))
    work()

    assert open_amounts() == {"2026-0009": 0, "2026-0010": 91}

    stripe.pay(go(ada, amount="100"))
    work()
    page = ada.get(reverse("billing:overview")).content.decode()
    third = make_invoice(northwind, number="2026-0011", month=date(2026, 11, 1), total="50", due_on=date(2099, 12, 1))
    ada.post(reverse("billing:deposit_use"))

    assert "€9.00 of deposits and credit" in page
    assert open_amounts()[third.number] == 41


def test_an_invoice_paid_twice_leaves_the_second_as_a_deposit(ada, stripe, owed):
    first, second = go(ada, owed[0]), go(ada, owed[0])

    for url in (first, second):
        stripe.pay(url)
    work()

    unused = Payment.objects.with_unused().order_by("pk").values_list("unused", flat=True)
    assert list(unused) == [0, 121]
    assert open_amounts() == {"2026-0009": 0, "2026-0010": 100}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Choose at least one invoice"),
        ({"amount": "NaN"}, "Enter an amount"),
        ({"amount": "Infinity"}, "Enter an amount"),
        ({"amount": "1e9"}, "less than or equal to"),
        ({"amount": "-5"}, "greater than or equal to"),
        ({"amount": "0.49"}, "greater than or equal to"),
        ({"amount": "1.005"}, "to the cent"),
        ({"invoices": ["nonsense"]}, "paid already or is not there"),
        ({"invoices": [str(uuid4())]}, "paid already or is not there"),
    ],
)
def test_what_makes_no_payment_is_refused_in_words(ada, keys, fields, words):
    answer = ada.post(PAY, {"submission": "nonsense", **fields})

    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert not Payment.objects.exists()


def test_invoices_of_a_rival_cannot_be_paid(ada, keys, rival):
    foreign = make_invoice(rival, number="2026-0099", month=date(2026, 9, 1), total="5.00", due_on=date(2026, 11, 1))

    answer = ada.post(PAY, {"invoices": [foreign.uuid]})

    assert (answer.status_code, Payment.objects.count()) == (422, 0)


def test_without_a_key_the_page_says_so_and_shows_the_bank(ada, owed):
    page = ada.get(PAY).content.decode()
    methods = ada.get(reverse("billing:method_list")).content.decode()
    posted = ada.post(PAY, {"invoices": [owed[0].uuid]})
    webhook = ada.post(reverse("billing:stripe_webhook"), "{}", content_type="application/json")

    for one in (page, methods):
        assert ("Card payment is not set up" in one, "IBAN IE00 PORT 0000" in one) == (True, True)
    assert (posted.status_code, webhook.status_code) == (404, 404)


@pytest.mark.parametrize(("make_default", "default"), [("", "4242"), ("on", "4444")])
def test_a_card_saved_while_paying_is_kept_and_becomes_the_default_if_that_is_asked_for(
    ada, stripe, owed, make_default, default
):
    stripe.pay(ada.post(reverse("billing:method_add")).url)
    ada.get(reverse("billing:method_back"))

    stripe.pay(go(ada, owed[0], save_card="on", make_default=make_default), "mastercard")
    work()
    work()

    kept = PaymentMethod.objects.order_by("last4").values_list("last4", "is_default")
    assert list(kept) == [(last4, last4 == default) for last4 in ("4242", "4444")]


def test_what_would_be_paid_is_said_on_the_button(ada, keys, owed):
    first = ada.get(PAY).content.decode()
    both = ada.get(PAY, {"invoices": [one.uuid for one in owed]}, headers={"HX-Request": "true"}).content.decode()
    asked = ada.get(PAY, {"invoice": owed[1].uuid}).content.decode()

    assert ("Pay €121.00" in first, both.strip(), "Pay €100.00" in asked) == (True, "Pay €221.00", True)


def test_the_forms_may_lead_to_stripe_and_nowhere_else(ada, keys):
    policy = ada.get(PAY)["Content-Security-Policy"]

    assert "form-action 'self' https://checkout.stripe.com;" in policy
