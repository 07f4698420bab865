"""By what the lists of billing are narrowed. A value that makes no sense is named and left out."""

from django import forms

from accounts.forms.fields import DayField
from billing.books import KINDS


class _Filter(forms.Form):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "input-small"

    def wanted(self) -> dict:
        """Return the values that make sense."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class TransactionFilter(_Filter):
    kind = forms.ChoiceField(label="Kind", required=False, choices=[("", "Everything"), *KINDS.items()])
    since = DayField(label="From", required=False)
    until = DayField(label="To", required=False)


class ReceivableFilter(_Filter):
    since = DayField(label="Due from", required=False)
    until = DayField(label="Due to", required=False)


class StatementForm(forms.Form):
    """Of which day, since when, and whether only what was open is shown."""

    on = DayField(label="Statement date")
    since = DayField(label="Lines since")
    only_open = forms.BooleanField(label="Only open invoices", required=False)

    def clean(self) -> dict:
        values = super().clean()
        if values.get("since") and values.get("on") and values["since"] > values["on"]:
            self.add_error("since", "Choose a day that is not after the statement date.")
        return values
