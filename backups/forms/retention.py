"""How long older versions are kept, as the Retention page sends it."""

from typing import Any

from django import forms

from organizations.forms.policies import REVISION
from organizations.models import RetentionRule
from organizations.models.retention_rule import A_YEAR, LONGEST, SHORTEST, period_words

FOR_EVER, FOR_A_TIME = "for_ever", "for_a_time"
DAYS, YEARS = "days", "years"


class RetentionForm(forms.Form):
    """For ever, or a number of days or years. Without ``data`` it holds what is saved, or waits."""

    revision = forms.IntegerField(**REVISION)
    # The period whose forecast the person has seen.
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    keep = forms.ChoiceField(
        label="Older versions",
        choices=[(FOR_EVER, "Keep for ever"), (FOR_A_TIME, "Remove after a time")],
        widget=forms.RadioSelect,
    )
    number = forms.IntegerField(
        label="Kept for",
        min_value=1,
        max_value=LONGEST,
        error_messages={"required": f"Enter for how long: {SHORTEST} days at least."},
    )
    unit = forms.ChoiceField(label="Unit", choices=[(DAYS, "days"), (YEARS, "years")])

    use_required_attribute = False

    def __init__(self, data=None, *, rule: RetentionRule) -> None:
        days = rule.next_days if rule.next_at else rule.days
        is_years = days is not None and days % A_YEAR == 0
        super().__init__(
            data,
            initial={
                "revision": rule.revision,
                "keep": FOR_EVER if days is None else FOR_A_TIME,
                "number": (days // A_YEAR if is_years else days) if days else None,
                "unit": YEARS if is_years else DAYS,
            },
        )

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        values["days"] = None
        if values.get("keep") == FOR_EVER:
            # Whatever stands in the fields beside it does not count.
            self.errors.pop("number", None)
            self.errors.pop("unit", None)
        if values.get("keep") != FOR_A_TIME or {"number", "unit"} & set(self.errors):
            return values
        days = values["number"] * (A_YEAR if values["unit"] == YEARS else 1)
        if days < SHORTEST:
            self.add_error(
                "number",
                f"{SHORTEST} days at least: somebody who lost something often notices weeks later, and then only an"
                " older version helps.",
            )
        elif days > LONGEST:
            self.add_error("number", f"{period_words(LONGEST)} at most; choose “Keep for ever” instead.")
        values["days"] = days
        return values
