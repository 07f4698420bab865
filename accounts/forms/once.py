"""Forms that do something once, however often they are sent."""

from uuid import uuid4

from django import forms


class OnceForm(forms.Form):
    """Carries ``submission``, which whoever acts on the form keeps with what it made: the same form makes it once."""

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def clean(self) -> dict:
        values = super().clean()
        if "submission" in self.errors:
            # Nobody typed it; without one that makes sense the form is simply one of its own.
            del self.errors["submission"]
            values["submission"] = uuid4()
        return values
