"""Taking back what an invoice charged: wholly, or of some of its lines a part."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from accounts import audit
from accounts.models import User
from billing.actions.accounts import locked_account, people_billing_is_open_for
from billing.actions.allocations import allocate_credit_note, use_deposits
from billing.actions.invoices import buyer_text, mail_invoice
from billing.actions.numbers import next_number
from billing.actions.seats import day_of
from billing.models import BillingAccount, Invoice, InvoiceLine
from billing.models.money import rounded


class CannotBeCredited(Exception):
    """Nothing is taken back; the message says why."""


def creditable(invoice: Invoice) -> dict[int, Decimal]:
    """Return what is left to credit of each line, net, by the line's position."""
    lines = InvoiceLine.objects.filter(invoice__credits=invoice).values_list("position")
    credited = dict(lines.annotate(Sum("amount")).order_by())
    return {line.position: line.amount - credited.get(line.position, Decimal(0)) for line in invoice.lines.all()}


@transaction.atomic
def credit_invoice(
    *,
    invoice: Invoice,
    amounts: Mapping[int, Decimal],
    reason: str,
    actor: User,
    now: datetime,
    seen: int | None = None,
) -> Invoice:
    """Issue a credit note over ``amounts``, net by the position of the invoice's line, and return it.

    It pays its invoice as far as that is open, and others with what is left. Raises `CannotBeCredited` for a
    draft or a credit note, for nothing at all, for more than is left of a line, and where the invoice has other than
    the ``seen`` credit notes by now: the same form sent twice credits once.
    """
    account = locked_account(invoice.partner_id)
    if seen is not None and invoice.credit_notes.count() != seen:
        raise CannotBeCredited("Another credit note was issued meanwhile. See what is left, and enter it again.")
    amounts = {position: amount for position, amount in amounts.items() if amount}
    _check(invoice, amounts)
    today, net = day_of(now), sum(amounts.values(), Decimal(0))
    tax = _tax_of(invoice, net)
    note = Invoice.objects.create(
        partner=account.partner, kind=Invoice.Kind.CREDIT_NOTE, period_start=invoice.period_start,
        period_end=invoice.period_end, currency=invoice.currency, credits=invoice, reason=reason,
        reference=invoice.reference, net=net, tax_name=invoice.tax_name, tax_rate=invoice.tax_rate, tax=tax,
        total=net + tax, created_at=now,
    )  # fmt: skip
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=note, position=line.position, what=line.what, note=f"of invoice {invoice.number}",
            quantity=line.quantity, unit_price=None, amount=amounts[line.position],
        )
        for line in invoice.lines.filter(position__in=amounts)
    )  # fmt: skip
    _issue(note, invoice, account, today)
    details = {"invoice": invoice.number, "total": f"{note.total} {note.currency}", "reason": reason}
    audit.record("invoice.credited", partner_id=note.partner_id, actor=actor, target=note, at=now, details=details)
    mail_invoice(note, people_billing_is_open_for(account.partner), key="issued")
    return note


def _check(invoice: Invoice, amounts: Mapping[int, Decimal]) -> None:
    if invoice.state != Invoice.State.ISSUED or invoice.kind != Invoice.Kind.INVOICE:
        raise CannotBeCredited("Only an issued invoice can be credited. A draft is made anew instead.")
    if not amounts:
        raise CannotBeCredited("Enter what is taken back of one line at least.")
    left = creditable(invoice)
    for position, amount in amounts.items():
        most = left.get(position, Decimal(0))
        if not amount.is_finite() or not Decimal(0) < amount <= most or amount != rounded(amount):
            raise CannotBeCredited(f"Of line {position} up to {most} {invoice.currency} can be credited, not {amount}.")


def _tax_of(invoice: Invoice, net: Decimal) -> Decimal:
    """Return the tax on what is taken back. Of the last part it is all that is left, whatever was rounded before."""
    before = invoice.credit_notes.aggregate(net=Sum("net", default=Decimal(0)), tax=Sum("tax", default=Decimal(0)))
    left = invoice.tax - before["tax"]
    if before["net"] + net == invoice.net:
        return left
    return min(rounded(net * invoice.tax_rate / 100), left)


def _issue(note: Invoice, invoice: Invoice, account: BillingAccount, today: date) -> None:
    note.state, note.number = Invoice.State.ISSUED, next_number(f"{today.year}-C")
    note.issued_on = note.due_on = today
    note.seller, note.buyer = "\n".join(settings.BILLING_SELLER) or invoice.seller, buyer_text(account.partner, account)
    note.save()
    allocate_credit_note(note, on=today)
    use_deposits(account, on=today)
