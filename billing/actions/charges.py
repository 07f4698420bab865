"""What a month costs: from the seats that were counted to the lines of an invoice.

The rule (docs/decisions/0019): the seats of the first day are charged for the whole month, seats above them for each
day on which they are there, and fewer seats count from the next month on. Each client is reckoned by itself. A plan
that holds for a part of the month only is charged for each day and seat.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Sum

from accounts.models import Partner
from billing.models import Subscription
from billing.models.money import rounded
from billing.models.seat_day import SeatDayQuerySet
from billing.money_words import price_words
from billing.months import Month
from organizations.counted_words import counted as counted_words

_FREE = Decimal(0)


@dataclass(frozen=True)
class Usage:
    """The seats of one client: ``base`` on the first day; above that ``most`` on one day and ``days`` seat days in
    all; ``seat_days`` is each seat for each day that was counted.
    """

    base: int
    most: int
    days: int
    seat_days: int


@dataclass(frozen=True)
class Charge:
    """One line. ``unit_price`` is None for what is charged by the day; ``is_base`` are the seats of the first day."""

    what: str
    note: str
    quantity: int
    unit_price: Decimal | None
    amount: Decimal
    is_base: bool = False


def usage_of(counted: SeatDayQuerySet, *, base_day: date | None) -> dict[int, Usage]:
    """Return the usage of each client id in ``counted``; nobody has a base without a ``base_day``.

    Asks for how many days a client had how many seats: two rows for a client that grew once, however long the time.
    """
    base = dict(counted.filter(day=base_day).values_list("organization_id", "seats")) if base_day else {}
    most, days, seat_days = defaultdict(int), defaultdict(int), defaultdict(int)
    rows = counted.values_list("organization_id", "seats").annotate(Count("pk")).order_by()
    for client, seats, number_of_days in rows:
        above = max(seats - base.get(client, 0), 0)
        most[client] = max(most[client], above)
        days[client] += above * number_of_days
        seat_days[client] += seats * number_of_days
    return {client: Usage(base.get(client, 0), most[client], days[client], seat_days[client]) for client in most}


def charges_of(*, partner: Partner, month: Month, until: date) -> list[Charge]:
    """Return the lines of a partner's month, from what was counted up to the day ``until``; none without seats."""
    charges, held = [], []
    for plan in partner.subscriptions.within(month.first, min(month.last, until)).select_related("plan"):
        last = min(month.last, until, plan.ends_on or date.max)
        counted = partner.seat_days.filter(product=plan.product).between(max(month.first, plan.starts_on), last)
        held.append((plan, counted))
        charges += _charges_of_plan(plan, counted, month)
    if not charges:
        return []
    return charges + _free_lines(held, month)


def _charges_of_plan(plan: Subscription, counted: SeatDayQuerySet, month: Month) -> list[Charge]:
    is_whole = plan.starts_on <= month.first and (plan.ends_on is None or plan.ends_on >= month.last)
    usage = usage_of(counted, base_day=month.first if is_whole else None)
    base, days = (sum(getattr(one, name) for one in usage.values()) for name in ("base", "days"))
    label, charges = plan.get_product_display(), []
    if base:
        clients = sum(1 for one in usage.values() if one.base)
        note = f"{counted_words(clients, 'organization')}, seats on {_day(month.first)}"
        price = plan.plan.seat_price
        charges.append(Charge(label, note, base, price, rounded(base * price), is_base=True))
    if days:
        what = f"Seats added during {month.first:%B}" if is_whole else f"{label}, {_span(plan, month)}"
        charges.append(_by_the_day(what, usage, plan, month))
    return charges


def _by_the_day(what: str, usage: dict[int, Usage], plan: Subscription, month: Month) -> Charge:
    days, most = (sum(getattr(one, name) for one in usage.values()) for name in ("days", "most"))
    clients = sum(1 for one in usage.values() if one.most)
    price = price_words(plan.plan.seat_price, plan.plan.currency)
    note = (
        f"{counted_words(clients, 'organization')}, {counted_words(days, 'day')} of one seat at {price} ÷ {month.days}"
    )
    return Charge(what, note, most, None, rounded(days * plan.plan.seat_price / month.days))


def _free_lines(held: list[tuple[Subscription, SeatDayQuerySet]], month: Month) -> list[Charge]:
    """Return who was kept free of charge on the last day that was counted, for each product once."""
    newest = {plan.product: counted for plan, counted in held}
    found = defaultdict(int)
    for counted in newest.values():
        sums = counted.filter(day=counted.last_day()).aggregate(
            leavers=Sum("leavers", default=0), shared=Sum("shared_mailboxes", default=0)
        )
        for name, number in sums.items():
            found[name] += number
    lines = (
        ("leavers", f"Leavers kept, {month.first:%B}", "person", "people"),
        ("shared", f"Shared mailboxes, {month.first:%B}", "mailbox", "mailboxes"),
    )
    return [
        Charge(what, f"{found[name]:,} {one if found[name] == 1 else many}, free of charge", found[name], _FREE, _FREE)
        for name, what, one, many in lines
        if found[name]
    ]


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"


def _span(plan: Subscription, month: Month) -> str:
    first, last = max(month.first, plan.starts_on), min(month.last, plan.ends_on or month.last)
    return f"{first.day} to {_day(last)}" if first != last else _day(first)
