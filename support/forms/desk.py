"""What platform staff types about tickets."""

from django import forms

from accounts.models import User
from support.actions.notices import support_staff
from support.forms.tickets import MessageForm
from support.models import CannedAnswer
from support.models.numbers import row_number
from support.models.ticket import Priority, State


class AnswerForm(MessageForm):
    """An answer that the partner reads, or a note that only staff reads."""

    kind = forms.ChoiceField(
        label="Who reads it",
        choices=[("ANSWER", "The partner: a public answer, mailed"), ("NOTE", "Staff only: an internal note")],
        initial="ANSWER",
        widget=forms.RadioSelect,
    )
    state = forms.ChoiceField(
        label="After a public answer the case is",
        choices=[(state.value, state.label) for state in State if state != State.OPEN],
        initial=State.WAITING_FOR_PARTNER,
    )
    canned = forms.ModelChoiceField(
        queryset=CannedAnswer.objects.none(), required=False, label="Canned answer", empty_label="None"
    )

    field_order = ["canned", "body", "files", "kind", "state", "submission"]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["canned"].queryset = CannedAnswer.objects.order_by("title")
        self.fields["body"].label = "Answer or note"
        self.fields["body"].widget.attrs |= {"rows": 8, "class": "vLargeTextField"}

    def with_canned(self) -> "AnswerForm":
        """Return the form as it was typed, with the chosen text added to the answer."""
        values = self.data.copy()
        chosen = self.fields["canned"].queryset.filter(pk=row_number(values.get("canned", ""))).first()
        if chosen:
            values["body"] = "\n\n".join(filter(None, [values.get("body", "").strip(), chosen.body]))
        initial = {name: values.get(name) for name in ("body", "kind", "state", "submission") if values.get(name)}
        return AnswerForm(initial=initial)


class HandlingForm(forms.Form):
    """Who handles a ticket, how urgent it is, and how it stands. Each field remembers what it showed, so that two who
    change different ones at once do not undo each other.
    """

    assignee = forms.ModelChoiceField(
        queryset=User.objects.none(), required=False, label="Handled by", empty_label="Nobody yet"
    )
    priority = forms.ChoiceField(label="Priority", choices=Priority.choices)
    state = forms.ChoiceField(label="State", choices=State.choices)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = support_staff().order_by("last_name", "pk")
        for field in self.fields.values():
            field.show_hidden_initial = True
