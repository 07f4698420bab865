"""The company's own record."""

from django import forms

from accounts.actions.partners import LOGO_BYTES_AT_MOST
from accounts.countries import country_choices
from accounts.forms.fields import LineField, LongSelect, NameField, time_zone_choices
from accounts.models.partner import validate_colour


class PartnerForm(forms.Form):
    """Name, address, phone, time zone, logo and accent colour."""

    name = NameField(label="Company name", max_length=120)
    address = LineField(label="Address", max_length=200)
    postal_code = LineField(label="Postal code", max_length=20)
    city = LineField(label="City", max_length=80)
    country = forms.ChoiceField(label="Country", required=False, choices=country_choices, widget=LongSelect)
    phone = forms.RegexField(
        r"^[0-9+() ./-]*$",
        label="Phone",
        required=False,
        max_length=40,
        error_messages={"invalid": "Enter a phone number: digits, spaces and + ( ) . / -"},
    )
    time_zone = forms.ChoiceField(
        label="Time zone",
        choices=time_zone_choices,
        widget=LongSelect,
        help_text="For everybody who has not chosen an own one.",
    )
    accent_colour = LineField(
        label="Accent colour",
        max_length=7,
        validators=[validate_colour],
        help_text="Such as #1f6f8b. Empty for the portal’s own. Text stays readable with any colour.",
    )
    logo = forms.FileField(label="Logo", required=False, help_text="PNG, JPEG or WebP, at most 512 KB.")
    remove_logo = forms.BooleanField(label="Remove the logo", required=False)

    def clean_logo(self):
        logo = self.cleaned_data["logo"]
        if logo and logo.size > LOGO_BYTES_AT_MOST:
            raise forms.ValidationError("The picture is larger than 512 KB. Save a smaller copy and choose that.")
        return logo
