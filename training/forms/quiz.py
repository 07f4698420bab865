"""What somebody hands in at the end of a course."""

from django import forms

from training.models import Attempt
from training.models.attempt import right_choices

_FOREIGN = {"invalid_choice": "Choose among the answers that stand here.", "required": "Choose an answer."}


class QuizForm(forms.Form):
    """The paper of one attempt: a group of radio buttons where one answer is right, of check boxes where several are.

    Choices are numbers in this paper, so those of other papers do not exist here. `answers` is what was chosen.
    """

    def __init__(self, *args, attempt: Attempt, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for number, question in enumerate(attempt.paper, start=1):
            self.fields[f"question-{number}"] = _field(question)

    def answers(self) -> list[list[int]]:
        """Return, for each question in order, the numbers of the choices that were made."""
        chosen = [self.cleaned_data[name] for name in self.fields]
        return [[int(number) for number in ([one] if isinstance(one, str) else one)] for one in chosen]


def _field(question: dict) -> forms.ChoiceField:
    choices = [(str(number), choice["text"]) for number, choice in enumerate(question["choices"])]
    if len(right_choices(question)) == 1:
        return forms.ChoiceField(
            label=question["text"], choices=choices, widget=forms.RadioSelect, error_messages=_FOREIGN
        )
    return forms.MultipleChoiceField(
        label=question["text"],
        choices=choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="Several answers are right. Choose all of them.",
        error_messages=_FOREIGN | {"required": "Choose the answers that are right."},
    )
