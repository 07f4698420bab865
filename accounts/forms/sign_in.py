"""The forms at the doors: signing in, a forgotten password, a new one."""

from allauth.account.forms import (
    ChangePasswordForm as AllauthChangePasswordForm,
)
from allauth.account.forms import (
    LoginForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
)
from django import forms

from accounts.passwords import MAXIMUM, MINIMUM

NEW_PASSWORD_HELP = f"At least {MINIMUM} characters. Spaces and any letters are welcome; four unrelated words do well."


def _plain(field: forms.Field, *, label: str, autocomplete: str, help_text: str = "") -> None:
    """Give one of allauth's fields our words; placeholders are not labels."""
    field.label = label
    field.help_text = help_text
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs["autocomplete"] = autocomplete


def _new_password(form: forms.Form) -> None:
    _plain(form.fields["password1"], label="New password", autocomplete="new-password", help_text=NEW_PASSWORD_HELP)
    _plain(form.fields["password2"], label="The same again", autocomplete="new-password")
    for name in ("password1", "password2"):
        form.fields[name].widget.attrs["maxlength"] = MAXIMUM


class SignInForm(LoginForm):
    """Email address and password, at either door."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        _plain(self.fields["login"], label="Email address", autocomplete="username")
        _plain(self.fields["password"], label="Password", autocomplete="current-password")
        self.fields["login"].max_length = 254
        self.fields["login"].widget.attrs["maxlength"] = 254
        # Longer than any password can be: hashing a megabyte would be a way to keep us busy.
        self.fields["password"].max_length = 4 * MAXIMUM
        self.fields["password"].validators.append(forms.fields.validators.MaxLengthValidator(4 * MAXIMUM))


class ForgottenPasswordForm(ResetPasswordForm):
    """Asks for the address; the answer is the same whether or not it has an account."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        _plain(self.fields["email"], label="Email address", autocomplete="username")


class NewPasswordForm(ResetPasswordKeyForm):
    """A new password, behind the link of a reset mail."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        _new_password(self)


class ChangePasswordForm(AllauthChangePasswordForm):
    """A new password for somebody who knows the old one."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        _plain(self.fields["oldpassword"], label="Present password", autocomplete="current-password")
        _new_password(self)


class ConfirmPasswordForm(ReauthenticateForm):
    """The password once more, before something sensitive."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        _plain(self.fields["password"], label="Password", autocomplete="current-password")
