"""What every page about money begins with: whose books, in which currency, as of which day."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from accounts.access import PartnerRequest
from billing.actions.seats import day_of
from billing.models import BillingAccount, Currency, Invoice, Payment
from billing.models.invoice import InvoiceQuerySet
from billing.models.payment import PaymentQuerySet


@dataclass(frozen=True)
class Books:
    """The rows one partner may know about; ``account`` is None where the partner is not billed."""

    account: BillingAccount | None
    currency: str
    invoices: InvoiceQuerySet
    payments: PaymentQuerySet
    today: date


def books_of(request: PartnerRequest) -> Books:
    """Return the books of the company in whose name the person acts; they are kept in the account's currency and by
    days of UTC.
    """
    member = request.membership
    account = BillingAccount.objects.visible_to(member).select_related("partner").first()
    currency = account.currency if account else Currency.EUR.value
    return Books(
        account=account,
        currency=currency,
        invoices=Invoice.objects.visible_to(member).filter(currency=currency),
        payments=Payment.objects.visible_to(member).filter(currency=currency),
        today=day_of(timezone.now()),
    )
