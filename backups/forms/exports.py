"""What is sent to ask for an export."""

from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from backups.actions.exports import MOST_CHOSEN, Wanted
from backups.models import Container, Export, Snapshot

_MOST_COMMITS = 2**62


class ExportForm(forms.Form):
    """Which kinds of the accounts to hand out, as of when, and in which form mails are written.

    ``containers`` are those of the chosen accounts, ``snapshots`` the points in time one may choose.
    """

    kinds = forms.MultipleChoiceField(
        label="What", widget=forms.CheckboxSelectMultiple, error_messages={"required": "Choose what to export."}
    )
    snapshot = forms.ModelChoiceField(
        label="As of", queryset=Snapshot.objects.none(), to_field_name="uuid", required=False, empty_label="Now"
    )
    mail_format = forms.ChoiceField(
        label="Messages", choices=Export.MailFormat.choices, initial=Export.MailFormat.EML, widget=forms.RadioSelect
    )

    def __init__(self, data, *, containers: list[Container], snapshots: QuerySet[Snapshot]) -> None:
        super().__init__(data)
        self.containers = containers
        there = {container.kind for container in containers}
        self.fields["kinds"].choices = [(kind, label) for kind, label in Container.Kind.choices if kind in there]
        self.fields["kinds"].initial = [one.kind for one in containers if one.objects_kept]
        self.fields["snapshot"].queryset = snapshots
        self.fields["snapshot"].label_from_instance = _moment

    def chosen(self) -> list[Container]:
        """Return the containers of the chosen kinds, account by account."""
        return [one for one in self.containers if one.kind in self.cleaned_data["kinds"]]

    def wanted(self) -> list[Wanted]:
        """Return what an action takes."""
        snapshot = self.cleaned_data["snapshot"]
        commit = snapshot.commit if snapshot else None
        return [Wanted(container, commit) for container in self.chosen()]


class FormatForm(forms.Form):
    """In which form the mails of a selection are written."""

    mail_format = ExportForm.base_fields["mail_format"]


class SelectionForm(forms.Form):
    """Chosen objects, each as ``<container's uuid>:<object's id>:<commit its version begins with>``, by white space."""

    objects = forms.CharField(max_length=100 * MOST_CHOSEN)
    what = forms.CharField(max_length=300, required=False)

    def __init__(self, data, *, containers: QuerySet[Container]) -> None:
        super().__init__(data)
        self._containers = containers

    def clean_objects(self) -> list[Wanted]:
        """Return what an action takes, container by container."""
        found: dict[UUID, dict[tuple[UUID, int], None]] = {}
        for reference in self.cleaned_data["objects"].split():
            try:
                container, one, commit = reference.split(":")
                if not 0 < int(commit) < _MOST_COMMITS:
                    raise ValueError("no commit has this number")
                found.setdefault(UUID(container), {})[UUID(one), int(commit)] = None
            except ValueError as problem:
                raise forms.ValidationError("An object of the selection is not one. Search again.") from problem
        containers = {one.uuid: one for one in self._containers.filter(uuid__in=found)}
        if found.keys() - containers.keys():
            raise forms.ValidationError("An object of the selection is not of this client. Search again.")
        return [Wanted(containers[uuid], chosen=tuple(chosen)) for uuid, chosen in found.items()]


def _moment(snapshot: Snapshot) -> str:
    local = timezone.localtime(snapshot.taken_at)
    return f"{local.day} {local:%b %Y, %H:%M}"
