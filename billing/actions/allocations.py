"""Which money pays which invoice. The caller holds the lock of the billing account (`locked_account`)."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db.models import Max

from billing.models import Allocation, BillingAccount, Invoice, Payment


def allocate_payment(payment: Payment, *, first: Iterable[str] = (), on: date) -> Decimal:
    """Let money that came in pay invoices, and return what is left of it: a deposit.

    Those named by their uuid in ``first`` are paid in that order, as far as they are open still. Where none was named
    the money pays whatever is due first.
    """
    chosen = [str(one) for one in first]
    to_pay = {str(one.uuid): one for one in _open_invoices(payment.partner_id, payment.currency)}
    wanted = [to_pay[one] for one in chosen if one in to_pay] if chosen else list(to_pay.values())
    return _pay(wanted, payment.amount, on=on, payment=payment)


def allocate_credit_note(note: Invoice, *, on: date) -> Decimal:
    """Let an issued credit note pay its own invoice as far as that is open; return what is left to be used."""
    own = [one for one in _open_invoices(note.partner_id, note.currency) if one.pk == note.credits_id]
    return _pay(own, note.total, on=on, credit_note=note)


def use_deposits(account: BillingAccount, *, on: date) -> Decimal:
    """Let what is left of payments and credit notes pay open invoices, the oldest money for what is due first.

    Returns how much was used.
    """
    to_pay = _open_invoices(account.partner_id, account.currency)
    used = Decimal(0)
    for source, left in _left_over(account):
        rest = _pay(to_pay, left, on=on, **source)
        used += left - rest
    return used


def release(payment: Payment, amount: Decimal, *, on: date) -> None:
    """Take ``amount`` of a payment back from the invoices it paid, the last one first; they are open again from ``on``.

    What is a deposit is taken first. Call it before the return itself is written down.
    """
    unused = Payment.objects.filter(pk=payment.pk).with_unused().get().unused
    missing = amount - unused
    for allocation in payment.allocations.counting().order_by("-allocated_on", "-id"):
        if missing <= 0:
            return
        allocation.released_on = on
        allocation.save(update_fields=["released_on"])
        kept = allocation.amount - missing
        if kept > 0:
            payment.allocations.create(invoice_id=allocation.invoice_id, amount=kept, allocated_on=on)
        missing -= allocation.amount


def _open_invoices(partner_id: int, currency: str) -> list[Invoice]:
    return list(Invoice.objects.filter(partner_id=partner_id, currency=currency).to_pay())


def _left_over(account: BillingAccount) -> list[tuple[dict, Decimal]]:
    """Return (what an allocation names as its source, how much is left of it), the oldest first."""
    own = {"partner_id": account.partner_id, "currency": account.currency}
    payments = Payment.objects.filter(**own).came_in().with_unused().filter(unused__gt=0)
    notes = Invoice.objects.filter(**own).issued().credit_notes().with_open_amount().filter(open_amount__gt=0)
    found = [(one.received_on, {"payment": one}, one.unused) for one in payments.order_by("received_on", "id")]
    found += [(one.issued_on, {"credit_note": one}, one.open_amount) for one in notes.order_by("issued_on", "id")]
    return [(source, left) for _, source, left in sorted(found, key=lambda row: row[0])]


def _pay(invoices: list[Invoice], amount: Decimal, *, on: date, **source) -> Decimal:
    for invoice in invoices:
        part = min(amount, invoice.open_amount)
        if part > 0:
            Allocation.objects.create(invoice=invoice, amount=part, allocated_on=_day_to_pay(invoice, on), **source)
            invoice.open_amount -= part
            amount -= part
    return amount


def _day_to_pay(invoice: Invoice, on: date) -> date:
    """Return the first day from ``on`` on at which ``invoice`` has room for what pays it.

    What was paid ahead counts from the day there is something to pay; and until money that went back was released, it
    paid the invoice: what takes its place counts from that day, however early its value date.
    """
    released_on = invoice.allocations.aggregate(last=Max("released_on"))["last"]
    return max(on, invoice.issued_on, released_on or on)
