"""Joining: the password behind an invitation's link."""

from django import forms
from django.contrib.auth.password_validation import validate_password

from accounts.forms.sign_in import NEW_PASSWORD_HELP
from accounts.models import User
from accounts.passwords import MAXIMUM


class JoinForm(forms.Form):
    """A password, twice."""

    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=4 * MAXIMUM,
        help_text=NEW_PASSWORD_HELP,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Choose a password."},
    )
    again = forms.CharField(
        label="The same again",
        strip=False,
        max_length=4 * MAXIMUM,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Enter the password a second time."},
    )

    def __init__(self, *args, user: User, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password

    def clean(self) -> dict:
        values = super().clean()
        if values.get("password") and values.get("again") and values["password"] != values["again"]:
            self.add_error("again", "The two are not the same. Enter the password a second time.")
        return values
