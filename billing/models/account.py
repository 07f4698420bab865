"""How a partner is billed."""

from decimal import Decimal

from django.db import models
from django.db.models import Q

from accounts.models import Partner
from accounts.scoping import PartnerQuerySet
from billing.models.money import Currency


class BillingAccount(models.Model):
    """One for each partner that is billed; platform staff set it. Its row is what changes of money lock."""

    partner = models.OneToOneField(Partner, models.PROTECT, related_name="billing_account")
    currency = models.CharField(max_length=3, choices=Currency.choices, default=Currency.EUR)
    tax_name = models.CharField(max_length=60, default="VAT", help_text="As it is printed, such as VAT.")
    # Percent.
    tax_rate = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0))
    tax_number = models.CharField(
        max_length=40, blank=True, help_text="The partner's, as it stands on invoices, such as VAT GB 000 0000 00."
    )
    reference = models.CharField(max_length=60, blank=True, help_text="The partner's own, such as an order number.")
    payment_days = models.PositiveSmallIntegerField(default=29, help_text="From an invoice's date until it is due.")
    is_billed = models.BooleanField(default=True, help_text="Whether invoices are drafted each month.")
    stripe_customer_id = models.CharField(max_length=255, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PartnerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(tax_rate__gte=0, tax_rate__lte=100), name="billing_tax_is_a_percentage"),
            models.UniqueConstraint(
                fields=["stripe_customer_id"],
                condition=~Q(stripe_customer_id=""),
                name="billing_one_account_per_stripe_customer",
            ),
        ]

    def __str__(self) -> str:
        return f"billing of {self.partner}"
