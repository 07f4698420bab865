"""What is asked about a person, at a company and at one of its clients alike."""

from django import forms

from accounts.forms.fields import NameField, is_shared_mailbox, refuse_control_characters


class PersonNameForm(forms.Form):
    """First and last name, as those who look after a person may change them."""

    first_name = NameField(label="First name")
    last_name = NameField(label="Last name")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first_name", "last_name"):
            self.fields[name].widget.attrs["autocomplete"] = "off"


class NewPersonForm(PersonNameForm):
    """Name and email address of somebody who is invited; an address that looks shared is asked about once."""

    email = forms.EmailField(
        label="Email address",
        max_length=254,
        help_text="The invitation goes here. It cannot be changed later.",
        validators=[refuse_control_characters],
        error_messages={"required": "Enter the person’s own email address."},
    )
    # Ticked by the person who read the warning about shared addresses and knows better.
    is_personal = forms.BooleanField(required=False, label="This is one person’s own address, although it looks shared")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs["autocomplete"] = "off"
        self.looks_shared = False

    def clean_email(self) -> str:
        return self.cleaned_data["email"].strip().lower()

    def clean(self) -> dict:
        values = super().clean()
        email = values.get("email", "")
        self.looks_shared = is_shared_mailbox(email)
        if self.looks_shared and not values.get("is_personal"):
            self.add_error("email", self._warning(values))
        return values

    def _warning(self, values: dict) -> str:
        first, last = values.get("first_name"), values.get("last_name")
        domain = values["email"].partition("@")[2]
        if first and last:
            example = f"{first}.{last}".lower().replace(" ", "")
            return f"This looks like a shared address. Enter {first}’s own, for example {example}@{domain}."
        return "This looks like a shared address. Enter the person’s own."
