"""Filters of the User Activity page."""

from django import forms

from accounts.forms.fields import RowField
from accounts.models import Membership, User
from accounts.sentences import SUBJECTS


class ActivityFilter(forms.Form):
    """Who, what, and from when to when. A filter that makes no sense is named and left out."""

    person = RowField(queryset=User.objects.none(), required=False, empty_label="Everybody", label="Person")
    subject = forms.ChoiceField(
        choices=[("", "Everything"), *((key, label) for key, label, _ in SUBJECTS)], required=False, label="What"
    )
    since = forms.DateField(required=False, label="From", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, label="To", widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args, membership: Membership, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = User.objects.visible_to(membership).order_by("last_name", "first_name")

    def clean(self) -> dict:
        values = super().clean()
        if values.get("since") and values.get("until") and values["since"] > values["until"]:
            self.add_error("until", "This day is before the first one.")
        return values
