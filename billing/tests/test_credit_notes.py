"""Credit notes: never more than the invoice, in a series of their own, and the invoice is open no longer."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import AuditEntry
from accounts.sentences import sentence
from billing.actions.credit_notes import CannotBeCredited, credit_invoice, creditable
from billing.actions.drafts import draft_invoice
from billing.actions.invoices import issue_invoice
from billing.actions.transfers import record_transfer
from billing.models import Invoice, NumberRange, Payment
from billing.models.standing import standing_of
from billing.tests.factories import count_days, make_billing, make_invoice
from notifications.models import OutgoingEmail

D = Decimal


@pytest.fixture
def invoice(northwind, cast):
    make_billing(northwind)
    return make_invoice(
        northwind, number="2026-0001", month=date(2026, 10, 1), total="121.00", tax="21.00", tax_rate=D(21),
        due_on=date(2026, 11, 30),
    )  # fmt: skip


@pytest.fixture
def credit(invoice, cast, first):
    def _credit(amount, reason="Billed by mistake.", of=invoice):
        return credit_invoice(invoice=of, amounts={1: D(amount)}, reason=reason, actor=cast["ada"].user, now=first)

    return _credit


def open_of(invoice):
    return Invoice.objects.with_open_amount().get(pk=invoice.pk).open_amount


def test_what_is_credited_is_no_longer_open(invoice, credit, first, northwind, cast):
    note = credit("40.00")

    assert (note.number, note.net, note.tax, note.total) == ("2026-C-0001", D("40.00"), D("8.40"), D("48.40"))
    assert (open_of(invoice), open_of(note), creditable(invoice)) == (D("72.60"), 0, {1: D("60.00")})
    assert (note.credits, [line.note for line in note.lines.all()]) == (invoice, ["of invoice 2026-0001"])
    entry = AuditEntry.objects.get(action="invoice.credited", chain__partner=northwind)
    assert sentence(entry) == (
        "issued credit note 2026-C-0001 over 48.40 EUR for invoice 2026-0001: Billed by mistake."
    )
    mail = OutgoingEmail.objects.get(kind="invoice_issued")
    assert (mail.to, mail.subject) == (cast["ada"].user.email, "Credit note 2026-C-0001: €48.40")


def test_all_parts_together_take_back_exactly_the_invoice(invoice, credit, first):
    # Rounded each by itself, the tax of these would be a cent too little.
    notes = [credit("14.29") for _ in range(6)] + [credit("14.26")]

    assert sum(note.total for note in notes) == invoice.total
    assert open_of(invoice) == 0
    assert standing_of(Invoice.objects.with_standing().get(pk=invoice.pk), first.date()).words == "Credited 1 Nov"
    with pytest.raises(CannotBeCredited, match="up to 0.00 EUR"):
        credit("0.01")


@pytest.mark.parametrize("amount", ["100.01", "-1", "NaN", "Infinity", "1000000000"])
def test_never_more_than_the_invoice_or_what_is_no_amount(invoice, credit, amount):
    with pytest.raises(CannotBeCredited):
        credit(amount)

    assert not Invoice.objects.filter(kind="CREDIT_NOTE").exists()


def test_nothing_and_what_is_no_invoice_cannot_be_credited(invoice, credit, northwind):
    with pytest.raises(CannotBeCredited, match="one line at least"):
        credit("0")
    note = credit("10.00")

    with pytest.raises(CannotBeCredited, match="Only an issued invoice"):
        credit("1.00", of=note)
    with pytest.raises(DatabaseError), transaction.atomic():
        note.delete()


@pytest.fixture
def september(northwind, invoice):
    return make_invoice(northwind, number="2026-0002", month=date(2026, 9, 1), total="50.00", due_on=date(2026, 11, 30))


@pytest.fixture
def issue_november(invoice, northwind, acme, october, first):
    """Issue an invoice over 15 seats at 4.10, once somebody asks for it."""

    def _issue():
        NumberRange.objects.create(series="2026", last=1)
        count_days(acme, [(october.after.first, 15)])
        november = draft_invoice(partner=northwind, month=october.after, actor="The clock", now=first)
        return issue_invoice(invoice=november, actor="The clock", now=first + timedelta(days=30))

    return _issue


def pay(payer, partner, amount, *invoices):
    return record_transfer(
        partner=partner, amount=D(amount), received_on=date(2026, 11, 1), reference="T", invoices=list(invoices),
        tells_partner=False, submission=uuid4(), actor=payer.user, now=timezone.now(),
    )  # fmt: skip


def test_what_is_left_of_a_credit_note_pays_another_invoice_at_once(invoice, credit, northwind, cast, september):
    pay(cast["ada"], northwind, "100.00", invoice)

    # 48.40 of it, of which 21.00 are open still.
    note = credit("40.00")

    assert (open_of(invoice), open_of(note), open_of(september)) == (0, 0, D("22.60"))


def test_what_is_left_of_a_credit_note_pays_the_next_invoice_when_that_is_issued(
    invoice, credit, northwind, cast, issue_november
):
    pay(cast["ada"], northwind, "121.00", invoice)
    note = credit("40.00")
    assert open_of(note) == D("48.40")

    november = issue_november()

    assert (open_of(note), open_of(november)) == (0, D("13.10"))


def test_a_deposit_pays_the_next_invoice_when_that_is_issued(invoice, northwind, cast, issue_november):
    pay(cast["ada"], northwind, "151.00", invoice)

    november = issue_november()

    assert (open_of(november), Payment.objects.with_unused().get().unused) == (D("31.50"), 0)


def test_money_goes_before_credit_where_it_came_first(invoice, credit, northwind, cast, september):
    """A deposit of the 1st waits beside an open invoice; what a credit note frees comes after it."""
    pay(cast["ada"], northwind, "130.00", invoice)

    note = credit("100.00")

    # The deposit of 9.00 and 41.00 of the credit note.
    assert (open_of(september), Payment.objects.with_unused().get().unused, open_of(note)) == (0, 0, D("80.00"))
