"""What a person decides about items: one, some ticked ones, or all that match."""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from organizations.models import Item
from organizations.models.item_filter import SHOWS, ItemFilter

# A page has fewer rows; more at once comes as a filter.
TICKED_AT_MOST = 200


class SwitchForm(forms.Form):
    """On or off, said and not toggled, so that a second click changes nothing. ``undo`` only changes the words."""

    do = forms.ChoiceField(choices=[("protect", "Protect"), ("unprotect", "Stop protecting")])
    undo = forms.BooleanField(required=False)


class SelectionForm(SwitchForm):
    """The same for several items of one tab. ``items`` are those the person may know about; no other can be named."""

    tab = forms.ChoiceField(choices=Item.Tab.choices)
    show = forms.ChoiceField(choices=[(code, label) for code, (label, _) in SHOWS.items()], required=False)
    q = forms.CharField(max_length=100, required=False)
    # All that match the filter, instead of the ticked ones.
    all = forms.BooleanField(required=False)
    item = forms.ModelMultipleChoiceField(
        queryset=Item.objects.none(),
        to_field_name="uuid",
        required=False,
        error_messages={"invalid_choice": "One of these is not in this list.", "invalid_pk_value": "This is no item."},
    )
    # The number the person agreed to; without one the person is asked.
    expected = forms.IntegerField(min_value=0, max_value=100_000_000, required=False)

    def __init__(self, data, *, items: QuerySet[Item]) -> None:
        super().__init__(data)
        self.items = items
        if data.get("tab") in Item.Tab.values:
            self.fields["item"].queryset = items.in_tab(data["tab"])

    def clean(self) -> dict:
        values = super().clean()
        if len(self.data.getlist("item")) > TICKED_AT_MOST:
            raise ValidationError(f"Tick {TICKED_AT_MOST} at most, or choose all that match.")
        if not self.errors and not values["all"] and not values["item"]:
            raise ValidationError("Nothing is selected. Tick somebody in the list first.")
        return values

    @property
    def is_protecting(self) -> bool:
        return self.cleaned_data["do"] == "protect"

    @property
    def filter(self) -> ItemFilter:
        """What the list shows, so that one comes back to the same place."""
        values = self.cleaned_data
        return ItemFilter(values["tab"], values["show"] or "ALL", " ".join(values["q"].split()))

    @property
    def selected(self) -> QuerySet[Item]:
        """The items the decision is about."""
        values = self.cleaned_data
        return self.filter.of(self.items) if values["all"] else self.items.filter(pk__in=values["item"])
