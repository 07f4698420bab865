"""Filters of the pages that show activity."""

from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from accounts.forms.fields import RowField
from accounts.models import User
from accounts.models.user import UserQuerySet
from accounts.sentences import SUBJECTS

ALL_SUBJECTS = tuple(key for key, _, _ in SUBJECTS)
_OUT_OF_RANGE = "Choose a day between 2000 and 2999."
_DAY = {
    # At the ends of the calendar there is no day before or after, and midnight in some zones does not exist.
    "validators": [
        MinValueValidator(date(2000, 1, 1), message=_OUT_OF_RANGE),
        MaxValueValidator(date(2999, 12, 31), message=_OUT_OF_RANGE),
    ],
    "widget": forms.DateInput(attrs={"type": "date"}),
}


class ActivityFilter(forms.Form):
    """Who, what, and from when to when. A filter that makes no sense is named and left out."""

    person = RowField(queryset=User.objects.none(), required=False, empty_label="Everybody", label="Person")
    subject = forms.ChoiceField(required=False, label="What")
    since = forms.DateField(required=False, label="From", **_DAY)
    until = forms.DateField(required=False, label="To", **_DAY)

    def __init__(self, *args, people: UserQuerySet, subjects: Iterable[str] = ALL_SUBJECTS, **kwargs) -> None:
        """Offer ``people``, which the door has scoped, and the ``subjects`` by their keys."""
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people.order_by("last_name", "first_name")
        self.fields["subject"].choices = [
            ("", "Everything"),
            *((key, label) for key, label, _ in SUBJECTS if key in subjects),
        ]

    @cached_property
    def wanted(self) -> dict[str, Any]:
        """What to filter by: the values that make sense; nothing where nothing was chosen."""
        self.is_valid()
        return self.cleaned_data if self.is_bound else {}

    def clean(self) -> dict:
        values = super().clean()
        if values.get("since") and values.get("until") and values["since"] > values["until"]:
            self.add_error("until", "This day is before the first one.")
        return values
