"""What somebody types who pays."""

from decimal import Decimal
from uuid import UUID

from django import forms

from accounts.forms.once import OnceForm
from billing.models import Invoice
from billing.models.invoice import InvoiceQuerySet
from billing.models.money import MoneyField

# What Stripe takes at most and at least, in nearly every currency.
SMALLEST, LARGEST = Decimal("0.50"), Decimal("999999.99")


class AmountField(forms.DecimalField):
    """An amount to the cent; never NaN, never infinite."""

    def __init__(self, **options) -> None:
        money = MoneyField()
        super().__init__(
            **{"max_digits": money.max_digits, "decimal_places": 2, "min_value": Decimal("0.01"), **options}
        )
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}
        self.error_messages |= {
            "invalid": "Enter an amount, such as 120.50.",
            "max_decimal_places": "Enter an amount to the cent, such as 120.50.",
        }


class InvoicesField(forms.ModelMultipleChoiceField):
    """Invoices named by their uuid, each a checkbox; the page draws them."""

    def __init__(self, **options) -> None:
        super().__init__(queryset=Invoice.objects.none(), to_field_name="uuid", **options)
        gone = "An invoice you chose is paid already or is not there. Look at the list again."
        self.error_messages |= {"invalid_choice": gone, "invalid_pk_value": gone}

    def clean(self, value) -> InvoiceQuerySet:
        try:
            uuids = [UUID(str(one)) for one in value or ()]
        except ValueError as problem:
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice") from problem
        return super().clean(uuids)


class PaymentForm(OnceForm):
    """Which invoices, or how much; they make one payment."""

    invoices = InvoicesField(required=False)
    amount = AmountField(
        label="Another amount", required=False, min_value=SMALLEST, max_value=LARGEST, widget=forms.TextInput()
    )
    save_card = forms.BooleanField(label="Save this card", required=False)
    make_default = forms.BooleanField(label="Make default", required=False)

    def __init__(self, *args, to_pay: InvoiceQuerySet, **kwargs) -> None:
        """Take ``to_pay``, the partner's open invoices, as the only ones that can be paid."""
        super().__init__(*args, **kwargs)
        self.fields["invoices"].queryset = to_pay
        self.fields["amount"].help_text = (
            "Leave it empty to pay what you chose. An amount pays the chosen invoices first, or else what is due "
            "first; what is left stays as a deposit."
        )
        words = "Marked as the default here and at Stripe. Stripe’s page offers all kept cards, the newest first."
        self.fields["make_default"].help_text = words
        self.fields["save_card"].help_text = "Stripe keeps it. We see its last four digits only."

    def clean(self) -> dict:
        values = super().clean()
        if not self.errors:
            self._check_total(values)
        return values

    @property
    def total(self) -> Decimal:
        """What would be paid by what is typed so far."""
        if not self.is_bound:
            return Decimal(0)
        self.is_valid()
        return _total(self.cleaned_data)

    def _check_total(self, values: dict) -> None:
        total = _total(values)
        if not total:
            raise forms.ValidationError("Choose at least one invoice, or enter an amount.")
        if total < SMALLEST:
            raise forms.ValidationError(f"The smallest amount that can be paid by card is {SMALLEST}.")
        if total > LARGEST:
            raise forms.ValidationError(f"The largest amount that can be paid by card at once is {LARGEST:,}.")
        values["total"] = total


def _total(values: dict) -> Decimal:
    chosen = sum((invoice.open_amount for invoice in values.get("invoices") or ()), Decimal(0))
    return values.get("amount") or chosen
