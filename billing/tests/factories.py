"""Rows for tests of billing."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from accounts.models import Partner
from accounts.roles import Product
from billing.models import BillingAccount, Invoice, InvoiceLine, Plan, SeatDay, Subscription
from organizations.models import Organization


def make_billing(
    partner: Partner, *, price: str = "4.10", starts_on: date = date(2026, 1, 1), **account
) -> Subscription:
    """Bill a partner: an account in euros and a plan."""
    BillingAccount.objects.create(partner=partner, **account)
    plan, _ = Plan.objects.get_or_create(
        name=f"Cloud Backup {price}",
        defaults={"product": Product.CLOUD_BACKUP, "currency": "EUR", "seat_price": Decimal(price)},
    )
    return Subscription.objects.create(partner=partner, plan=plan, product=plan.product, starts_on=starts_on)


def make_invoice(
    partner: Partner, *, number: str, month: date, total: str, tax: str = "0.00", due_on: date,
    issued_on: date | None = None, **fields,
) -> Invoice:  # fmt: skip
    """Issue an invoice for a month with one line, as it would stand in the books."""
    end = (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    net = Decimal(total) - Decimal(tax)
    invoice = Invoice.objects.create(
        partner=partner,
        period_start=month,
        period_end=end,
        currency="EUR",
        seller="Portico Operations Ltd",
        buyer=partner.name,
        net=net,
        tax=Decimal(tax),
        tax_name="VAT",
        total=Decimal(total),
        created_at=timezone.now(),
        **fields,
    )
    InvoiceLine.objects.create(
        invoice=invoice, position=1, what="Cloud Backup", quantity=1, unit_price=None, amount=net
    )
    invoice.state, invoice.number = Invoice.State.ISSUED, number
    invoice.issued_on, invoice.due_on = issued_on or end + timedelta(days=1), due_on
    invoice.save()
    return invoice


def count_days(organization: Organization, days: Iterable[tuple[date, int]], **kept) -> None:
    """Count a client's seats on days as if the clock had."""
    SeatDay.objects.bulk_create(
        SeatDay(
            partner_id=organization.partner_id, organization=organization, organization_name=organization.name,
            product=Product.CLOUD_BACKUP, day=day, seats=seats, counted_at=timezone.now(), **kept,
        )
        for day, seats in days
    )  # fmt: skip
