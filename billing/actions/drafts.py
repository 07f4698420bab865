"""Drafting the invoice of a month from the seats that were counted. A draft can be made anew until it is issued."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts import audit
from accounts.models import Partner, User
from billing.actions.accounts import locked_account
from billing.actions.charges import Charge, charges_of
from billing.models import BillingAccount, Invoice, InvoiceLine, SeatDay, Subscription
from billing.models.money import rounded
from billing.months import Month

_NO_ACCOUNT = "There is no billing account."


class NotBilled(Exception):
    """There is no invoice to be made; the message says why."""


@transaction.atomic
def draft_invoice(*, partner: Partner, month: Month, actor: User | str, now: datetime) -> Invoice:
    """Draft the invoice of a month, or make the draft there is anew, and return it; an issued one stays as it is.

    Raises `NotBilled` for a partner without an account or plan, and for a month without seats.
    """
    try:
        account = locked_account(partner.pk)
    except BillingAccount.DoesNotExist:
        raise NotBilled(_NO_ACCOUNT) from None
    if why := why_not_billed(partner, month):
        raise NotBilled(why)
    invoice = partner.invoices.invoices().filter(period_start=month.first).first()
    if invoice is not None and invoice.state == Invoice.State.ISSUED:
        return invoice
    charges = charges_of(partner=partner, month=month, until=month.last)
    return _write(invoice, account, month, charges, actor=actor, now=now)


def why_not_billed(partner: Partner, month: Month) -> str:
    """Return why a partner has no invoice for a month, in a sentence; empty where it has one or will have."""
    account = BillingAccount.objects.select_related("partner").filter(partner=partner).first()
    if account is None:
        return _NO_ACCOUNT
    if not account.partner.is_active:
        return "The partner is switched off."
    if not account.is_billed:
        return "Billing is switched off."
    held = partner.subscriptions.within(month.first, month.last)
    if not held.exists():
        return f"There was no plan in {month}."
    if odd := held.in_another_currency().select_related("plan").first():
        return f"The plan {odd.plan} is in another currency than the account, which is in {account.currency}."
    if not with_seats(month).filter(partner=partner).exists():
        return f"No seats were counted in {month}."
    return ""


def with_seats(month: Month) -> QuerySet[Subscription]:
    """Return the subscriptions with a seat that was counted in the month, and a price in the account's currency."""
    counted = SeatDay.objects.between(month.first, month.last).filter(
        partner=OuterRef("partner"), product=OuterRef("product"), seats__gt=0, day__gte=OuterRef("starts_on")
    )
    held = Subscription.objects.within(month.first, month.last)
    return (
        held.filter(plan__currency=F("partner__billing_account__currency"))
        .filter(Q(ends_on=None) & Exists(counted) | Q(Exists(counted.filter(day__lte=OuterRef("ends_on")))))
        .order_by()
    )


def sums_of(charges: Iterable[Charge], tax_rate: Decimal) -> tuple[Decimal, Decimal]:
    """Return net and tax: the tax is reckoned once, from the sum, and rounded to the cent."""
    net = sum((charge.amount for charge in charges), Decimal(0))
    return net, rounded(net * tax_rate / 100)


def _write(
    invoice: Invoice | None, account: BillingAccount, month: Month, charges: list[Charge], *, actor: User | str,
    now: datetime,
) -> Invoice:  # fmt: skip
    is_new = invoice is None
    invoice = invoice or Invoice(partner=account.partner, period_start=month.first)
    invoice.period_end, invoice.currency, invoice.created_at = month.last, account.currency, now
    invoice.reference, invoice.tax_name, invoice.tax_rate = account.reference, account.tax_name, account.tax_rate
    invoice.net, invoice.tax = sums_of(charges, account.tax_rate)
    invoice.total = invoice.net + invoice.tax
    invoice.save()
    invoice.lines.all().delete()
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=invoice, position=position, what=charge.what, note=charge.note, quantity=charge.quantity,
            unit_price=charge.unit_price, amount=charge.amount,
        )
        for position, charge in enumerate(charges, start=1)
    )  # fmt: skip
    details = {"partner": account.partner.name, "month": str(month), "total": f"{invoice.total} {invoice.currency}"}
    verb = "invoice.drafted" if is_new else "invoice.drafted_anew"
    audit.record(verb, partner_id=None, actor=actor, target=invoice, at=now, details=details)
    return invoice
