"""Which month is drafted by hand."""

from datetime import date, datetime

from django import forms

from billing.months import Month

_NO_MONTH = "Enter a month as 2026-09."


class MonthForm(forms.Form):
    """A month that is over."""

    month = forms.CharField(
        label="Month",
        max_length=7,
        widget=forms.TextInput({"type": "month"}),
        error_messages={"required": _NO_MONTH, "max_length": _NO_MONTH},
    )

    def __init__(self, *args, today: date, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._today = today

    def clean_month(self) -> Month:
        """Return the month that was typed; refuse the present one and those to come."""
        try:
            month = Month(datetime.strptime(self.cleaned_data["month"], "%Y-%m").date())
        except ValueError as problem:
            raise forms.ValidationError(_NO_MONTH) from problem
        if month.first >= self._today.replace(day=1):
            raise forms.ValidationError("This month is not over.")
        return month
