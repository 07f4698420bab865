"""What people type before backed-up data is deleted, held, or let go: why, and the client's name."""

from django import forms
from django.core.exceptions import ValidationError

from accounts.forms.fields import refuse_control_characters
from organizations.models import Organization

_SHORTEST = 5


class ReasonField(forms.CharField):
    """A reason in one line of text that others read later."""

    def __init__(self, *, label: str = "Reason", max_length: int = 500, **kwargs) -> None:
        super().__init__(label=label, min_length=_SHORTEST, max_length=max_length, strip=True, **kwargs)
        self.validators.append(refuse_control_characters)
        self.error_messages |= {"required": "Say why: others decide by it, and it stays in the audit log."}


class ReasonForm(forms.Form):
    """Only a reason."""

    reason = ReasonField()


class ConfirmedForm(forms.Form):
    """A reason, and the client's name typed by hand."""

    reason = ReasonField(help_text="Whoever authorizes it reads this, and it stays in the audit log.")
    confirmation = forms.CharField(label="Name of the client", max_length=200, strip=True)

    def __init__(self, data=None, *, organization: Organization, **kwargs) -> None:
        super().__init__(data, **kwargs)
        self.organization = organization
        self.fields["confirmation"].help_text = f"Type {organization.name} to confirm that you mean this client."
        self.fields["confirmation"].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}

    def clean_confirmation(self) -> str:
        typed = self.cleaned_data["confirmation"]
        if typed != self.organization.name:
            raise ValidationError(f"That is not the name of this client. Type {self.organization.name} exactly.")
        return typed
