"""What somebody wants to have restored, from when, to whom, where, and what to do with what is there."""

from typing import Any
from uuid import UUID

from django import forms

from backups.actions.restores import Chosen, Wishes
from backups.forms.references import Reference, read_references
from backups.models import Container, Restore, Snapshot
from organizations.models import Item

SAME, OTHER = "same", "other"
FOLDER, ORIGINAL = "folder", "original"
_POINTS = 60


class RestoreForm(forms.Form):
    """The dialog of a restore. ``source`` is whose data it is; ``fixed`` is what was chosen before, or empty for
    whole kinds of the account, which the form asks for.
    """

    kinds = forms.ModelMultipleChoiceField(queryset=None, required=False, to_field_name="uuid")
    point = forms.ModelChoiceField(queryset=None, required=False, to_field_name="uuid")
    to = forms.ChoiceField(choices=[(SAME, SAME), (OTHER, OTHER)], required=False)
    whom = forms.CharField(required=False, max_length=200)
    place = forms.ChoiceField(choices=[(FOLDER, FOLDER), (ORIGINAL, ORIGINAL)], required=False)
    folder = forms.CharField(required=False, max_length=120)
    conflict = forms.ChoiceField(choices=Restore.Conflict.choices, required=False)
    sharing = forms.BooleanField(required=False)
    notifies = forms.BooleanField(required=False)
    as_messages = forms.BooleanField(required=False)

    def __init__(self, data: Any = None, *, source: Item, fixed: list[Chosen], containers, items, snapshots) -> None:
        super().__init__(data)
        self.source, self.fixed, self.items = source, fixed, items
        self.containers = list(containers)
        self.fields["kinds"].queryset = containers
        self.fields["point"].queryset = snapshots
        self.points: list[Snapshot] = list(snapshots.order_by("-taken_at")[:_POINTS])

    def clean_whom(self) -> Item | None:
        """Return who else gets it, by address or by the whole name."""
        words = self.cleaned_data["whom"].strip()
        if self.data.get("to") != OTHER:
            return None
        others = self.items.filter(kind=self.source.kind, connection=self.source.connection_id)
        found = list(others.filter(address__iexact=words)[:2] or others.filter(name__iexact=words)[:2]) if words else []
        if not found:
            raise forms.ValidationError("Say the address or the whole name of somebody of this client.")
        if len(found) > 1:
            raise forms.ValidationError("More than one has this name. Say the address.")
        return found[0]

    def clean(self) -> dict[str, Any]:
        """Make sure that something is chosen."""
        given = super().clean()
        if not self.fixed and not given.get("kinds") and "kinds" not in self.errors:
            self.add_error("kinds", "Choose what is to be restored.")
        return given

    @property
    def chosen(self) -> list[Chosen]:
        """What is to be restored, of a form that is valid."""
        return self.fixed or [Chosen(container=one) for one in self.cleaned_data["kinds"]]

    @property
    def target(self) -> Item:
        """Who gets it."""
        return self.cleaned_data["whom"] or self.source

    @property
    def wishes(self) -> Wishes:
        """How it is put back."""
        given = self.cleaned_data
        return Wishes(
            folder="" if given["place"] == ORIGINAL else given["folder"] or None,
            conflict=given["conflict"] or Restore.Conflict.SKIP,
            sharing=given["sharing"],
            notifies=given["notifies"],
            as_messages=given["as_messages"],
        )


def chosen_objects(references: list[Reference], containers) -> dict[Item, list[Chosen]]:
    """Return what references choose, by whose it is; those of no container in ``containers`` are left out."""
    known = {one.uuid: one for one in containers.filter(uuid__in={one.container for one in references})}
    of_container: dict[Container, list[tuple[UUID, int]]] = {}
    for one in references:
        if container := known.get(one.container):
            of_container.setdefault(container, []).append((one.object, one.from_commit))
    chosen: dict[Item, list[Chosen]] = {}
    for container, objects in of_container.items():
        chosen.setdefault(container.item, []).append(Chosen(container, objects=tuple(objects)))
    return chosen


def references_in(data: Any) -> list[Reference]:
    """Return the references of a form or an address."""
    return read_references(data.getlist("objects"))
