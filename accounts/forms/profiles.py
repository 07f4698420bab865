"""What people change about themselves."""

from django import forms

from accounts.forms.fields import LongSelect, NameField, time_zone_choices
from accounts.models import User


class ProfileForm(forms.Form):
    """Own name, time zone and theme."""

    first_name = NameField(label="First name")
    last_name = NameField(label="Last name")
    time_zone = forms.ChoiceField(
        label="Time zone", required=False, widget=LongSelect, help_text="Every time you see is in this zone."
    )
    theme = forms.ChoiceField(label="Appearance", choices=User.Theme.choices, widget=forms.RadioSelect)

    def __init__(self, *args, company_zone: str, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].choices = time_zone_choices(empty=f"Like my company ({company_zone})")
        self.fields["first_name"].widget.attrs["autocomplete"] = "given-name"
        self.fields["last_name"].widget.attrs["autocomplete"] = "family-name"
