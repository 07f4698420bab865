"""The record of a client: its name, where it is, and whom to ask about bills."""

import unicodedata
from collections import Counter
from functools import lru_cache

import pycountry
from django import forms

from accounts.countries import country_choices
from accounts.forms.fields import LineField, LongSelect, NameField, refuse_control_characters

_COUNTRY_AND_SUBDIVISION = frozenset({"country", "subdivision"})


def _phone(label: str) -> forms.RegexField:
    return forms.RegexField(
        r"\A[0-9+() ./-]*\Z",
        label=label,
        required=False,
        max_length=40,
        error_messages={"invalid": "Enter a phone number: digits, spaces and + ( ) . / -"},
    )


@lru_cache(maxsize=256)
def subdivision_choices(country: str) -> tuple[tuple[str, str], ...]:
    """Return the states, provinces and the like of a country (ISO 3166-2) by name; none for some countries, and for
    what is no country.
    """
    found = pycountry.subdivisions.get(country_code=country) or ()
    names = Counter(division.name for division in found)
    labels = [
        # Some countries use one name twice, such as Almaty the city and Almaty the region.
        (division.code, f"{division.name} ({division.type})" if names[division.name] > 1 else division.name)
        for division in found
    ]
    return tuple(sorted(labels, key=lambda pair: unicodedata.normalize("NFKD", pair[1])))


class OrganizationForm(forms.Form):
    """The fields of "New organization". The country stands first, because the list of states follows it."""

    name = NameField(label="Organization name", max_length=120)
    country = forms.ChoiceField(
        label="Country",
        required=False,
        choices=country_choices,
        # Nothing but the list of states is fetched; without script a button beside the list does the same.
        widget=LongSelect(
            attrs={"hx-get": "", "hx-trigger": "change", "hx-target": "#subdivision", "hx-swap": "outerHTML"}
        ),
        error_messages={"invalid_choice": "Choose a country from the list."},
    )
    subdivision = forms.ChoiceField(
        label="State or province",
        required=False,
        widget=LongSelect,
        error_messages={
            "invalid_choice": "This is no state or province of the chosen country. Choose one from the list."
        },
    )
    address = LineField(label="Address", max_length=200)
    city = LineField(label="City", max_length=80)
    postal_code = LineField(label="Postal code", max_length=20)
    phone = _phone("Phone")
    billing_contact = LineField(
        label="Billing contact", max_length=120, help_text="The person to ask about bills of this client."
    )
    billing_email = forms.EmailField(
        label="Billing email", required=False, max_length=254, validators=[refuse_control_characters]
    )
    billing_phone = _phone("Billing phone")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].error_messages["required"] = "Enter the organization’s name."
        for field in self.fields.values():
            # It is the client's address, never that of whoever types it.
            field.widget.attrs["autocomplete"] = "off"
        country = self["country"].value() or ""
        choices = subdivision_choices(country) if len(country) == 2 else ()
        self.has_subdivisions = bool(choices)
        self.fields["subdivision"].choices = [("", "Choose…"), *choices]

    def clean_billing_email(self) -> str:
        return self.cleaned_data["billing_email"].strip().lower()


class OrganizationEditForm(OrganizationForm):
    """The same fields of a client that exists. Each remembers what it showed, so that two people who change
    different fields at once do not undo each other.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.show_hidden_initial = True

    def changes(self) -> dict[str, str]:
        """Return the values this person changed; country and state change together."""
        names = set(self.changed_data)
        if names & _COUNTRY_AND_SUBDIVISION:
            names |= _COUNTRY_AND_SUBDIVISION
        return {name: self.cleaned_data[name] for name in names}
