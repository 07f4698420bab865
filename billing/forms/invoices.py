"""To whom an invoice or a statement is sent."""

from collections.abc import Iterable

from django import forms

from accounts.models import Membership


class EmailForm(forms.Form):
    """Some of those who may see invoices."""

    people = forms.ModelMultipleChoiceField(
        queryset=Membership.objects.none(),
        to_field_name="uuid",
        label="To",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose one person at least."},
    )

    def __init__(self, *args, people: Iterable[Membership], **kwargs) -> None:
        """Offer ``people``, those whom billing is open for."""
        super().__init__(*args, **kwargs)
        field = self.fields["people"]
        field.queryset = Membership.objects.filter(pk__in=[one.pk for one in people]).select_related("user")
        field.label_from_instance = lambda member: f"{member.user.full_name}, {member.user.email}"
