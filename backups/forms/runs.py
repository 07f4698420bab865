"""What is sent to begin a backup."""

from django import forms
from django.db.models import QuerySet

from organizations.models import Item


class RunStartForm(forms.Form):
    """Nothing, for everything; or one ``item`` among ``items``, named by its uuid."""

    item = forms.ModelChoiceField(queryset=Item.objects.none(), to_field_name="uuid", required=False)

    def __init__(self, data, *, items: QuerySet[Item]) -> None:
        super().__init__(data)
        self.fields["item"].queryset = items
