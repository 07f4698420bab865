"""Money: decimal, with two places, and never without its currency."""

from decimal import ROUND_HALF_UP, Decimal

from django.db import models
from django.db.models import DecimalField, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce

CENT = Decimal("0.01")
# Every amount is below it, which PostgreSQL's NaN and Infinity are not: both are greater than any number.
AMOUNTS_END = Decimal(10) ** 10
# Likewise for the price of a seat.
PRICES_END = Decimal(10) ** 6


class Currency(models.TextChoices):
    """ISO 4217. Only currencies with two decimal places are here: amounts are kept to the cent."""

    EUR = "EUR", "Euro"
    USD = "USD", "US dollar"
    GBP = "GBP", "Pound sterling"
    CHF = "CHF", "Swiss franc"
    SEK = "SEK", "Swedish krona"
    DKK = "DKK", "Danish krone"
    NOK = "NOK", "Norwegian krone"
    PLN = "PLN", "Polish zloty"
    CZK = "CZK", "Czech koruna"
    CAD = "CAD", "Canadian dollar"
    AUD = "AUD", "Australian dollar"


class MoneyField(models.DecimalField):
    """An amount to the cent."""

    def __init__(self, *args, **options) -> None:
        super().__init__(*args, **{"max_digits": 12, "decimal_places": 2, **options})


def sum_for(rows: models.QuerySet, path: str) -> Coalesce:
    """Return the sum of the amounts of those ``rows`` whose ``path`` is the row of the query around it."""
    sums = rows.filter(**{path: OuterRef("pk")}).order_by().values(path).annotate(sum=Sum("amount"))
    return Coalesce(Subquery(sums.values("sum")), Value(Decimal(0), output_field=DecimalField()))


def rounded(amount: Decimal) -> Decimal:
    """Return an amount to the cent, half a cent away from zero, as invoices are rounded."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def in_cents(amount: Decimal) -> int:
    """Return an amount in hundredths, as payment providers count."""
    return int(amount.quantize(CENT) * 100)
