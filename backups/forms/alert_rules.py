"""What the page of an alert rule sends: which clients, what, to whom."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from accounts.forms.fields import NameField
from accounts.models import Membership
from accounts.models.membership import MembershipQuerySet
from accounts.roles import Can, Product
from backups.models import Failure
from notifications.models import WebhookEndpoint, WebhookEvent
from organizations.forms.digest_settings import address_of
from organizations.models import AlertRule, Organization
from organizations.models.alert_rule import ADDRESSES_AT_MOST, HOURS_AT_MOST

CLIENTS_AT_MOST = 500
_ALL, _CHOSEN = "all", "chosen"


class MemberField(forms.ModelMultipleChoiceField):
    """Colleagues, by name and address; a rule keeps those whom it does not tell at present."""

    def label_from_instance(self, obj: Membership) -> str:
        words = f"{obj.user.full_name} ({obj.user.email})"
        is_told = obj.joined_at and obj.user.is_active and obj.may(Can.SEE_ORGANIZATION)
        return words if is_told else f"{words}, not told at present"


class ClientsField(forms.Field):
    """Clients by their uuid, among those the door has scoped; a uuid of no such client is left out."""

    widget = forms.MultipleHiddenInput

    def __init__(self, *, queryset: QuerySet[Organization], **kwargs) -> None:
        super().__init__(**kwargs)
        self.queryset = queryset

    def clean(self, value: list[str] | None) -> list[Organization]:
        uuids = {one for one in map(_uuid_of, value or []) if one}
        if len(uuids) > CLIENTS_AT_MOST:
            raise ValidationError(f"A rule names at most {CLIENTS_AT_MOST} clients. Choose all, or make a second rule.")
        return list(self.queryset.filter(uuid__in=uuids).by_name())


class AlertRuleForm(forms.Form):
    """One alert rule. A client that is typed and not added yet counts as added."""

    # Of the rule as it was shown.
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = NameField(label="Name", help_text="Stands in the mails: “because the alert rule “…” names you”.")
    is_on = forms.BooleanField(label="On", required=False, initial=True)
    covers = forms.ChoiceField(
        label="Clients",
        choices=[(_ALL, "All clients, also future ones"), (_CHOSEN, "Chosen clients")],
        initial=_ALL,
        widget=forms.RadioSelect,
    )
    new_client = forms.CharField(label="Add a client", required=False, max_length=120)
    what = forms.ChoiceField(
        label="What", choices=AlertRule.What.choices, initial=AlertRule.What.OVERDUE, widget=forms.RadioSelect
    )
    hours = forms.IntegerField(
        label="For more than, in hours",
        min_value=0,
        max_value=HOURS_AT_MOST,
        initial=26,
        help_text=f"24 is a day, 168 a week, {HOURS_AT_MOST} are 30 days. Without a good backup at least 1.",
    )
    reasons = forms.MultipleChoiceField(
        label="Only for these reasons",
        choices=Failure.Reason.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen means any.",
    )
    at_least = forms.IntegerField(label="At least this many objects", min_value=1, max_value=1_000_000, initial=1)
    members = MemberField(
        label="Colleagues", queryset=Membership.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    addresses = forms.CharField(
        label="Further addresses",
        required=False,
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=f"One on each line, at most {ADDRESSES_AT_MOST}. These people learn the client’s name.",
    )
    endpoints = forms.ModelMultipleChoiceField(
        label="Webhooks", queryset=WebhookEndpoint.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self, data=None, *, clients: QuerySet[Organization], members: MembershipQuerySet,
        endpoints: QuerySet[WebhookEndpoint], rule: AlertRule | None = None,
    ) -> None:  # fmt: skip
        """Offer what the door has scoped; without ``data`` show ``rule``."""
        super().__init__(data, initial=_initial(rule) if rule else None)
        self.clients, self.rule = clients, rule
        self.fields["organizations"] = ClientsField(label="Chosen clients", required=False, queryset=clients)
        # Whoever a rule names already stays in it until somebody takes them out.
        named = Q(pk__in=rule.members.values("pk")) if rule else Q(pk=None)
        may_see = members.of_staff().usable().filter(products__contains=[Product.CLOUD_BACKUP])
        offered = members.filter(Q(pk__in=may_see.values("pk")) | named)
        self.fields["members"].queryset = offered.select_related("user", "partner").order_by("list_name", "pk")
        wants = Q(events__overlap=[WebhookEvent.INCIDENT_OPENED, WebhookEvent.INCIDENT_RECOVERED])
        chosen = Q(pk__in=rule.endpoints.values("pk")) if rule else Q(pk=None)
        self.fields["endpoints"].queryset = endpoints.filter(wants | chosen).order_by("name")

    def chosen_clients(self) -> list[Organization]:
        """Return the clients in the form, saved or not."""
        if self.is_bound:
            uuids = [one for one in map(_uuid_of, self.data.getlist("organizations")[: CLIENTS_AT_MOST + 1]) if one]
            return list(self.clients.filter(uuid__in=uuids).by_name())
        return list(self.clients.filter(alert_rules=self.rule).by_name()) if self.rule else []

    def find_client(self, words: str) -> Organization:
        """Return the one client that ``words`` name: its name, its Client ID, or a part that only one has.

        Raises ValidationError.
        """
        if not words:
            raise ValidationError("Type a client’s name or Client ID.")
        found = list(self.clients.matching(words).by_name()[:4])
        exact = [one for one in found if words.casefold() in (one.name.casefold(), one.client_id)]
        exact = exact or list(self.clients.filter(name__iexact=words))
        if len(exact) == 1 or len(found) == 1:
            return (exact or found)[0]
        if not found:
            raise ValidationError("No client has this name or Client ID.")
        names = ", ".join(one.name for one in found[:3])
        raise ValidationError(f"Several clients fit, such as {names}. Type the whole name or the Client ID.")

    def values(self) -> dict[str, Any]:
        """Return the cleaned values as `create_alert_rule` and `edit_alert_rule` take them."""
        cleaned = dict(self.cleaned_data)
        covers_all = cleaned.pop("covers") == _ALL
        del cleaned["new_client"], cleaned["revision"]
        is_about_failures = cleaned["what"] == AlertRule.What.FAILURES
        return cleaned | {
            "covers_all": covers_all,
            "organizations": [] if covers_all else cleaned["organizations"],
            "reasons": cleaned["reasons"] if is_about_failures else [],
            "at_least": cleaned["at_least"] if is_about_failures else 1,
            "members": list(cleaned["members"]),
            "endpoints": list(cleaned["endpoints"]),
        }

    def clean_addresses(self) -> list[str]:
        """Return the addresses, each once."""
        lines = [one for one in self.cleaned_data["addresses"].split() if one]
        addresses = list(dict.fromkeys(address_of(one) for one in lines))
        if len(addresses) > ADDRESSES_AT_MOST:
            raise ValidationError(f"At most {ADDRESSES_AT_MOST} addresses; these are {len(addresses)}.")
        return addresses

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("what") == AlertRule.What.OVERDUE and values.get("hours") == 0:
            self.add_error("hours", "Give a backup at least 1 hour.")
        self._clean_clients(values)
        if not self.errors and not any(values.get(name) for name in ("members", "addresses", "endpoints")):
            raise ValidationError("Nobody would be told. Choose a colleague, an address or a webhook.")
        return values

    def _clean_clients(self, values: dict[str, Any]) -> None:
        if values.get("covers") != _CHOSEN:
            return
        if values.get("new_client"):
            try:
                found = self.find_client(values["new_client"])
            except ValidationError as problem:
                self.add_error("new_client", problem)
                return
            if "organizations" in values and found not in values["organizations"]:
                values["organizations"].append(found)
        if "organizations" in values and not values["organizations"]:
            self.add_error("new_client", "Add at least one client, or choose all.")


def _initial(rule: AlertRule) -> dict[str, Any]:
    plain = {name: getattr(rule, name) for name in ("name", "is_on", "what", "hours", "reasons", "at_least")}
    return plain | {
        "revision": rule.revision,
        "covers": _ALL if rule.covers_all else _CHOSEN,
        "addresses": "\n".join(rule.addresses),
        "members": list(rule.members.values_list("pk", flat=True)),
        "endpoints": list(rule.endpoints.values_list("pk", flat=True)),
    }


def _uuid_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
