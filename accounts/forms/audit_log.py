"""Filters of the pages that show activity."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django import forms

from accounts.forms.fields import RowField
from accounts.models import User
from accounts.models.user import UserQuerySet
from accounts.sentences import SUBJECTS

ALL_SUBJECTS = tuple(key for key, _, _ in SUBJECTS)


class ActivityFilter(forms.Form):
    """Who, what, and from when to when. A filter that makes no sense is named and left out."""

    person = RowField(queryset=User.objects.none(), required=False, empty_label="Everybody", label="Person")
    subject = forms.ChoiceField(required=False, label="What")
    since = forms.DateField(required=False, label="From", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, label="To", widget=forms.DateInput(attrs={"type": "date"}))

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
