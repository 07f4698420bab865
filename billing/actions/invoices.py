"""Issuing invoices, and sending them to whoever may see them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.countries import country_choices
from accounts.models import Membership, Partner, User
from billing.actions.accounts import locked_account, people_billing_is_open_for
from billing.actions.allocations import use_deposits
from billing.actions.numbers import next_number
from billing.actions.seats import day_of
from billing.models import BillingAccount, Invoice
from billing.money_words import amount_words
from notifications import billing_emails


class CannotBeIssued(Exception):
    """The draft stays a draft; the message says why."""


@transaction.atomic
def issue_invoice(*, invoice: Invoice, actor: User | str, now: datetime) -> Invoice:
    """Turn a draft into an invoice: it gets its number, is due from today on, never changes again, and is mailed.

    Raises `CannotBeIssued` where its month is not over, nobody is set as the seller, or it was issued already.
    """
    account = locked_account(invoice.partner_id)
    invoice = Invoice.objects.select_for_update(of=("self",)).select_related("partner").get(pk=invoice.pk)
    today = day_of(now)
    if invoice.state == Invoice.State.ISSUED:
        raise CannotBeIssued(f"It was issued already, as {invoice.number}.")
    if invoice.period_end >= today:
        raise CannotBeIssued("Its month is not over.")
    if not settings.BILLING_SELLER:
        raise CannotBeIssued("Setting BILLING_SELLER names nobody who sells.")
    invoice.state, invoice.number = Invoice.State.ISSUED, next_number(str(today.year))
    invoice.issued_on, invoice.due_on = today, today + timedelta(days=account.payment_days)
    invoice.seller, invoice.buyer = "\n".join(settings.BILLING_SELLER), buyer_text(invoice.partner, account)
    invoice.save()
    details = {"total": f"{invoice.total} {invoice.currency}", "due": invoice.due_on.isoformat()}
    audit.record("invoice.issued", partner_id=invoice.partner_id, actor=actor, target=invoice, at=now, details=details)
    use_deposits(account, on=today)
    mail_invoice(invoice, people_billing_is_open_for(invoice.partner), key="issued")
    return invoice


@transaction.atomic
def email_invoice(*, invoice: Invoice, people: Iterable[Membership], actor: User, now: datetime) -> None:
    """Mail an issued invoice to some of those who may see it."""
    people = list(people)
    mail_invoice(invoice, people)
    names = ", ".join(sorted(member.user.full_name for member in people))
    audit.record(
        "invoice.emailed", partner_id=invoice.partner_id, actor=actor, target=invoice, at=now, details={"to": names}
    )


def mail_invoice(invoice: Invoice, people: Iterable[Membership], *, key: str = "") -> None:
    """Put one mail for each of ``people`` into the outbox; with a ``key`` only if there was none with it."""
    amount = amount_words(invoice.total, invoice.currency)
    for member in people:
        billing_emails.invoice_issued(
            to=member.user.email, name=member.user.first_name, partner=invoice.partner.name,
            document=invoice.get_kind_display(), number=invoice.number, amount=amount,
            issued_on=invoice.issued_on, due_on=invoice.due_on, period_start=invoice.period_start,
            is_to_pay=invoice.kind == Invoice.Kind.INVOICE and invoice.total > 0,
            invoice_url=settings.BASE_URL + invoice.get_absolute_url(),
            key=f"invoice:{invoice.uuid}:{key}:{member.user_id}" if key else "",
        )  # fmt: skip


def buyer_text(partner: Partner, account: BillingAccount) -> str:
    """Return who buys as it is printed: name, address, tax number."""
    place = " ".join(filter(None, [partner.city, partner.postal_code]))
    address = ", ".join(filter(None, [partner.address, place]))
    country = dict(country_choices())[partner.country] if partner.country else ""
    return "\n".join(filter(None, [partner.name, address, country, account.tax_number]))
