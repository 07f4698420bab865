"""One person takes one quiz once."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts.models import Membership, Partner
from accounts.scoping import OwnQuerySet
from training.models.course import Course


class AttemptQuerySet(OwnQuerySet):
    def visible_to(self, membership: Membership) -> Self:
        """Return the member's own attempts as one of this company."""
        return super().visible_to(membership).filter(partner_id=membership.partner_id)

    def open(self) -> Self:
        """Return those that were not handed in yet."""
        return self.filter(handed_in_at=None)


class Attempt(models.Model):
    """The paper is written when the quiz begins and stays what it is, so that whoever is answering is asked and
    judged by the same questions, whatever becomes of the course meanwhile.

    ``paper`` is a list of {"text", "lesson", "lesson_title", "choices": [{"text", "is_right"}]} in the order in which
    they are shown. ``answers`` holds, question by question, the numbers of the choices that were made.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    course = models.ForeignKey(Course, models.CASCADE, related_name="attempts")
    course_version = models.PositiveIntegerField()
    pass_percent = models.PositiveSmallIntegerField()
    paper = models.JSONField()
    answers = models.JSONField(default=list, blank=True)
    started_at = models.DateTimeField()
    handed_in_at = models.DateTimeField(null=True, blank=True)
    right = models.PositiveSmallIntegerField(default=0)
    is_passed = models.BooleanField(default=False)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "partner", "course"],
                condition=Q(handed_in_at=None),
                name="training_one_open_attempt",
            ),
            models.CheckConstraint(
                condition=Q(is_passed=False) | Q(handed_in_at__isnull=False), name="training_only_handed_in_passes"
            ),
        ]
        indexes = [models.Index(fields=["partner", "user", "course"], name="training_attempts_of_person")]

    def __str__(self) -> str:
        return f"Quiz of {self.course}"

    def get_absolute_url(self) -> str:
        return reverse("training:attempt_detail", args=[self.uuid])

    @property
    def asked(self) -> int:
        return len(self.paper)

    @property
    def percent(self) -> int:
        """How much was right, rounded down: 79.9 % is no 80 %."""
        return self.right * 100 // self.asked

    def wrong_questions(self) -> list[tuple[int, dict]]:
        """Return number, from 1, and question of everything that was not answered as it should be."""
        return [
            (number, question)
            for number, (question, chosen) in enumerate(zip(self.paper, self.answers, strict=True), start=1)
            if set(chosen) != right_choices(question)
        ]


def right_choices(question: dict) -> set[int]:
    """Return the numbers of the right choices of a question of a paper."""
    return {number for number, choice in enumerate(question["choices"]) if choice["is_right"]}
