"""Money that went back, or was written down and never came. What it had paid is open again."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Sum

from accounts import audit
from accounts.models import User
from billing.actions.accounts import locked_account
from billing.actions.allocations import release
from billing.actions.seats import day_of
from billing.models import Payment


class MoreThanCameIn(Exception):
    """More would go back than came in. The message says how much there is."""


@transaction.atomic
def return_payment(
    *, payment: Payment, amount: Decimal, reason: str, submission: UUID, actor: User, now: datetime
) -> Payment:
    """Write down that ``amount`` of a received payment went back today, or never came, and return that entry.

    The payment itself stays where it is: statements of days before still count it. The same form sent again returns
    what it wrote. Raises `MoreThanCameIn`.
    """
    locked_account(payment.partner_id)
    # Whoever sends the form a second time has waited for the lock, and finds what the first one made.
    if made := Payment.objects.filter(partner_id=payment.partner_id, submission=submission).first():
        return made
    there = payment.amount - (payment.returned.aggregate(sum=Sum("amount"))["sum"] or Decimal(0))
    if amount > there:
        raise MoreThanCameIn(f"Only {there} {payment.currency} of this payment are left to go back.")
    return write_return(payment=payment, amount=amount, reason=reason, submission=submission, actor=actor, now=now)


def write_return(
    *, payment: Payment, amount: Decimal, reason: str, actor: User | str, now: datetime, submission: UUID | None = None
) -> Payment:
    """Write a return down, under the lock the caller holds, for an amount the caller has looked at."""
    today = max(day_of(now), payment.received_on)
    release(payment, amount, on=today)
    back = Payment.objects.create(
        partner_id=payment.partner_id, kind=Payment.Kind.RETURN, state=Payment.State.RECEIVED, amount=amount,
        currency=payment.currency, received_on=today, reference=reason[:140], returns=payment,
        made_by=actor if isinstance(actor, User) else None,
        made_by_name=actor.full_name if isinstance(actor, User) else actor, submission=submission or uuid4(),
        created_at=now,
    )  # fmt: skip
    audit.record(
        "payment.returned", partner_id=payment.partner_id, actor=actor, target=payment, at=now,
        details={"amount": f"{amount} {payment.currency}", "reason": back.reference},
    )  # fmt: skip
    return back
