"""How money is written: the sign or code before the amount, never an amount alone."""

from decimal import Decimal

from billing.models import Currency

_SIGNS = {Currency.EUR: "€", Currency.USD: "$", Currency.GBP: "£", Currency.CAD: "CA$", Currency.AUD: "A$"}


def amount_words(amount: Decimal, currency: str) -> str:
    """Return "€3,412.60", "-€5.00", or "CHF 3,412.60" for a currency without a sign of its own."""
    return f"{'-' if amount < 0 else ''}{_sign(currency)}{abs(amount):,.2f}"


def price_words(price: Decimal, currency: str) -> str:
    """Return a price for a seat with two decimal places, or up to four where it needs them: "€4.10", "€0.0125"."""
    places = max(2, -price.normalize().as_tuple().exponent)
    return f"{_sign(currency)}{price:,.{places}f}"


def _sign(currency: str) -> str:
    return _SIGNS.get(currency, f"{currency} ")
