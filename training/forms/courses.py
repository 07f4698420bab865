"""What platform staff types when it writes a course, and when it withdraws a certificate."""

from django import forms
from django.contrib.admin.helpers import ActionForm

from training.models import Course, Lesson, Question


class CourseForm(forms.ModelForm):
    """What a course is."""

    class Meta:
        model = Course
        fields = ("title", "slug", "summary", "product", "position", "pass_percent", "months_valid")
        widgets = {"summary": forms.Textarea(attrs={"rows": 2})}


class LessonForm(forms.ModelForm):
    """A lesson of the course."""

    class Meta:
        model = Lesson
        fields = ("position", "title", "slug", "minutes", "body", "picture", "picture_alt")


class QuestionForm(forms.ModelForm):
    """A question of the quiz; the course is that of its lesson."""

    class Meta:
        model = Question
        fields = ("lesson", "position", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if "lesson" in self.fields:
            editable = Lesson.objects.filter(course__is_published=False, course__fingerprint="")
            self.fields["lesson"].queryset = editable.select_related("course").order_by("course__title", "position")
            self.fields["lesson"].label_from_instance = lambda lesson: f"{lesson.course}: {lesson}"

    def clean(self) -> dict:
        values = super().clean()
        if lesson := values.get("lesson"):
            self.instance.course = lesson.course
        return values


class ChoiceFormSet(forms.BaseInlineFormSet):
    """The choices of one question: at least one is right, and at least one is not."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        kept = [form.cleaned_data for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        if {choice.get("is_right", False) for choice in kept} != {True, False}:
            raise forms.ValidationError("A question needs a right choice and a wrong one.")


class ReasonForm(ActionForm):
    """Why something is withdrawn; it stands beside the choice of the action."""

    reason = forms.CharField(required=False, max_length=300, strip=True, label="Reason")
