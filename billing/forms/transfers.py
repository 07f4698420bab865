"""What staff types about money that came by bank transfer, or went back."""

from decimal import Decimal

from django import forms
from django.utils import timezone

from accounts.forms.fields import DayField, refuse_control_characters
from accounts.forms.once import OnceForm
from accounts.models import Partner
from billing.actions.seats import day_of
from billing.forms.payments import AmountField
from billing.models import Invoice

_LARGEST = Decimal("9999999999.99")


class TransferForm(OnceForm):
    """A transfer as it stands on the bank's paper."""

    partner = forms.ModelChoiceField(
        queryset=Partner.objects.filter(billing_account__isnull=False).order_by("name"), label="Partner"
    )
    amount = AmountField(label="Amount", max_value=_LARGEST, help_text="In the currency of the partner’s account.")
    received_on = DayField(label="Received on", help_text="The value date on the bank’s paper.")
    reference = forms.CharField(
        label="The bank’s text", max_length=140, required=False, validators=[refuse_control_characters]
    )
    invoices = forms.CharField(
        label="Invoices",
        required=False,
        max_length=500,
        help_text="Their numbers with commas between, in the order in which they are paid. Empty: what is due first.",
    )
    tells_partner = forms.BooleanField(
        label="Mail a receipt to those with billing rights", required=False, initial=True
    )

    def clean_received_on(self):
        """Refuse a day that has not come: money that is not there yet pays nothing."""
        day = self.cleaned_data["received_on"]
        if day > day_of(timezone.now()):
            raise forms.ValidationError("This day has not come yet.")
        return day

    def clean(self) -> dict:
        values = super().clean()
        if values.get("partner") and "invoices" in values:
            values["invoices"] = self._invoices(values["partner"], values["invoices"])
        return values

    def _invoices(self, partner: Partner, typed: str) -> list[Invoice]:
        numbers = list(dict.fromkeys(part.strip() for part in typed.split(",") if part.strip()))
        account = partner.billing_account
        to_pay = Invoice.objects.filter(partner=partner, currency=account.currency).to_pay()
        found = {invoice.number: invoice for invoice in to_pay.filter(number__in=numbers)}
        missing = [number for number in numbers if number not in found]
        if missing:
            self.add_error("invoices", f"{partner} has no open invoice {', '.join(missing)}.")
        return [found[number] for number in numbers if number in found]


class ReturnForm(OnceForm):
    """How much of a payment went back, or never came, and why."""

    amount = AmountField(label="Amount", max_value=_LARGEST)
    reason = forms.CharField(
        max_length=140,
        validators=[refuse_control_characters],
        help_text="The partner reads it.",
        error_messages={"required": "Say why; the partner reads it."},
    )
