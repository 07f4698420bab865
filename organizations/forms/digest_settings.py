"""What the Notifications page sends: whether, to whom, when."""

import calendar
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from accounts.forms.fields import LongSelect, refuse_control_characters, time_zone_choices
from organizations.actions.digest_settings import NAMES
from organizations.forms.policies import REVISION
from organizations.models import DigestSetting
from organizations.models.digest_setting import RECIPIENTS_AT_MOST

_SCHEDULE = ("frequency", "weekday", "month_day", "hour", "time_zone")
_is_address = EmailValidator()


def _hours() -> list[tuple[int, str]]:
    return [(hour, f"{hour:02}:00") for hour in range(24)]


def _number(*, label: str, choices, **kwargs) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=label, choices=choices, coerce=int, **kwargs)


class RecipientsField(forms.Field):
    """Addresses, each validated, in lower case, none twice."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: list[str] | None) -> list[str]:
        recipients = []
        for text in value or []:
            address = address_of(text)
            if address in recipients:
                raise ValidationError(f"{address} is on the list already.")
            recipients.append(address)
        if len(recipients) > RECIPIENTS_AT_MOST:
            raise ValidationError(
                f"At most {RECIPIENTS_AT_MOST} addresses receive the digest; these are {len(recipients)}. Remove some."
            )
        return recipients


class DigestForm(forms.Form):
    """The whole Notifications page. Without ``data`` it holds what is saved.

    An address that is typed and not added yet counts as added: nobody means to lose it by pressing Save.
    """

    revision = forms.IntegerField(**REVISION)
    is_on = forms.BooleanField(required=False)
    recipients = RecipientsField(label="Recipients", required=False)
    new_recipient = forms.CharField(label="Add a recipient", required=False, max_length=254)
    frequency = forms.ChoiceField(label="How often", choices=DigestSetting.Frequency.choices, widget=forms.RadioSelect)
    weekday = _number(
        label="Day of the week", choices=list(enumerate(calendar.day_name)), help_text="For a digest every week."
    )
    month_day = _number(
        label="Day of the month",
        choices=[(day, str(day)) for day in range(1, 32)],
        help_text="For a digest every month; the last day where the month is shorter.",
    )
    hour = _number(label="At", choices=_hours)
    time_zone = forms.ChoiceField(label="Time zone", choices=time_zone_choices, widget=LongSelect)
    content = forms.ChoiceField(label="When", choices=DigestSetting.Content.choices, widget=forms.RadioSelect)

    def __init__(self, data=None, *, setting: DigestSetting) -> None:
        super().__init__(data, initial={name: getattr(setting, name) for name in NAMES})
        self.setting = setting

    def is_digest_on(self) -> bool:
        """Return how the switch stands in the form, saved or not."""
        return bool(self["is_on"].data) if self.is_bound else self.setting.is_on

    def chosen_recipients(self) -> list[str]:
        """Return the addresses in the form, saved or not, as they were sent."""
        if not self.is_bound:
            return self.setting.recipients
        return list(dict.fromkeys(self.data.getlist("recipients")))

    def values(self) -> dict[str, Any]:
        """Return the cleaned values as `edit_digest` takes them."""
        return {name: self.cleaned_data[name] for name in NAMES}

    def schedule(self) -> DigestSetting | None:
        """Return the times of the form as a setting that is not saved, or None while they make no sense."""
        if not self.is_bound:
            return self.setting
        if any(name in self.errors for name in _SCHEDULE):
            return None
        return DigestSetting(**{name: self.cleaned_data[name] for name in _SCHEDULE})

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        new = values.get("new_recipient")
        if new:
            # Judged also where one of the others is wrong: whoever adds it next takes it as judged.
            try:
                recipients = self.fields["recipients"].clean([*values.get("recipients", []), new])
            except ValidationError as problem:
                self.add_error("new_recipient", problem)
            else:
                if "recipients" in values:
                    values["recipients"] = recipients
        return values


def address_of(text: str) -> str:
    """Return an address as it is kept. Raises ValidationError, naming what was typed."""
    address = text.strip().lower()
    shown = "".join(character if character.isprintable() else "·" for character in address[:60])
    try:
        refuse_control_characters(address)
        _is_address(address)
    except ValidationError as problem:
        words = f"“{shown}” is not an email address. Enter one such as name@company.example."
        raise ValidationError(words) from problem
    if len(address) > 254:
        raise ValidationError("An email address has at most 254 characters.")
    return address
