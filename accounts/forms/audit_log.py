"""Filters of the pages that show activity."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django import forms

from accounts.forms.fields import DayField, LongSelect, RowField
from accounts.models import User
from accounts.models.user import UserQuerySet
from accounts.sentences import SUBJECTS

ALL_SUBJECTS = tuple(key for key, _, _ in SUBJECTS)


class ActivityFilter(forms.Form):
    """Who, what, and from when to when. A filter that makes no sense is named and left out."""

    person = RowField(
        queryset=User.objects.none(), required=False, empty_label="Everybody", label="Person", widget=LongSelect
    )
    client = forms.CharField(required=False, label="Client", max_length=100)
    subject = forms.ChoiceField(required=False, label="What")
    since = DayField(required=False, label="From")
    until = DayField(required=False, label="To")

    def __init__(
        self, *args, people: UserQuerySet, clients: Any = None, subjects: Iterable[str] = ALL_SUBJECTS, **kwargs
    ) -> None:
        """Offer ``people`` and ``clients``, which the door has scoped, and the ``subjects`` by their keys; without
        ``clients`` nothing is asked about them.
        """
        super().__init__(*args, **kwargs)
        self.clients = clients
        if clients is None:
            del self.fields["client"]
        else:
            self.fields["client"].widget.attrs["placeholder"] = "Name or Client ID"
        self.fields["person"].queryset = people.order_by("last_name", "first_name")
        self.fields["subject"].choices = [
            ("", "Everything"),
            *((key, label) for key, label, _ in SUBJECTS if key in subjects),
        ]

    def clean_client(self) -> list[int]:
        """Return the ids of the clients that the words name, or nothing where there are none."""
        words = self.cleaned_data["client"].strip()
        if not words:
            return []
        found = list(self.clients.matching(words).values_list("pk", flat=True))
        if not found:
            raise forms.ValidationError("No client has this name or Client ID.")
        return found

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
