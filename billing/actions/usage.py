"""What is known before a month is over: what it will cost as it stands, and how seats grew."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from accounts.models import Partner
from billing.actions.charges import charges_of
from billing.actions.drafts import sums_of
from billing.models import BillingAccount
from billing.months import Month

MONTHS_SHOWN = 12


@dataclass(frozen=True)
class Expected:
    """The next invoice as daily usage until today makes it: ``on`` is its day, ``seats`` those of the first day."""

    on: date
    currency: str
    seats: int
    seats_amount: Decimal
    pro_rata: Decimal
    tax_name: str
    tax: Decimal
    total: Decimal


@dataclass(frozen=True)
class SeatTrend:
    """(day, seats) on the first of each month and today, oldest first; ``added`` is the change ``since`` the last
    first of a month that was counted.
    """

    points: list[tuple[date, int]]
    today: int
    added: int
    since: date


def expected_invoice(partner: Partner, today: date) -> Expected | None:
    """Return what the partner's present month costs as far as it was counted, or None where nothing will be billed."""
    account = BillingAccount.objects.filter(partner=partner, is_billed=True).first()
    month = Month.holding(today)
    if account is None or partner.subscriptions.within(month.first, month.last).in_another_currency().exists():
        return None
    charges = charges_of(partner=partner, month=month, until=today)
    if not charges:
        return None
    net, tax = sums_of(charges, account.tax_rate)
    base = [charge for charge in charges if charge.is_base]
    seats_amount = sum((charge.amount for charge in base), Decimal(0))
    return Expected(
        on=month.after.first, currency=account.currency, seats=sum(charge.quantity for charge in base),
        seats_amount=seats_amount, pro_rata=net - seats_amount, tax_name=account.tax_name, tax=tax, total=net + tax,
    )  # fmt: skip


def seats_by_month(partner: Partner, today: date) -> SeatTrend | None:
    """Return the seats of the last twelve months and of today, or None where nothing was counted yet.

    Today's are those of the newest count; a first of a month that nobody counted is left out.
    """
    months = [Month.holding(today)]
    while len(months) < MONTHS_SHOWN:
        months.append(months[-1].before)
    newest = partner.seat_days.between(months[-1].first, today).last_day()
    if newest is None:
        return None
    days = {month.first for month in months} | {newest}
    points = list(partner.seat_days.filter(day__in=days).values_list("day").annotate(Sum("seats")).order_by("day"))
    since, before = points[-2] if len(points) > 1 and points[-1][0].day != 1 else points[-1]
    return SeatTrend(points, today=points[-1][1], added=points[-1][1] - before, since=since)
