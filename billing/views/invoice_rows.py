"""Invoices as lists print them."""

from dataclasses import dataclass
from datetime import date

from billing.models import Invoice
from billing.models.standing import Standing, standing_of


@dataclass(frozen=True)
class InvoiceRow:
    """One line of a list of invoices."""

    invoice: Invoice
    standing: Standing
    period: str
    days_overdue: int


def invoice_row(invoice: Invoice, today: date) -> InvoiceRow:
    """Return the line of an invoice that comes from `InvoiceQuerySet.with_standing`."""
    return InvoiceRow(
        invoice=invoice,
        standing=standing_of(invoice, today),
        period=f"{invoice.period_start:%B %Y}",
        days_overdue=max((today - invoice.due_on).days, 0),
    )
