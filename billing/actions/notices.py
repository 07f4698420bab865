"""Who is mailed about money, and once for what."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from billing import cards
from billing.actions.accounts import people_billing_is_open_for
from billing.actions.seats import day_of
from billing.models import Invoice, OverdueNotice, Payment
from billing.money_words import amount_words
from notifications import billing_emails

_AT_ONCE = 50
# What was paid gets no notice either: without an end, all invoices of all years would be looked at every minute.
_TOLD_WITHIN = timedelta(days=90)


def mail_receipt(payment: Payment, *, what: str, deposit: Decimal) -> None:
    """Send the receipt whoever paid has asked for."""
    if payment.receipt_to:
        _receipt(payment, payment.receipt_to, what, deposit)


def mail_transfer(payment: Payment, *, deposit: Decimal) -> None:
    """Tell those with billing rights that a bank transfer has arrived."""
    for member in people_billing_is_open_for(payment.partner):
        _receipt(payment, member.user.email, "Bank transfer", deposit)


def mail_trouble(payment: Payment, *, what: str, words: str, key: str = "") -> None:
    """Tell the platform's staff that money did something nobody here asked for; once for a ``key``."""
    for address in settings.PLATFORM_STAFF_EMAILS:
        billing_emails.payment_needs_staff(
            to=address, partner=payment.partner.name, what=what, words=words,
            amount=amount_words(payment.amount, payment.currency), stripe_id=payment.stripe_intent_id,
            desk_url=f"{settings.BASE_URL}{reverse('admin:billing_payment_change', args=[payment.pk])}",
            key=f"{key}-{address}"[:200] if key else "",
        )  # fmt: skip


def tell_overdue(now: datetime) -> None:
    """Mail those with billing rights about invoices that became overdue and that nobody told them of; each once."""
    today = day_of(now)
    late = Invoice.objects.filter(due_on__lt=today, due_on__gte=today - _TOLD_WITHIN, overdue_notice=None)
    overdue = late.to_pay()
    for invoice in overdue.select_related("partner").order_by("id")[:_AT_ONCE]:
        with transaction.atomic():
            notice, is_new = OverdueNotice.objects.get_or_create(invoice=invoice, defaults={"sent_at": now})
            if is_new:
                _mail_overdue(invoice, today)


def _mail_overdue(invoice: Invoice, today: date) -> None:
    for member in people_billing_is_open_for(invoice.partner):
        billing_emails.invoice_overdue(
            to=member.user.email, name=member.user.first_name, partner=invoice.partner.name, number=invoice.number,
            total=amount_words(invoice.total, invoice.currency),
            open_amount=amount_words(invoice.open_amount, invoice.currency),
            is_part=invoice.open_amount < invoice.total, due_on=invoice.due_on, days_late=(today - invoice.due_on).days,
            by_card=cards.is_set_up(),
            pay_url=f"{settings.BASE_URL}{reverse('billing:payment_create')}?invoice={invoice.uuid}",
            key=f"invoice-overdue-{invoice.uuid}-{member.user_id}",
        )  # fmt: skip


def _receipt(payment: Payment, to: str, what: str, deposit: Decimal) -> None:
    paid = payment.allocations.counting().select_related("invoice").order_by("id")
    billing_emails.payment_receipt(
        to=to, partner=payment.partner.name, number=payment.receipt_number, what=what,
        amount=amount_words(payment.amount, payment.currency), received_on=payment.received_on,
        how=payment.reference or payment.get_kind_display(), payer=payment.made_by_name,
        is_card=payment.kind == Payment.Kind.CARD,
        paid=[(one.invoice.number, amount_words(one.amount, payment.currency)) for one in paid],
        deposit=amount_words(deposit, payment.currency) if deposit else "",
        payment_url=f"{settings.BASE_URL}{payment.get_absolute_url()}",
        key=f"payment-receipt-{payment.uuid}-{to}"[:200],
    )  # fmt: skip
