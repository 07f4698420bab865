"""The filters of the search page."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone

from backups.models import Container, Run

# Everything kept, deleted since or not; what the source still has; every saved state.
KEPT, NOW, EVER = "kept", "now", "ever"
_SIZES = (("", "Any size"), ("1000000", "Larger than 1 MB"), ("10000000", "Larger than 10 MB"),
          ("100000000", "Larger than 100 MB"))  # fmt: skip
_SORTS = (("newest", "Newest first"), ("oldest", "Oldest first"))
_FIELDS = (("subject", "Subject and file name"), ("body", "Body and file text"), ("people", "From and to"))
# Points in time that can be picked from the list; any other is reached by a date.
_POINTS = 40


class SearchForm(forms.Form):
    """What to look for and where. Everything may be left out; what is wrong is told and left out."""

    q = forms.CharField(required=False, max_length=500)
    who = forms.CharField(required=False, max_length=200)
    item = forms.ModelMultipleChoiceField(queryset=None, required=False, to_field_name="uuid")
    kind = forms.MultipleChoiceField(choices=Container.Kind.choices, required=False)
    look = forms.MultipleChoiceField(choices=_FIELDS, required=False)
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)
    point = forms.ChoiceField(required=False)
    attached = forms.BooleanField(required=False)
    larger = forms.TypedChoiceField(choices=_SIZES, required=False, coerce=int, empty_value=None)
    sort = forms.ChoiceField(choices=_SORTS, required=False)

    def __init__(self, data: Any, *, items: Any, runs: Any) -> None:
        super().__init__(data)
        self.fields["item"].queryset = items
        self.points = [(str(run.uuid), run.ended_at) for run in runs.filter(state__in=_WHOLE)[:_POINTS]]
        self.fields["point"].choices = [(one, one) for one in (KEPT, NOW, EVER)] + [
            (uuid, uuid) for uuid, _ in self.points
        ]

    @property
    def chosen(self) -> dict[str, Any]:
        """What is valid of what was given, with everything that was not given at its default."""
        self.is_valid()
        given = {name: self.cleaned_data.get(name) for name in self.fields}
        return given | {
            "q": given["q"] or "",
            "who": given["who"] or "",
            "kind": given["kind"] or [],
            "look": given["look"] or [code for code, _ in _FIELDS],
            "point": given["point"] or KEPT,
            "sort": given["sort"] or "newest",
            "item": list(given["item"] or []),
            "since": _begin(given["since"]),
            "until": _end(given["until"]),
        }

    @property
    def problems(self) -> list[str]:
        """What was given and cannot be used, in sentences."""
        self.is_valid()
        return [f"{_NAMES.get(name, name)}: {error}" for name, errors in self.errors.items() for error in errors]


_WHOLE = (Run.State.SUCCESS, Run.State.PARTIAL)
_NAMES = {"since": "From", "until": "To", "item": "User or site", "point": "As it was on", "kind": "Kind"}


def _begin(day: Any) -> datetime | None:
    return None if day is None else timezone.make_aware(datetime.combine(day, time.min))


def _end(day: Any) -> datetime | None:
    return None if day is None else timezone.make_aware(datetime.combine(day, time.max))
