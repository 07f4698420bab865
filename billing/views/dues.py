"""What a company has to pay and by when: on the first page of Billing and on the dashboard."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Min, Q

from billing import books
from billing.books import Ageing
from billing.models import Invoice
from billing.views.accounts import Books


@dataclass(frozen=True)
class Dues:
    """``first_on`` is the day the oldest open invoice was or is due, ``next_on`` the next day one becomes due; ``only``
    is the open invoice where there is just one.
    """

    age: Ageing
    currency: str
    count: int
    overdue_count: int
    first_on: date | None
    next_on: date | None
    only: Invoice | None


def dues_of(mine: Books) -> Dues:
    """Return what is to pay today, in five queries at most."""
    to_pay = mine.invoices.to_pay()
    found = to_pay.order_by().aggregate(
        count=Count("pk"),
        overdue_count=Count("pk", filter=Q(due_on__lt=mine.today)),
        first_on=Min("due_on"),
        next_on=Min("due_on", filter=Q(due_on__gte=mine.today)),
    )
    age = books.ageing(mine.invoices, mine.payments, mine.today)
    return Dues(age=age, currency=mine.currency, only=to_pay.first() if found["count"] == 1 else None, **found)
