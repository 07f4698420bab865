"""What the database itself holds to, whoever asks."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, DataError, IntegrityError, connection, transaction
from django.utils import timezone

from billing.models import Allocation, BillingAccount, Invoice, InvoiceLine, Payment, Plan
from billing.tests.factories import make_billing, make_invoice


@pytest.fixture
def invoice(northwind) -> Invoice:
    return make_invoice(
        northwind, number="2026-1", month=date(2026, 10, 1), total="121.00", tax="21.00", due_on=date(2026, 11, 30)
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda invoice: Invoice.objects.filter(pk=invoice.pk).update(total=1, net=1, tax=0),
        lambda invoice: Invoice.objects.filter(pk=invoice.pk).update(state="DRAFT", number="", issued_on=None),
        lambda invoice: invoice.delete(),
        lambda invoice: invoice.lines.update(amount=1),
        lambda invoice: invoice.lines.all().delete(),
        lambda invoice: InvoiceLine.objects.create(invoice=invoice, position=2, what="More", quantity=1, amount=1),
    ],
    ids=["amount", "back to a draft", "removal", "line", "line removed", "line added"],
)
def test_what_is_issued_never_changes(invoice, change):
    with pytest.raises(DatabaseError), transaction.atomic():
        change(invoice)

    invoice.refresh_from_db()
    assert (invoice.total, [line.amount for line in invoice.lines.all()]) == (Decimal("121.00"), [Decimal("100.00")])


@pytest.fixture
def money(northwind):
    """One row of each table that holds figures, none of them issued or received yet."""
    subscription, now = make_billing(northwind), timezone.now()
    paid = make_invoice(northwind, number="2026-2", month=date(2026, 9, 1), total="9.00", due_on=date(2026, 11, 30))
    draft = Invoice.objects.create(
        partner=northwind, period_start=date(2026, 8, 1), period_end=date(2026, 8, 31), currency="EUR", created_at=now
    )
    line = InvoiceLine.objects.create(invoice=draft, position=1, what="Seats", quantity=1, unit_price=4, amount=4)
    payment = Payment.objects.create(
        partner=northwind, kind="CARD", amount=1, currency="EUR", made_by_name="Ada", created_at=now
    )
    allocation = {"payment_id": payment.pk, "invoice_id": paid.pk, "allocated_on": now.date(), "amount": 1}
    return {Plan: subscription.plan, BillingAccount: northwind.billing_account, Invoice: draft, InvoiceLine: line,
            Payment: payment, Allocation: allocation}  # fmt: skip


@pytest.mark.parametrize("figure", ["NaN", "Infinity", "-1"])
@pytest.mark.parametrize(
    ("model", "columns"),
    [
        (Plan, "seat_price"),
        (BillingAccount, "tax_rate"),
        (Invoice, "tax_rate"),
        (Invoice, "net"),
        (Invoice, "net, total"),
        (Invoice, "tax, total"),
        (InvoiceLine, "unit_price"),
        (InvoiceLine, "amount"),
        (Payment, "amount"),
    ],
)
def test_every_price_amount_and_rate_is_a_number(money, model, columns, figure):
    """Django would not send these; whoever writes to the tables by hand can."""
    sets = ", ".join(f"{column} = %s" for column in columns.split(", "))

    # A column with as many places as ours takes no infinity at all, before any check.
    with pytest.raises(DataError if figure == "Infinity" else IntegrityError, match=_WHY[figure]):
        _write(
            f"UPDATE {model._meta.db_table} SET {sets} WHERE id = %s",
            [*[figure] * len(columns.split(", ")), money[model].pk],
        )


def test_a_price_has_an_end(money):
    _write("UPDATE billing_plan SET seat_price = %s", ["999999.9999"])

    for table, column in (("billing_plan", "seat_price"), ("billing_invoiceline", "unit_price")):
        with pytest.raises((DataError, IntegrityError)):
            _write(f"UPDATE {table} SET {column} = %s", ["1000000"])


@pytest.mark.parametrize("figure", ["NaN", "Infinity", "-1", "0"])
def test_what_an_allocation_pays_is_a_number(money, figure):
    row = money[Allocation] | {"amount": figure}

    with pytest.raises(DataError if figure == "Infinity" else IntegrityError, match=_WHY.get(figure, "check")):
        _write(f"INSERT INTO billing_allocation ({', '.join(row)}) VALUES (%s, %s, %s, %s)", list(row.values()))


_WHY = {"NaN": "check constraint", "Infinity": "overflow", "-1": "check constraint"}


def _write(statement, values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
