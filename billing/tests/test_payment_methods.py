"""Cards that Stripe keeps: added and removed there, shown here."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Barrier, Event, Thread

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from billing import cards
from billing.actions.payment_methods import _CARDS, copy_cards
from billing.models import BillingAccount, PaymentMethod
from billing.tests.pretend_stripe import work

LIST = reverse("billing:method_list")


@pytest.fixture
def ada(sign_in, owed):
    return sign_in("ada")


def add(browser, stripe, card="visa"):
    url = browser.post(reverse("billing:method_add")).url
    return browser.get(stripe.pay(url, card).headers["Location"], follow=True).content.decode()


def kept():
    return list(PaymentMethod.objects.order_by("last4").values_list("last4", "is_default"))


def test_the_first_card_is_the_default_until_another_is_chosen(ada, stripe):
    page = add(ada, stripe)
    add(ada, stripe, "mastercard")
    before = kept()
    other = PaymentMethod.objects.get(last4="4444")

    chosen = ada.post(reverse("billing:method_propose", args=[other.stripe_id]), follow=True).content.decode()
    overview = ada.get(reverse("billing:overview")).content.decode()

    assert ("Stripe keeps the card now." in page, "Visa ending 4242" in page) == (True, True)
    assert (before, kept()) == ([("4242", True), ("4444", False)], [("4242", False), ("4444", True)])
    assert "Mastercard ending 4444 is the default now." in chosen
    assert "Mastercard ending 4444, default" in overview
    assert "Stripe’s page offers all kept cards, the newest first." in chosen
    assert AuditEntry.objects.get(action="card.proposed").details == {"card": "Mastercard ending 4444"}


def test_a_card_is_removed_after_a_question_and_another_becomes_the_default(ada, stripe):
    add(ada, stripe)
    add(ada, stripe, "mastercard")
    url = reverse("billing:method_remove", args=[PaymentMethod.objects.get(last4="4242").stripe_id])

    question = ada.get(url).content.decode()
    ada.post(url)

    assert "Remove Visa ending 4242?" in question
    assert kept() == [("4444", True)]
    assert (ada.get(url).status_code, ada.post(url).status_code) == (404, 404)


def test_what_is_removed_at_stripe_vanishes_here(ada, stripe, northwind):
    add(ada, stripe)
    cards.forget(PaymentMethod.objects.get().stripe_id)

    stripe.tell("payment_method.detached")
    work()

    assert kept() == []


def test_a_card_that_stripe_keeps_no_longer_does_not_stay_on_the_page(ada, stripe):
    for card, step, words in (("visa", "propose", "Stripe refused"), ("mastercard", "remove", "is removed")):
        add(ada, stripe, card)
        method = PaymentMethod.objects.get()
        cards.forget(method.stripe_id)

        page = ada.post(reverse(f"billing:method_{step}", args=[method.stripe_id]), follow=True).content.decode()

        assert (words in page, kept()) == (True, [])


@pytest.mark.django_db(transaction=True)
def test_an_older_copy_never_takes_the_place_of_a_newer_one(ada, stripe, monkeypatch):
    """One reads the cards and is slow; meanwhile the card goes and another one copies."""
    add(ada, stripe)
    account, ask, has_read, is_copied = BillingAccount.objects.get(), cards.cards_of, Event(), Event()

    def ask_slowly(customer):
        answer = ask(customer)
        if not has_read.is_set():
            has_read.set()
            is_copied.wait(timeout=0.3)
        return answer

    def copy_slowly():
        try:
            copy_cards(account)
        finally:
            connection.close()

    monkeypatch.setattr(cards, "cards_of", ask_slowly)
    slow = Thread(target=copy_slowly)
    slow.start()
    assert has_read.wait(timeout=10)
    cards.forget(PaymentMethod.objects.get().stripe_id)
    copy_cards(account)
    is_copied.set()
    slow.join()

    assert kept() == []


def test_who_waits_too_long_for_the_cards_is_told_so(northwind, owed):
    BillingAccount.objects.update(stripe_customer_id="cus_1")
    account, other = BillingAccount.objects.get(), connection.copy()

    with closing(other), other.cursor() as holder, connection.cursor() as ours:
        holder.execute("SELECT pg_advisory_lock(%s, %s)", [_CARDS, account.pk])
        ours.execute("SET LOCAL lock_timeout = '20ms'")
        with pytest.raises(cards.StripeBusy):
            copy_cards(account)


def test_a_declined_card_is_not_kept(ada, stripe):
    url = ada.post(reverse("billing:method_add")).url

    stripe.pay(url, "declined")
    ada.get(reverse("billing:method_back"))

    assert kept() == []


def test_where_stripe_is_out_of_reach_the_page_says_so(ada, stripe, settings):
    add(ada, stripe)
    settings.STRIPE_API_BASE = "http://localhost:1/stripe"

    answers = [
        ada.post(reverse("billing:method_add"), follow=True),
        ada.get(reverse("billing:method_back"), follow=True),
        ada.post(reverse("billing:method_remove", args=[PaymentMethod.objects.get().stripe_id]), follow=True),
    ]

    assert all("Stripe does not answer at the moment" in answer.content.decode() for answer in answers)
    assert kept() == [("4242", True)]


def test_one_who_asks_twice_for_the_first_time_makes_one_customer(ada, stripe):
    for _ in range(2):
        BillingAccount.objects.update(stripe_customer_id="")
        ada.post(reverse("billing:method_add"))

    assert len(stripe.objects("customer")) == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_who_come_first_at_once_share_one_customer(cast, sign_in, owed, stripe):
    cast["cora"].billing_opened_at = timezone.now()
    cast["cora"].save()
    started, browsers = Barrier(2), [sign_in("ada"), sign_in("cora")]

    def come(browser):
        try:
            started.wait(timeout=10)
            return browser.post(reverse("billing:method_add")).url
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as hands:
        urls = list(hands.map(come, browsers))

    ours = BillingAccount.objects.get().stripe_customer_id
    found = [(one["url"], one["customer"]) for one in stripe.objects("checkout.session")]
    assert sorted(found) == sorted((url, ours) for url in urls)


def test_a_page_of_stripes_at_an_unknown_address_is_not_gone_to(ada, stripe, settings):
    settings.STRIPE_PAGES = "https://checkout.stripe.com"

    answer = ada.post(reverse("billing:method_add"))

    assert answer.url == LIST


@pytest.mark.parametrize("status", [307, 503])
def test_the_key_is_carried_to_no_other_host_and_nothing_is_asked_twice(keys, settings, status):
    """Somebody answers with a redirect, which is not followed, or with trouble, while whoever clicked waits."""
    asked = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(self.path)
            self.send_response(status)
            self.send_header("Location", f"http://localhost:{server.server_port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *words):
            """Say nothing."""

    server = ThreadingHTTPServer(("localhost", 0), Elsewhere)
    Thread(target=server.serve_forever, daemon=True).start()
    settings.STRIPE_API_BASE = f"http://localhost:{server.server_port}/stripe"
    with pytest.raises(cards.StripeUnreachable):
        cards.forget("pm_1")
    server.shutdown()
    server.server_close()

    assert asked == ["/stripe/v1/payment_methods/pm_1/detach"]
