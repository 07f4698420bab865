"""What the pages of webhooks send."""

from django import forms

from accounts.forms.fields import NameField
from notifications.destinations import URL_AT_MOST, Refused
from notifications.models import WebhookDelivery, WebhookEvent
from notifications.models.webhook import TEST_EVENT
from notifications.outbound import NoAnswer, check_url


class WebhookForm(forms.Form):
    """One endpoint."""

    name = NameField(label="Name", help_text="What you recognise it by, such as the program that listens.")
    url = forms.CharField(
        label="Address",
        max_length=URL_AT_MOST,
        help_text="Starts with https:// and is on the public internet. Events are posted to it as JSON.",
        error_messages={"required": "Enter the address that events are posted to."},
        widget=forms.URLInput(attrs={"placeholder": "https://example.com/portico", "spellcheck": "false"}),
    )
    events = forms.MultipleChoiceField(
        label="Events",
        choices=WebhookEvent.choices,
        initial=WebhookEvent.values,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one event."},
    )
    is_on = forms.BooleanField(
        label="On",
        required=False,
        initial=True,
        help_text="While it is off nothing is sent, and nothing is kept for later.",
    )

    def clean(self) -> dict:
        values = super().clean()
        url = values.get("url", "")
        # Who switches an endpoint off, because its name is gone, must be able to.
        if url and (values["is_on"] or url != self.initial.get("url")):
            try:
                check_url(url)
            except (Refused, NoAnswer) as problem:
                self.add_error("url", str(problem))
        return values


class DeliveryFilter(forms.Form):
    """Which deliveries are listed."""

    state = forms.ChoiceField(label="State", required=False, choices=[("", "Any"), *WebhookDelivery.State.choices])
    event = forms.ChoiceField(
        label="Event",
        required=False,
        choices=[("", "Any"), *((code, code) for code in (*WebhookEvent.values, TEST_EVENT))],
    )

    def wanted(self) -> dict[str, str]:
        """Return what to filter by; a filter that makes no sense is left out."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
