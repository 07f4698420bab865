"""Paying an invoice as people do it: choose, pay at Stripe, come back, see it arrive."""

import re

from django.urls import reverse
from playwright.sync_api import expect

from billing.models import Payment
from billing.tests.conftest import keys, owed, stripe  # noqa: F401 - fixtures
from billing.tests.pretend_stripe import work
from portal.tests.browser.looking import complaints_of, too_wide


def test_an_invoice_is_chosen_paid_at_stripe_and_seen_to_arrive(page, house, enter, stripe, owed):  # noqa: F811
    enter("ada")
    page.goto(f"{house}/billing/")
    assert (complaints_of(page), too_wide(page)) == ([], [])

    page.get_by_role("main").get_by_role("link", name="Make a payment").first.click()
    expect(page.get_by_role("button", name="Pay €121.00")).to_be_visible()
    page.get_by_label("Pay 2026-0010").check()
    page.get_by_role("button", name="Pay €221.00").click()
    expect(page.get_by_role("heading", name="Pay 221.00 EUR")).to_be_visible()
    page.get_by_role("button", name="Pay").click()
    page.wait_for_url(re.compile("/billing/payments/"))
    expect(page.get_by_role("heading", name="Waiting for the bank")).to_be_visible()
    assert (complaints_of(page), too_wide(page)) == ([], [])
    work()

    expect(page.get_by_role("heading", name="€221.00 received")).to_be_visible()
    assert (complaints_of(page), too_wide(page)) == ([], [])
    assert Payment.objects.get().is_received


def test_a_double_click_sends_the_payment_once(page, house, enter, keys, owed):  # noqa: F811
    enter("ada")
    page.goto(house + reverse("billing:payment_create"))
    # Nothing is answered here: as if the first answer took until after the second click.
    page.evaluate("""window.goesOn = []; document.addEventListener("submit", (event) => {
      goesOn.push(!event.defaultPrevented); event.preventDefault(); })""")

    page.get_by_role("button", name="Pay €121.00").dblclick()

    assert page.evaluate("goesOn") == [True, False]
