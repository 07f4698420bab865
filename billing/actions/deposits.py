"""Using deposits and credit when somebody asks for it; when an invoice is issued that happens by itself."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts import audit
from accounts.models import Partner, User
from billing.actions.accounts import locked_account
from billing.actions.allocations import use_deposits
from billing.actions.seats import day_of
from billing.money_words import amount_words


@transaction.atomic
def use_deposits_now(*, partner: Partner, actor: User, now: datetime) -> Decimal:
    """Let what is left of payments and credit notes pay what is due first, and return how much that was.

    Raises `BillingAccount.DoesNotExist` for a partner that is not billed.
    """
    account = locked_account(partner.pk)
    used = use_deposits(account, on=day_of(now))
    if used:
        details = {"amount": amount_words(used, account.currency)}
        audit.record("payment.deposit_used", partner_id=partner.pk, actor=actor, at=now, details=details)
    return used
