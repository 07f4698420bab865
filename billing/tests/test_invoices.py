"""Invoices: drafted from what was counted, issued once with the next number, mailed, and never changed again."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import AuditEntry, Partner
from accounts.sentences import sentence
from billing.actions import monthly
from billing.actions.charges import charges_of
from billing.actions.drafts import NotBilled, draft_invoice, why_not_billed
from billing.actions.invoices import CannotBeIssued, issue_invoice
from billing.actions.monthly import bill_partner, request_due_bills
from billing.actions.numbers import next_number
from billing.actions.usage import expected_invoice, seats_by_month
from billing.models import BillingAccount, Invoice, NumberRange, Subscription
from billing.tests.factories import count_days, make_billing, make_invoice
from jobs import claims
from jobs.models import Job
from notifications.models import OutgoingEmail
from organizations.tests.factories import make_organization


@pytest.fixture
def billed(northwind, acme, october, cast):
    """Northwind with ten seats at Acme through October, 20 % VAT."""
    Partner.objects.filter(pk=northwind.pk).update(
        address="14 Harbour Row", city="Bristol", postal_code="BS1 4TH", country="GB"
    )
    plan = make_billing(
        northwind, price="4.00", tax_rate=Decimal(20), tax_number="VAT GB 000 0000 00", reference="PO 77-1021"
    )
    count_days(acme, [(october.first + timedelta(days=day), 10) for day in range(31)])
    return plan


@pytest.fixture
def issued(billed, northwind, october, first):
    draft = draft_invoice(partner=northwind, month=october, actor="The clock", now=first)
    return issue_invoice(invoice=draft, actor="The clock", now=first)


def _plan_after_seats(billed):
    """Let the plan begin after the last day on which somebody was counted."""
    Subscription.objects.update(starts_on=date(2026, 10, 20))
    billed.partner.seat_days.filter(day__gt=date(2026, 10, 10)).delete()


def mails():
    return sorted(OutgoingEmail.objects.filter(kind="invoice_issued").values_list("to", flat=True))


def test_a_draft_says_what_is_charged_and_is_the_platforms_own(billed, northwind, october, first, cast):
    draft = draft_invoice(partner=northwind, month=october, actor="The clock", now=first)

    assert (draft.net, draft.tax, draft.total, draft.number) == (
        Decimal("40.00"),
        Decimal("8.00"),
        Decimal("48.00"),
        "",
    )
    assert [(line.what, line.quantity, line.amount) for line in draft.lines.all()] == [
        ("Cloud Backup", 10, Decimal("40.00"))
    ]
    assert not Invoice.objects.visible_to(cast["ada"]).exists()
    assert sentence(AuditEntry.objects.get(action="invoice.drafted", chain__partner=None)).startswith("drafted the inv")


def test_a_draft_is_made_anew_until_it_is_issued(billed, northwind, acme, bolt, october, first):
    draft = draft_invoice(partner=northwind, month=october, actor="The clock", now=first)
    count_days(bolt, [(october.first, 5)])

    again = draft_invoice(partner=northwind, month=october, actor="The clock", now=first)
    issue_invoice(invoice=again, actor="The clock", now=first)
    count_days(make_organization(northwind, "Cobalt Law"), [(october.first, 5)])
    once_more = draft_invoice(partner=northwind, month=october, actor="The clock", now=first)

    assert (again.pk, again.net, once_more.net) == (draft.pk, Decimal("60.00"), Decimal("60.00"))


def test_an_issued_invoice_has_a_number_and_both_sides_as_they_were(issued, northwind):
    northwind.refresh_from_db()
    northwind.name = "Southwind"
    northwind.save()
    issued.refresh_from_db()

    assert (issued.number, issued.issued_on, issued.due_on) == ("2026-0001", date(2026, 11, 1), date(2026, 11, 30))
    assert issued.seller.splitlines()[0] == "Portico Operations Ltd"
    assert issued.buyer.splitlines() == [
        "Northwind IT",
        "14 Harbour Row, Bristol BS1 4TH",
        "United Kingdom",
        "VAT GB 000 0000 00",
    ]
    assert issued.reference == "PO 77-1021"
    entry = AuditEntry.objects.get(action="invoice.issued", chain__partner=northwind)
    assert sentence(entry) == "issued invoice 2026-0001 over 48.00 EUR, due 2026-11-30"


def test_those_who_may_see_it_are_mailed_once(issued, cast):
    assert mails() == [cast["ada"].user.email]
    mail = OutgoingEmail.objects.get(kind="invoice_issued")
    assert mail.subject == "Invoice 2026-0001: €48.00, due 30 November 2026"
    assert issued.get_absolute_url() in mail.text


def test_an_accountant_is_mailed_once_billing_is_open(billed, northwind, october, first, cast):
    cast["cora"].billing_opened_at = timezone.now()
    cast["cora"].save()

    bill_partner(partner=northwind, now=first)

    assert mails() == sorted([cast["ada"].user.email, cast["cora"].user.email])


def test_nothing_is_issued_twice_or_before_its_month_is_over_or_without_a_seller(
    billed, northwind, october, first, settings
):
    draft = draft_invoice(partner=northwind, month=october, actor="The clock", now=first)
    with pytest.raises(CannotBeIssued, match="not over"):
        issue_invoice(invoice=draft, actor="The clock", now=first - timedelta(days=1))
    settings.BILLING_SELLER = ()
    with pytest.raises(CannotBeIssued, match="BILLING_SELLER"):
        issue_invoice(invoice=draft, actor="The clock", now=first)
    settings.BILLING_SELLER = ("Portico",)
    issue_invoice(invoice=draft, actor="The clock", now=first)

    with pytest.raises(CannotBeIssued, match="already, as 2026-0001"):
        issue_invoice(invoice=draft, actor="The clock", now=first)

    assert not NumberRange.objects.exclude(series="2026", last=1).exists()


def test_a_number_taken_in_vain_is_given_again(db):
    assert next_number("2026") == "2026-0001"
    with transaction.atomic():
        next_number("2026")
        transaction.set_rollback(True)

    assert [next_number("2026"), next_number("2026-C")] == ["2026-0002", "2026-C-0001"]


@pytest.mark.parametrize(
    ("break_it", "why"),
    [
        (lambda billed: billed.partner.billing_account.delete(), "no billing account"),
        (lambda billed: billed.partner.seat_days.update(seats=0), "No seats were counted in October 2026"),
        (lambda billed: Subscription.objects.update(starts_on=date(2026, 11, 1)), "was no plan in October 2026"),
        (lambda billed: type(billed.partner.billing_account).objects.update(is_billed=False), "switched off"),
        (lambda billed: Partner.objects.update(is_active=False), "The partner is switched off."),
        (lambda billed: _plan_after_seats(billed), "No seats were counted in October 2026"),
    ],
    ids=["account", "seats", "plan", "switch", "partner", "other days"],
)
def test_who_is_not_billed_gets_no_draft_and_staff_read_why(billed, northwind, october, first, break_it, why):
    break_it(billed)

    request_due_bills(first)
    with pytest.raises(NotBilled, match=why):
        draft_invoice(partner=northwind, month=october, actor="The clock", now=first)

    assert why in why_not_billed(northwind, october)
    assert not Invoice.objects.exists()
    assert not Job.objects.exists()


def test_on_the_first_the_clock_drafts_and_issues_once(billed, northwind, first):
    request_due_bills(first)
    request_due_bills(first)
    [job] = Job.objects.filter(kind=monthly.JOB)

    bill_partner(partner=northwind, now=first)
    bill_partner(partner=northwind, now=first)
    claims.run(job.pk)
    request_due_bills(first)

    assert Invoice.objects.get().number == "2026-0001"
    assert Job.objects.filter(kind=monthly.JOB).count() == 1
    assert len(mails()) == 1


def test_where_staff_issues_the_clock_only_drafts(billed, northwind, first, settings):
    settings.INVOICES_ISSUED = "staff"

    bill_partner(partner=northwind, now=first)
    request_due_bills(first)

    assert (Invoice.objects.get().state, Job.objects.count()) == ("DRAFT", 0)
    settings.INVOICES_ISSUED = "clock"
    request_due_bills(first)
    assert Job.objects.count() == 1


@pytest.mark.parametrize(
    "switch_off",
    [lambda: BillingAccount.objects.update(is_billed=False), lambda: Partner.objects.update(is_active=False)],
    ids=["billing", "partner"],
)
def test_the_clock_leaves_a_draft_where_billing_was_switched_off_meanwhile(
    billed, northwind, october, first, switch_off
):
    draft_invoice(partner=northwind, month=october, actor="The clock", now=first)
    switch_off()

    request_due_bills(first)
    bill_partner(partner=northwind, now=first)

    assert (Invoice.objects.get().state, Job.objects.count()) == ("DRAFT", 0)


def test_a_month_is_invoiced_once(issued, northwind, october):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_invoice(northwind, number="2026-0099", month=october.first, total="1.00", due_on=date(2026, 12, 1))


def test_a_partner_has_one_plan_at_a_time(billed, northwind, rival):
    with pytest.raises(IntegrityError), transaction.atomic():
        Subscription.objects.create(
            partner=northwind, plan=billed.plan, product=billed.product, starts_on=date(2027, 1, 1)
        )

    make_billing(rival, price="4.00")
    billed.ends_on = date(2026, 12, 31)
    billed.save()
    Subscription.objects.create(partner=northwind, plan=billed.plan, product=billed.product, starts_on=date(2027, 1, 1))


def test_what_is_expected_is_what_the_month_costs_until_today(billed, northwind, acme, october):
    november = october.after
    count_days(acme, [(november.first, 12), (november.first + timedelta(days=1), 15)])

    expected = expected_invoice(northwind, november.first + timedelta(days=1))

    assert (expected.on, expected.seats, expected.seats_amount) == (date(2026, 12, 1), 12, Decimal("48.00"))
    assert (expected.pro_rata, expected.tax, expected.total) == (Decimal("0.40"), Decimal("9.68"), Decimal("58.08"))
    assert charges_of(partner=northwind, month=november.after, until=november.last) == []
    assert expected_invoice(northwind, date(2027, 1, 5)) is None


def test_seats_are_shown_month_by_month_and_as_they_are_today(billed, northwind, acme, bolt, october):
    assert seats_by_month(northwind, october.before.last) is None
    november = october.after.first
    count_days(acme, [(november, 11), (november + timedelta(days=3), 12)])
    count_days(bolt, [(november + timedelta(days=3), 2)])

    trend = seats_by_month(northwind, november + timedelta(days=4))

    assert [(day.isoformat(), seats) for day, seats in trend.points] == [
        ("2026-10-01", 10), ("2026-11-01", 11), ("2026-11-04", 14),
    ]  # fmt: skip
    assert (trend.today, trend.added, trend.since) == (14, 3, november)
