"""What staff types about plans, accounts and subscriptions."""

from datetime import date
from decimal import Decimal

from django import forms

from billing.models import BillingAccount, Plan, Subscription

_NO_PRICE = "Enter a price from 0 to 999,999.9999."
_NO_RATE = "Enter a percentage from 0 to 100."


class PlanForm(forms.ModelForm):
    """A plan. Its price is checked before the database would refuse it."""

    seat_price = forms.DecimalField(
        label="Price for a seat and month",
        max_digits=10,
        decimal_places=4,
        min_value=0,
        error_messages={"invalid": _NO_PRICE, "min_value": _NO_PRICE, "max_whole_digits": _NO_PRICE},
    )

    class Meta:
        model = Plan
        fields = ("name", "product", "currency", "seat_price", "is_offered")


class AccountForm(forms.ModelForm):
    """How a partner is billed."""

    tax_rate = forms.DecimalField(
        label="Tax rate in percent",
        max_digits=5,
        decimal_places=2,
        min_value=0,
        max_value=100,
        initial=Decimal(0),
        error_messages={"invalid": _NO_RATE, "min_value": _NO_RATE, "max_value": _NO_RATE},
    )
    payment_days = forms.IntegerField(
        min_value=0, max_value=365, initial=29, help_text="From an invoice's date until it is due."
    )

    class Meta:
        model = BillingAccount
        fields = (
            "partner", "currency", "tax_name", "tax_rate", "tax_number", "reference", "payment_days", "is_billed",
        )  # fmt: skip


class SubscriptionForm(forms.ModelForm):
    """Which plan a partner has, from when to when."""

    class Meta:
        model = Subscription
        fields = ("partner", "plan", "starts_on", "ends_on")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if "plan" in self.fields:
            self.fields["plan"].queryset = Plan.objects.filter(is_offered=True).order_by("name")

    def clean(self) -> dict:
        """Refuse a plan in another currency, a second one in the same days, and an end before the beginning."""
        values = super().clean()
        subscription = self.instance
        partner, plan = values.get("partner", subscription.partner_id and subscription.partner), values.get("plan")
        starts_on, ends_on = values.get("starts_on", subscription.starts_on), values.get("ends_on")
        if not partner or not starts_on or self.errors:
            return values
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", "The last day is before the first one.")
            return values
        account = BillingAccount.objects.filter(partner=partner).first()
        if account is None:
            self.add_error("partner", "There is no billing account for this partner. Make that first.")
        elif plan and plan.currency != account.currency:
            self.add_error("plan", f"The plan is in {plan.currency}, and the partner is billed in {account.currency}.")
        product = plan.product if plan else subscription.product
        others = partner.subscriptions.within(starts_on, ends_on or date.max).filter(product=product)
        if other := others.exclude(pk=subscription.pk).first():
            self.add_error("starts_on" if plan else "ends_on", f"In these days there is {other.plan}. End that first.")
        return values
