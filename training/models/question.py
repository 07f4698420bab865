"""What the quiz of a course asks. Partners' people meet it only as the paper of an attempt, without the answers."""

from django.core.validators import MaxLengthValidator
from django.db import models

from training.models.course import Course
from training.models.lesson import Lesson


class Question(models.Model):
    """One question, with one or several right choices, and the lesson in which the answer stands."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField(default=0)
    text = models.TextField(validators=[MaxLengthValidator(500)])
    lesson = models.ForeignKey(
        Lesson, models.PROTECT, related_name="questions", help_text="Where to read again after a wrong answer."
    )

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.text[:80]


class Choice(models.Model):
    """One answer to choose."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="choices")
    text = models.CharField(max_length=300)
    is_right = models.BooleanField("right", default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["question", "text"], name="training_choices_differ")]

    def __str__(self) -> str:
        return self.text[:80]
