"""What is asked of the page of reports; whatever makes no sense is left out."""

from datetime import date
from typing import Any

from django import forms

from organizations.models import Item
from organizations.models.organization import BackupStatus


class ReportForm(forms.Form):
    """Which report, which month of the calendar, which accounts of it."""

    report = forms.UUIDField(required=False)
    day = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    month = forms.DateField(required=False, input_formats=["%Y-%m"])
    tab = forms.ChoiceField(required=False, choices=Item.Tab.choices)
    status = forms.ChoiceField(required=False, choices=BackupStatus.choices)
    q = forms.CharField(required=False, max_length=100)

    def chosen(self, oldest: date, newest: date) -> dict[str, Any]:
        """Return what makes sense of it, a day from ``oldest`` to ``newest``; None or "" for the rest."""
        self.is_valid()
        empty = {"report": None, "day": None, "month": None, "tab": "", "status": "", "q": ""}
        found = empty | self.cleaned_data
        if found["day"] and not oldest <= found["day"] <= newest:
            found["day"] = None
        return found
