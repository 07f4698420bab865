"""The forms of the second factor: codes at sign-in, codes again, the first code, a passkey."""

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.utils import timezone

from accounts import second_factor


def _as_code_field(field: forms.Field, *, label: str, help_text: str) -> None:
    field.label = label
    field.help_text = help_text
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs.update(
        {"autocomplete": "one-time-code", "autocapitalize": "off", "spellcheck": "false", "maxlength": 20}
    )


class _Lockable(forms.Form):
    """Refuses every code while the account's code step is locked."""

    def clean_code(self) -> str:
        until = second_factor.codes_locked_until(self.user)
        if until is not None:
            clock = timezone.localtime(until)
            raise forms.ValidationError(
                f"Ten codes were wrong, so no code is accepted until {clock:%H:%M} ({clock:%Z}). Nothing was changed. "
                "Wait, or ask another Administrator of your company to reset your second factor."
            )
        return super().clean_code()


class SignInCodeForm(_Lockable, AuthenticateForm):
    """A code from the app, or a recovery code, as the second step of signing in."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        _as_code_field(
            self.fields["code"],
            label="Code",
            help_text="Six digits from your authenticator app, or one of your recovery codes.",
        )


class ConfirmCodeForm(_Lockable, ReauthenticateForm):
    """A code once more, before something sensitive."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        _as_code_field(
            self.fields["code"],
            label="Code",
            help_text="Six digits from your authenticator app, or one of your recovery codes.",
        )


class FirstCodeForm(ActivateTOTPForm):
    """The code that proves that the app was set up."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        _as_code_field(
            self.fields["code"],
            label="Six-digit code from the app",
            help_text="The code changes every 30 seconds. A new one works as well.",
        )
        self.fields["code"].widget.attrs.update({"class": "input-code", "inputmode": "numeric", "maxlength": 6})


class PasskeyForm(AddWebAuthnForm):
    """A passkey and the name that tells it from others."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = "Name of this passkey"
        self.fields["name"].help_text = "For example: work laptop, yellow key."
        self.fields["name"].max_length = 80
        self.fields["name"].widget.attrs.update({"maxlength": 80, "autocomplete": "off"})
        self.fields["passwordless"].initial = True
        self.fields["passwordless"].label = "Sign in with this passkey alone, without a password"
        self.fields["passwordless"].help_text = "Needs a fingerprint, face or PIN on the device."
