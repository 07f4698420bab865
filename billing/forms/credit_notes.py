"""What staff takes back of an invoice."""

from decimal import Decimal

from django import forms

from accounts.forms.fields import refuse_control_characters
from billing.actions.credit_notes import creditable
from billing.models import Invoice
from billing.money_words import amount_words

_NO_AMOUNT = "Enter an amount such as 12.50."


class CreditForm(forms.Form):
    """One amount for each line that has something left to credit, net; at first all of it."""

    reason = forms.CharField(
        max_length=200,
        validators=[refuse_control_characters],
        help_text="It stands on the credit note.",
        error_messages={"required": "Say why; it stands on the credit note."},
    )

    # How many credit notes there were when the form was shown.
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, invoice: Invoice, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = invoice.credit_notes.count()
        left = creditable(invoice)
        for line in invoice.lines.all():
            if most := left[line.position]:
                words = f"Up to {amount_words(most, invoice.currency)} can be credited."
                self.fields[f"line_{line.position}"] = forms.DecimalField(
                    label=line.what, min_value=0, max_value=most, max_digits=12, decimal_places=2, initial=most,
                    required=False, help_text=words,
                    error_messages={"invalid": _NO_AMOUNT, "min_value": _NO_AMOUNT, "max_value": words},
                )  # fmt: skip

    @property
    def amounts(self) -> dict[int, Decimal]:
        """What is taken back, by the position of its line."""
        lines = ((name, value) for name, value in self.cleaned_data.items() if name.startswith("line_"))
        return {int(name.removeprefix("line_")): value for name, value in lines if value}

    def clean(self) -> dict:
        values = super().clean()
        if not self.errors and not self.amounts:
            raise forms.ValidationError("Enter what is taken back of one line at least.")
        return values
