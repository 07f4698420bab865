"""From when to when usage is shown."""

from datetime import date, timedelta

from django import forms

from accounts.forms.fields import DayField
from billing.months import Month

LONGEST = timedelta(days=366)


class UsageFilter(forms.Form):
    """Both days belong to the period. Without any it is the present month until today, with a last day its month."""

    since = DayField(required=False, label="From")
    until = DayField(required=False, label="To")

    def __init__(self, data=None, *, today: date) -> None:
        until = (data or {}).get("until")
        defaults = {"since": _month_of(until, today).first.isoformat(), "until": today.isoformat()}
        given = {name: value for name in defaults if (value := (data or {}).get(name))}
        super().__init__(defaults | given)

    @property
    def period(self) -> tuple[date, date] | None:
        """The first and the last day, or None where what was asked for makes no sense."""
        return (self.cleaned_data["since"], self.cleaned_data["until"]) if self.is_valid() else None

    def clean(self) -> dict:
        values = super().clean()
        since, until = values.get("since"), values.get("until")
        if since and until and since > until:
            self.add_error("until", "This day is before the first one.")
        elif since and until and until - since >= LONGEST:
            self.add_error("until", "Choose a year at most.")
        return values


def _month_of(typed: str | None, today: date) -> Month:
    """Return the month of the day that was typed, or today's where that is none."""
    try:
        return Month.holding(DayField().clean(typed))
    except forms.ValidationError:
        return Month.holding(today)
