"""What is asked of the list of digests; whatever makes no sense is left out."""

from typing import Any

from django import forms

from backups.models import Digest


class DigestForm(forms.Form):
    """To whom, in which state, in which month."""

    recipient = forms.CharField(required=False, max_length=254)
    state = forms.ChoiceField(required=False, choices=Digest.State.choices)
    month = forms.DateField(required=False, input_formats=["%Y-%m"])

    def chosen(self) -> dict[str, Any]:
        """Return what makes sense of it; "" or None for the rest."""
        self.is_valid()
        return {"recipient": "", "state": "", "month": None} | self.cleaned_data
