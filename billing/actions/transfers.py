"""Money that came by bank transfer, written down by the platform's staff."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import Partner, User
from billing.actions import notices
from billing.actions.accounts import locked_account
from billing.actions.allocations import allocate_payment
from billing.models import Invoice, Payment


@dataclass(frozen=True)
class Forecast:
    """What a transfer would pay: (invoice, how much of it), and what would be left as a deposit."""

    parts: list[tuple[Invoice, Decimal]]
    deposit: Decimal
    currency: str


def forecast(*, partner: Partner, amount: Decimal, invoices: list[Invoice]) -> Forecast:
    """Return what `record_transfer` would do at this moment, and change nothing."""
    currency = partner.billing_account.currency
    parts, left = [], amount
    for invoice in invoices or Invoice.objects.filter(partner=partner, currency=currency).to_pay():
        if part := min(left, invoice.open_amount):
            parts.append((invoice, part))
            left -= part
    return Forecast(parts, left, currency)


@transaction.atomic
def record_transfer(
    *, partner: Partner, amount: Decimal, received_on: date, reference: str, invoices: list[Invoice],
    tells_partner: bool, submission: UUID, actor: User, now: datetime,
) -> Payment:  # fmt: skip
    """Write down money that came in; it pays ``invoices`` in their order, or else what is due first.

    What is left is a deposit. With ``tells_partner`` those with billing rights get a receipt. The same form sent again
    returns what it wrote. Raises `BillingAccount.DoesNotExist` for a partner that is not billed.
    """
    account = locked_account(partner.pk)
    payment = Payment(
        partner=partner, kind=Payment.Kind.TRANSFER, state=Payment.State.RECEIVED, amount=amount,
        currency=account.currency, received_on=received_on, reference=reference, made_by=actor,
        made_by_name=actor.full_name, meant_for=[str(invoice.uuid) for invoice in invoices], submission=submission,
        created_at=now,
    )  # fmt: skip
    try:
        with transaction.atomic():
            payment.save(force_insert=True)
    except IntegrityError:
        made = Payment.objects.filter(partner=partner, submission=submission).first()
        if made is None:
            raise
        return made
    left = allocate_payment(payment, first=payment.meant_for, on=received_on)
    audit.record("payment.recorded", partner_id=partner.pk, actor=actor, target=payment, at=now)
    if tells_partner:
        notices.mail_transfer(payment, deposit=left)
    return payment
