"""One lesson of a course, and who has read it."""

import re
from typing import Self

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse

from accounts.models import Membership, Partner
from accounts.scoping import OwnQuerySet
from training.models.course import Course

_PICTURE = re.compile(r"training/[a-z0-9_-]+/[a-z0-9_-]+\.(png|webp)")


def validate_picture(name: str) -> None:
    """Raise ValidationError unless ``name`` is a picture of the product's own static files for training."""
    if not _PICTURE.fullmatch(name) or finders.find(name) is None:
        raise ValidationError("Name a picture that ships with the product, such as training/essentials/reports.webp.")


class LessonQuerySet(models.QuerySet):
    def visible_to(self, membership: Membership) -> Self:
        """Return the lessons of the courses the member may take."""
        return self.filter(course__in=Course.objects.visible_to(membership))


class Lesson(models.Model):
    """A page of text, with at most one picture that ships with the product: nothing is fetched from elsewhere."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="lessons")
    slug = models.SlugField()
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=80)
    minutes = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(120)], help_text="How long it takes to read."
    )
    body = models.TextField(
        validators=[MaxLengthValidator(20_000)],
        help_text="Markdown: *emphasis*, **weight**, lists, tables, links. Headings, pictures and HTML are not shown.",
    )
    picture = models.CharField(max_length=120, blank=True, validators=[validate_picture])
    picture_alt = models.CharField(
        "what the picture shows", max_length=300, blank=True, help_text="For those who do not see it."
    )

    objects = LessonQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["course", "slug"], name="training_lesson_address_is_one"),
            models.CheckConstraint(condition=models.Q(minutes__gte=1), name="training_lessons_take_time"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("training:lesson_detail", args=[self.course.slug, self.slug])

    def clean(self) -> None:
        if self.picture and not self.picture_alt:
            raise ValidationError({"picture_alt": "Say what the picture shows, for those who do not see it."})


class LessonReadingQuerySet(OwnQuerySet):
    def visible_to(self, membership: Membership) -> Self:
        """Return what the member has read as one of this company."""
        return super().visible_to(membership).filter(partner_id=membership.partner_id)


class LessonReading(models.Model):
    """One person has read one lesson, as somebody of one company."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="readings")
    read_at = models.DateTimeField()

    objects = LessonReadingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "partner", "lesson"], name="training_lesson_read_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} read {self.lesson_id}"
