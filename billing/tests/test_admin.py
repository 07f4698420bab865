"""Plans, accounts and invoices in the administration: in words, with confirmation, and noted."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, Membership, Partner
from accounts.sentences import sentence
from accounts.tests.factories import give_app, make_user
from billing.actions.drafts import NotBilled, draft_invoice
from billing.actions.plans import CurrencyStays, save_account, save_plan, subscribe
from billing.actions.seats import day_of
from billing.actions.usage import expected_invoice
from billing.models import BillingAccount, Invoice, Plan, Subscription
from billing.months import Month
from billing.tests.factories import count_days, make_billing, make_invoice
from conftest import signed_in_client
from organizations.tests.factories import make_organization

ADMIN = "/admin/billing"


@pytest.fixture
def sam(cast):
    """Sam is platform staff with a second factor."""
    staff = make_user("Sam", "Staff", is_staff=True, is_superuser=True)
    give_app(staff)
    return signed_in_client(Membership(user=staff, partner=cast["ada"].partner, role="BASIC", pk=0))


@pytest.fixture
def draft(northwind, acme, october, first, sam):
    make_billing(northwind, price="4.00")
    count_days(acme, [(october.first, 10)])
    return draft_invoice(partner=northwind, month=october, actor="The clock", now=first)


def plan_of(price, **more):
    return {
        "name": "Cloud Backup 2027", "product": "CLOUD_BACKUP", "currency": "EUR", "seat_price": price,
        "is_offered": "on", **more,
    }  # fmt: skip


def told(verb):
    return sentence(AuditEntry.objects.filter(action=verb).latest("pk"))


@pytest.mark.parametrize("price", ["NaN", "Infinity", "-1", "1e9", "1000000", "four"])
def test_a_price_that_is_none_is_refused_in_words(sam, price):
    page = sam.post(f"{ADMIN}/plan/add/", plan_of(price))

    assert "Enter a price from 0 to 999,999.9999." in page.content.decode()
    assert not Plan.objects.exists()


def test_a_plan_never_changes_once_somebody_has_had_it(sam, northwind):
    sam.post(f"{ADMIN}/plan/add/", plan_of("4.1"))
    plan = Plan.objects.get()
    assert told("billing.plan_created") == "made the plan Cloud Backup 2027 (4.1 EUR)"
    sam.post(f"{ADMIN}/plan/{plan.pk}/change/", plan_of("4.2"))
    Subscription.objects.create(partner=northwind, plan=plan, product=plan.product, starts_on=date(2026, 1, 1))

    sam.post(f"{ADMIN}/plan/{plan.pk}/change/", plan_of("1.00", is_offered=""))

    plan.refresh_from_db()
    assert (plan.seat_price, plan.is_offered) == (Decimal("4.2000"), False)
    assert told("billing.plan_withdrawn") == "stopped offering the plan Cloud Backup 2027 (4.2 EUR)"
    assert sam.post(f"{ADMIN}/plan/{plan.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_partner_is_put_on_a_plan_and_taken_off(sam, northwind):
    sam.post(f"{ADMIN}/plan/add/", plan_of("4.1"))
    plan = Plan.objects.get()
    wanted = {"partner": northwind.pk, "plan": plan.pk, "starts_on": "2026-01-01", "ends_on": ""}
    assert "Make that first" in sam.post(f"{ADMIN}/subscription/add/", wanted).content.decode()
    account = {"partner": northwind.pk, "currency": "EUR", "tax_name": "VAT", "tax_rate": "20", "payment_days": "29",
               "is_billed": "on"}  # fmt: skip
    sam.post(f"{ADMIN}/billingaccount/add/", account)

    sam.post(f"{ADMIN}/subscription/add/", wanted)
    subscription = Subscription.objects.get()
    second = sam.post(f"{ADMIN}/subscription/add/", {**wanted, "starts_on": "2027-01-01"})
    backwards = sam.post(f"{ADMIN}/subscription/{subscription.pk}/change/", {"ends_on": "2025-01-01"})
    sam.post(f"{ADMIN}/subscription/{subscription.pk}/change/", {"ends_on": "2026-12-31"})

    assert "End that first" in second.content.decode()
    assert "before the first one" in backwards.content.decode()
    subscription.refresh_from_db()
    assert (subscription.product, subscription.ends_on) == ("CLOUD_BACKUP", date(2026, 12, 31))
    assert told("billing.account_set") == "set how Northwind IT is billed"
    assert told("billing.subscribed").startswith("put the company on the plan Cloud Backup 2027")
    assert told("billing.subscription_ended").endswith("with 2026-12-31")


def test_the_price_of_a_plan_stays_whatever_a_form_that_was_open_carries(sam, draft, northwind, first):
    plan = Plan.objects.get()
    plan.seat_price = Decimal("1.00")

    save_plan(plan=plan, actor=northwind.memberships.first().user, now=first)

    plan.refresh_from_db()
    assert plan.seat_price == Decimal("4.0000")


@pytest.mark.parametrize("rate", ["NaN", "-1", "101"])
def test_a_tax_that_is_no_percentage_is_refused_in_words(sam, northwind, rate):
    page = sam.post(f"{ADMIN}/billingaccount/add/", {"partner": northwind.pk, "currency": "EUR", "tax_rate": rate})

    assert "Enter a percentage from 0 to 100." in page.content.decode()
    assert not BillingAccount.objects.exists()


def test_a_plan_in_another_currency_is_refused_and_a_used_currency_stays(sam, draft, northwind):
    sam.post(f"{ADMIN}/plan/add/", plan_of("4.1", currency="CHF"))
    plan = Plan.objects.get(currency="CHF")

    page = sam.post(f"{ADMIN}/subscription/add/", {"partner": northwind.pk, "plan": plan.pk, "starts_on": "2030-01-01"})
    account = northwind.billing_account
    sam.post(f"{ADMIN}/billingaccount/{account.pk}/change/", {
        "currency": "CHF", "tax_name": "VAT", "tax_rate": "7.7", "payment_days": "10", "is_billed": "on",
    })  # fmt: skip

    assert "The plan is in CHF, and the partner is billed in EUR." in page.content.decode()
    account.refresh_from_db()
    assert (account.currency, account.tax_rate) == ("EUR", Decimal("7.70"))


def test_keeping_an_account_writes_what_was_changed_and_nothing_else(sam, northwind, first):
    make_billing(northwind)
    opened = BillingAccount.objects.get()
    BillingAccount.objects.update(stripe_customer_id="cus_1")

    opened.tax_rate = Decimal(20)
    save_account(account=opened, changed=["tax_rate"], actor=northwind.memberships.first().user, now=first)

    opened.refresh_from_db()
    assert (opened.tax_rate, opened.stripe_customer_id) == (Decimal(20), "cus_1")


def test_the_currency_stays_where_a_plan_came_while_somebody_typed(sam, northwind, first, monkeypatch):
    make_billing(northwind)
    typed = {"currency": "CHF", "tax_name": "VAT", "tax_rate": "20", "payment_days": "10", "is_billed": "on"}
    # The form of a moment ago, when there was no plan yet.
    monkeypatch.setattr("billing.admin.accounts.has_money", lambda partner: False)

    page = sam.post(f"{ADMIN}/billingaccount/{northwind.billing_account.pk}/change/", typed, follow=True)

    account = BillingAccount.objects.get()
    assert "payments in EUR: the currency stays." in page.content.decode()
    assert (account.currency, account.payment_days) == ("EUR", 29)


def test_a_plan_in_another_currency_is_neither_begun_nor_billed(northwind, acme, october, first, cast):
    subscription = make_billing(northwind)
    count_days(acme, [(october.first, 10)])
    francs = Plan.objects.create(name="Francs", product="CLOUD_BACKUP", currency="CHF", seat_price=4)
    wanted = Subscription(partner=northwind, plan=francs, starts_on=date(2027, 1, 1))
    with pytest.raises(CurrencyStays, match="in CHF, and the account in EUR"):
        subscribe(subscription=wanted, actor=cast["ada"].user, now=first)

    # Whoever writes to the tables by hand.
    Subscription.objects.filter(pk=subscription.pk).update(plan=francs)

    with pytest.raises(NotBilled, match="another currency than the account, which is in EUR"):
        draft_invoice(partner=northwind, month=october, actor="The clock", now=first)
    assert expected_invoice(northwind, october.last) is None


def test_drafts_are_looked_at_and_issued_after_a_question(sam, draft, northwind):
    desk = sam.get(f"{ADMIN}/invoice/{draft.pk}/change/").content.decode()
    chosen = {"action": "issue", "_selected_action": [draft.pk]}

    question = sam.post(f"{ADMIN}/invoice/", chosen).content.decode()
    assert not Invoice.objects.issued().exists()
    sam.post(f"{ADMIN}/invoice/", {**chosen, "confirmed": "Issue 1"})

    draft.refresh_from_db()
    assert ("€40.00" in desk, "never changes" in question, draft.state) == (True, True, "ISSUED")
    assert AuditEntry.objects.get(action="invoice.issued", chain__partner=northwind).actor == "Sam Staff"
    assert sam.post(f"{ADMIN}/invoice/{draft.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_draft_is_made_anew_and_the_last_month_is_drafted_on_request(sam, draft, acme, bolt, northwind, october):
    count_days(bolt, [(october.first, 5)])

    sam.post(f"{ADMIN}/invoice/", {"action": "draft_anew", "_selected_action": [draft.pk]})
    draft.refresh_from_db()
    page = sam.post(
        f"{ADMIN}/billingaccount/",
        {"action": "draft_last_month", "_selected_action": [northwind.billing_account.pk]},
        follow=True,
    )

    assert draft.net == Decimal("60.00")
    assert "Drafted for" in page.content.decode()


def test_drafting_anew_says_how_many_drafts_that_were(sam, draft, northwind):
    issued = make_invoice(northwind, number="1", month=date(2026, 9, 1), total="9.00", due_on=date(2026, 11, 30))
    chosen = {"action": "draft_anew", "_selected_action": [draft.pk, issued.pk]}

    first = sam.post(f"{ADMIN}/invoice/", chosen, follow=True).content.decode()
    northwind.subscriptions.update(starts_on=date(2030, 1, 1))
    second = sam.post(f"{ADMIN}/invoice/", chosen, follow=True).content.decode()

    assert ("Made anew: 1 of 2." in first, "Made anew: 0 of 2." in second) == (True, True)
    assert "The draft is as it was." in second


@pytest.mark.parametrize(
    ("typed", "words"), [("2999-01", "This month is not over."), ("", "Enter a month as"), ("Sept", "Enter a month as")]
)
def test_an_older_month_is_drafted_once_it_is_over(sam, northwind, acme, typed, words):
    make_billing(northwind)
    count_days(acme, [(date(2026, 3, 1), 2)])
    chosen = {"action": "draft_month", "_selected_action": [northwind.billing_account.pk]}

    question = sam.post(f"{ADMIN}/billingaccount/", chosen)
    refused = sam.post(f"{ADMIN}/billingaccount/", chosen | {"month": typed})
    this_month = sam.post(f"{ADMIN}/billingaccount/", chosen | {"month": f"{day_of(timezone.now()):%Y-%m}"})
    assert not Invoice.objects.exists()
    done = sam.post(f"{ADMIN}/billingaccount/", chosen | {"month": "2026-03"}, follow=True)

    assert (question.status_code, refused.status_code, this_month.status_code) == (200, 422, 422)
    assert (words in refused.content.decode(), "not over" in this_month.content.decode()) == (True, True)
    assert "Drafted for March 2026: 1." in done.content.decode()
    assert Invoice.objects.get().net == Decimal("8.20")


def test_an_invoice_is_credited_in_part_with_a_reason(sam, northwind):
    make_billing(northwind)
    invoice = make_invoice(
        northwind, number="2026-0001", month=date(2026, 10, 1), total="121.00", tax="21.00", tax_rate=Decimal(21),
        due_on=date(2026, 11, 30),
    )  # fmt: skip
    url = f"{ADMIN}/invoice/{invoice.pk}/credit/"

    refused = [sam.post(url, {"seen": "0", **typed}).content.decode() for typed in (
        {"line_1": "NaN", "reason": "Because."}, {"line_1": "101", "reason": "Because."}, {"line_1": "5", "reason": ""},
        {"line_1": "", "reason": "Because."},
    )]  # fmt: skip
    assert not Invoice.objects.credit_notes().exists()
    typed = {"line_1": "40.00", "reason": "Billed by mistake.", "seen": "0"}
    sam.post(url, typed)
    again = sam.post(url, typed).content.decode()

    for page, words in zip(refused, ("Enter an amount", "Up to €100.00", "Say why", "one line at least"), strict=True):
        assert words in page
    assert "Another credit note was issued meanwhile" in again
    assert 'name="seen" value="1"' in again
    assert Invoice.objects.credit_notes().get().total == Decimal("48.40")


def test_staff_read_who_is_not_billed_and_why(sam, northwind, rival, settings):
    make_billing(northwind)
    month, url = Month.holding(day_of(timezone.now())).before, f"{ADMIN}/billingaccount/unbilled/"

    page = sam.get(url).content.decode()
    count_days(make_organization(northwind, "Cobalt Law"), [(month.first, 1)])
    draft_invoice(partner=northwind, month=month, actor="The clock", now=timezone.now())
    settings.BILLING_SELLER = ()
    later = sam.get(url).content.decode()
    Partner.objects.update(is_active=False)
    rows = sam.get(url).context["rows"]

    assert f"No seats were counted in {month}." in page
    assert "There is no billing account." in page
    assert ("A draft waits to be issued." in later, "BILLING_SELLER names nobody" in later) == (True, True)
    # Rival is switched off and never was a customer.
    assert [(partner.name, why) for partner, why in rows] == [("Northwind IT", "The partner is switched off.")]


def test_staff_who_may_only_look_issue_and_credit_nothing(draft, cast):
    viewer = make_user("Vera", "Viewer", is_staff=True)
    viewer.user_permissions.add(*viewer.user_permissions.model.objects.filter(codename="view_invoice"))
    give_app(viewer)
    vera = signed_in_client(Membership(user=viewer, partner=cast["ada"].partner, role="BASIC", pk=0))

    page = vera.get(f"{ADMIN}/invoice/{draft.pk}/change/")
    vera.post(f"{ADMIN}/invoice/", {"action": "issue", "_selected_action": [draft.pk], "confirmed": "1"})

    assert (page.status_code, "Issue…" in page.content.decode()) == (200, False)
    assert vera.get(f"{ADMIN}/invoice/{draft.pk}/credit/").status_code == 403
    assert not Invoice.objects.issued().exists()
