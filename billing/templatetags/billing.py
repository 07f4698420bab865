"""Money in templates."""

from decimal import Decimal

from django import template

from billing import money_words

register = template.Library()


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """Return an amount with its currency: "€3,412.60"."""
    return money_words.amount_words(amount, currency)


@register.filter
def price(amount: Decimal, currency: str) -> str:
    """Return a price for a seat with its currency: "€4.10"."""
    return money_words.price_words(amount, currency)
