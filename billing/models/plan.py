"""What a product costs, and which partner pays it."""

from datetime import date
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateRangeField, IntegerRangeField
from django.db import models
from django.db.models import F, Func, Q, Value

from accounts.models import Partner
from accounts.roles import Product
from accounts.scoping import PartnerQuerySet
from billing.models.money import PRICES_END, Currency


class Plan(models.Model):
    """The price of one product for one seat and month.

    A price never changes: a new one is a new plan, and the old one is switched off.
    """

    name = models.CharField(max_length=80, unique=True)
    product = models.CharField(max_length=20, choices=Product.choices)
    currency = models.CharField(max_length=3, choices=Currency.choices)
    seat_price = models.DecimalField(max_digits=10, decimal_places=4)
    is_offered = models.BooleanField("offered", default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(seat_price__gte=0, seat_price__lt=PRICES_END), name="billing_prices_are_numbers"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.seat_price.normalize():f} {self.currency})"


# Both ends belong to a range. Ranges of one number stand for equality, which the index would need an extension for.
_CLOSED = Value("[]")
_SAME_PARTNER = Func(F("partner"), F("partner"), _CLOSED, function="int8range", output_field=BigIntegerRangeField())
_PRODUCT = Func(F("product"), function="hashtext")
_SAME_PRODUCT = Func(_PRODUCT, _PRODUCT, _CLOSED, function="int4range", output_field=IntegerRangeField())
_SAME_DAYS = Func(F("starts_on"), F("ends_on"), _CLOSED, function="daterange", output_field=DateRangeField())


class SubscriptionQuerySet(PartnerQuerySet):
    def within(self, first: date, last: date) -> Self:
        """Return those that hold on one of these days at least, the earliest first."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=first), starts_on__lte=last).order_by("starts_on", "pk")

    def in_another_currency(self) -> Self:
        """Return those whose plan is not in the currency the partner is billed in: nothing can be reckoned of them."""
        return self.exclude(plan__currency=F("partner__billing_account__currency"))


class Subscription(models.Model):
    """A partner has a plan from the first to the last day; one at a time for each product."""

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="subscriptions")
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="subscriptions")
    # The plan's; here so that the database can see to it that there is one at a time.
    product = models.CharField(max_length=20, choices=Product.choices, editable=False)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="billing_subscriptions_end_after_they_start",
            ),
            ExclusionConstraint(
                name="billing_one_plan_at_a_time",
                expressions=[(_SAME_PARTNER, "&&"), (_SAME_PRODUCT, "&&"), (_SAME_DAYS, "&&")],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} for {self.partner}"
