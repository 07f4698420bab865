"""What the accounts report lists, and as which file."""

from django import forms

from organizations.models import Item

CSV, XLSX = "csv", "xlsx"


class AccountsReportForm(forms.Form):
    """The kinds of account that are listed, and the format."""

    kinds = forms.MultipleChoiceField(
        choices=Item.Tab.choices, widget=forms.CheckboxSelectMultiple, initial=Item.Tab.values, label="What to list",
        error_messages={"required": "Choose at least one kind of account."},
    )  # fmt: skip
    format = forms.ChoiceField(
        choices=((CSV, "CSV"), (XLSX, "Excel")),
        widget=forms.RadioSelect,
        initial=CSV,
        label="As a file of",
        required=False,
    )

    def clean_format(self) -> str:
        """Return the format, CSV where none is said."""
        return self.cleaned_data["format"] or CSV
