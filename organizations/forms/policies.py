"""What the Services page sends: switches, the interval, skipped groups, patterns of addresses."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from accounts.forms.fields import refuse_control_characters
from organizations.actions.policies import SWITCHES
from organizations.models import Group, Policy
from organizations.models.user_filter import UserFilter

GROUPS_AT_MOST = 50
PATTERNS_AT_MOST = 20
_PATTERN_LENGTH = 120
_NOT_A_CHOICE = (
    "A group in this form is not a valid choice. It was left out; find the group again and press Save once more."
)
REVISION = {
    "min_value": 0,
    "max_value": 2**31 - 1,
    "widget": forms.HiddenInput,
    "error_messages": dict.fromkeys(
        ("required", "invalid", "min_value", "max_value"),
        "This form does not say which settings it was made from. Nothing was saved; open the page again.",
    ),
}


class GroupsField(forms.ModelMultipleChoiceField):
    """Groups, named by their uuid; anything that is none is simply not a valid choice."""

    def __init__(self, **kwargs) -> None:
        super().__init__(to_field_name="uuid", required=False, **kwargs)
        self.error_messages |= {"invalid_choice": _NOT_A_CHOICE, "invalid_list": _NOT_A_CHOICE}

    def clean(self, value: list[str] | None) -> QuerySet[Group]:
        value = list(dict.fromkeys(value or []))
        if len(value) > GROUPS_AT_MOST:
            raise ValidationError(f"At most {GROUPS_AT_MOST} groups can be skipped; these are {len(value)}.")
        if len(uuids_in(value)) < len(value):
            raise ValidationError(_NOT_A_CHOICE, code="invalid_choice")
        return super().clean(value)


class PatternsField(forms.CharField):
    """Patterns of addresses, one a line, as a list in lower case without doubles."""

    def clean(self, value: str | None) -> list[str]:
        text = super().clean(value)
        lines = [(number, line.strip().lower()) for number, line in enumerate(text.splitlines(), start=1)]
        problems = [problem for number, line in lines if line and (problem := _problem_of(number, line))]
        if problems:
            raise ValidationError(problems)
        patterns = list(dict.fromkeys(_squeezed(line) for _, line in lines if line))
        if len(patterns) > PATTERNS_AT_MOST:
            raise ValidationError(
                f"At most {PATTERNS_AT_MOST} patterns; these are {len(patterns)}. One with * can replace several."
            )
        return patterns


class IntervalField(forms.TypedChoiceField):
    """How often; None from a page that was opened before there was a choice, and then it stays as it is."""

    def clean(self, value: str | None) -> int | None:
        return super().clean(value) if value else None


class PolicyForm(forms.Form):
    """The whole Services page. Without ``data`` it holds what is saved.

    ``groups`` are those of the organization that may be chosen; None while groups cannot be chosen at all, and then
    the saved ones stay.
    """

    revision = forms.IntegerField(**REVISION)
    # Says what the person has read about the consequences before saving.
    confirmed = forms.CharField(required=False, widget=forms.HiddenInput)
    backup_every = IntervalField(
        label="Back up",
        choices=Policy.Interval.choices,
        coerce=int,
        help_text="Teams messages are read at most once a day: Microsoft’s terms ask for it.",
        error_messages={"invalid_choice": "Choose one of the intervals in the list. Nothing was saved."},
    )
    skip_groups = GroupsField(queryset=Group.objects.none(), label="Skip members of groups")
    skip_patterns = PatternsField(
        label="Skip addresses",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocapitalize": "off"}),
        help_text=(
            f"One pattern a line, at most {PATTERNS_AT_MOST}. * stands for anything, ? for one character, "
            "such as test-*@* or *@contractors.example."
        ),
    )

    def __init__(self, data=None, *, policy: Policy, saved_groups: list[Group], groups: QuerySet[Group] | None) -> None:
        saved = {"skip_patterns": "\n".join(policy.skip_patterns), "backup_every": policy.backup_every}
        super().__init__(data, initial=saved)
        self.policy, self.saved_groups, self.groups = policy, saved_groups, groups
        for name in SWITCHES:
            self.fields[name] = forms.BooleanField(required=False)
        if groups is None:
            del self.fields["skip_groups"]
        else:
            self.fields["skip_groups"].queryset = groups

    def is_on(self, name: str) -> bool:
        """Return how a switch stands in the form, saved or not."""
        return bool(self[name].data) if self.is_bound else getattr(self.policy, name)

    def chosen_groups(self) -> list[Group]:
        """Return the groups in the form, saved or not; what is no choice is left out."""
        if not self.is_bound or self.groups is None:
            return self.saved_groups
        uuids = uuids_in(self.data.getlist("skip_groups"))[:GROUPS_AT_MOST]
        return list(self.groups.filter(uuid__in=uuids).order_by("name", "pk")) if uuids else []

    def values(self) -> dict[str, Any]:
        """Return the cleaned values as `edit_policy` takes them."""
        values = {name: self.cleaned_data[name] for name in (*SWITCHES, "skip_patterns")}
        if self.cleaned_data["backup_every"] is not None:
            values["backup_every"] = self.cleaned_data["backup_every"]
        if self.groups is not None:
            values["skip_groups"] = list(self.cleaned_data["skip_groups"])
        return values

    def user_filter(self) -> UserFilter | None:
        """Return the filter as the form has it, or None while its patterns are not right."""
        if not self.is_bound:
            return UserFilter.of(self.policy)
        if "skip_patterns" in self.errors:
            return None
        return UserFilter(
            skip_external=self.is_on("skip_external"),
            skip_shared_mailboxes=self.is_on("skip_shared_mailboxes"),
            skip_disabled=self.is_on("skip_disabled"),
            groups=frozenset(group.pk for group in self.chosen_groups()),
            patterns=tuple(self.cleaned_data["skip_patterns"]),
        )


def uuids_in(texts: list[str]) -> list[UUID]:
    """Return those of ``texts`` that are UUIDs, written in the usual way."""
    found = []
    for text in texts:
        try:
            one = UUID(text)
        except ValueError:
            continue
        if str(one) == text:
            found.append(one)
    return found


def _squeezed(pattern: str) -> str:
    while "**" in pattern:
        pattern = pattern.replace("**", "*")
    return pattern


def _problem_of(number: int, pattern: str) -> str:
    try:
        refuse_control_characters(pattern)
    except ValidationError:
        return f"Line {number} holds invisible characters. Type it again."
    shown = f"Line {number}, “{pattern[:40]}{'…' if len(pattern) > 40 else ''}”,"
    if len(pattern) > _PATTERN_LENGTH:
        return f"{shown} is longer than {_PATTERN_LENGTH} characters."
    if any(character.isspace() for character in pattern):
        return f"{shown} holds a space. Addresses have none; write one pattern a line."
    if not pattern.strip("*?@."):
        return f"{shown} fits everybody. Name at least one letter or digit of the addresses meant."
    return ""
