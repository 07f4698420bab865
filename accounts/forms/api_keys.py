"""What is asked when a key for a program is made."""

from collections import Counter
from datetime import datetime, timedelta

from django import forms
from django.db import models

from accounts.forms.fields import NameField
from accounts.scopes import Scope

CLIENTS_AT_MOST = 500


class ApiKeyForm(forms.Form):
    """Name, scopes, clients and lifetime of a key.

    ``organizations`` are the clients the person may know about; ``may_open_backups`` says whether the person may give
    away what Cloud Backup shows. A valid form has the chosen rows, or None, as ``organizations``.
    """

    class Reach(models.TextChoices):
        ALL = "ALL", "All clients, also those that come later"
        CHOSEN = "CHOSEN", "Only these"

    class Lifetime(models.TextChoices):
        MONTH = "30", "30 days"
        QUARTER = "90", "90 days"
        YEAR = "365", "1 year"
        TWO_YEARS = "730", "2 years"

    name = NameField(label="Name", help_text="What the program is for, such as Monitoring.")
    scopes = forms.MultipleChoiceField(
        label="May read",
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one; without any, every call is refused."},
    )
    reach = forms.ChoiceField(label="Clients", choices=Reach.choices, initial=Reach.ALL, widget=forms.RadioSelect)
    clients = forms.CharField(
        label="Which clients",
        required=False,
        max_length=CLIENTS_AT_MOST * 130,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="One a line: the name, or the Client ID. Read only where you chose “Only these”.",
    )
    lifetime = forms.ChoiceField(
        label="Valid for",
        choices=Lifetime.choices,
        initial=Lifetime.YEAR,
        help_text="Every key ends some day. Make the next one before that.",
    )

    def __init__(self, *args, organizations: models.QuerySet, may_open_backups: bool, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._visible, self._may_open_backups = organizations, may_open_backups

    def clean_scopes(self) -> list[str]:
        scopes = self.cleaned_data["scopes"]
        if Scope.CLOUD_BACKUP in scopes and not self._may_open_backups:
            raise forms.ValidationError(
                "Your account has no Cloud Backup, so it cannot give it to a key. An Administrator can grant it to you."
            )
        return scopes

    def clean(self) -> dict:
        values = super().clean()
        is_restricted = values.get("reach") == self.Reach.CHOSEN
        values["organizations"] = self._chosen(values.get("clients", "")) if is_restricted else None
        return values

    def expires_at(self, now: datetime) -> datetime:
        """Return the end of the key's life, counted from ``now``."""
        return now + timedelta(days=int(self.cleaned_data["lifetime"]))

    def _chosen(self, text: str) -> list[models.Model]:
        names = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
        if not names:
            self.add_error("clients", "Name at least one client, or choose all clients.")
        elif len(names) > CLIENTS_AT_MOST:
            self.add_error("clients", f"Name at most {CLIENTS_AT_MOST} clients.")
            return []
        found = list(self._visible.named(names))
        called = Counter(word for row in found for word in {row.name.lower(), row.client_id})
        wrong = [name for name in names if called[name.lower()] != 1]
        if wrong:
            self.add_error("clients", f"No client, or more than one, goes by this: {', '.join(wrong[:5])}.")
        return found
