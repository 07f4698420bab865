"""What is chosen of the list of failures."""

from django import forms
from django.db.models import QuerySet

from backups.models import Failure

# One page of the list, and some.
MOST_CHOSEN = 500


class FailureForm(forms.Form):
    """Failures that somebody chose on the page."""

    failure = forms.ModelMultipleChoiceField(queryset=None, to_field_name="uuid")

    def __init__(self, data, *, failures: QuerySet[Failure]) -> None:
        super().__init__(data)
        self.fields["failure"].queryset = failures.select_related("container__item__connection")

    def clean_failure(self) -> list[Failure]:
        """Return them, not too many at once."""
        chosen = list(self.cleaned_data["failure"][: MOST_CHOSEN + 1])
        if len(chosen) > MOST_CHOSEN:
            raise forms.ValidationError(f"Choose at most {MOST_CHOSEN} at once.")
        return chosen
