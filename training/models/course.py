"""What is taught: a course with its lessons and the quiz at its end."""

from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse

from accounts.models import Membership
from accounts.roles import Can


class CourseQuerySet(models.QuerySet):
    def visible_to(self, membership: Membership) -> Self:
        """Return the published courses: the same for all partners, none for whoever may not take training."""
        if not membership.sees_every_organization or not membership.may(Can.TAKE_TRAINING):
            return self.none()
        return self.filter(is_published=True)

    def with_size(self) -> Self:
        """Add ``minutes`` and ``lesson_count``, in the same query."""
        return self.annotate(minutes=Coalesce(Sum("lessons__minutes"), 0), lesson_count=Count("lessons"))

    def in_order(self) -> Self:
        return self.order_by("position", "title", "pk")


class Course(models.Model):
    """A published course never changes in place: staff withdraws it, changes it and publishes it again.

    One that ships with the product follows its files instead (`actions/shipping.py`) and is not edited by hand.
    """

    class Product(models.TextChoices):
        CLOUD_BACKUP = "CLOUD_BACKUP", "Cloud Backup"
        PORTAL = "PORTAL", "Portal"

    slug = models.SlugField(unique=True, help_text="Its address: /training/courses/…/. It stays what it is.")
    title = models.CharField(max_length=80)
    summary = models.CharField(max_length=200, help_text="One sentence, for the list of courses.")
    product = models.CharField(max_length=20, choices=Product.choices)
    position = models.PositiveSmallIntegerField(default=100, help_text="Smaller stands first in the list.")
    pass_percent = models.PositiveSmallIntegerField(
        "pass mark in percent",
        default=80,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="So much of the quiz has to be right.",
    )
    months_valid = models.PositiveSmallIntegerField(
        default=12,
        # More than the notice: after one month it would be due again on the day it is earned.
        validators=[MinValueValidator(2), MaxValueValidator(120)],
        help_text="So many months after passing the course is due again.",
    )
    is_published = models.BooleanField("published", default=False, editable=False)
    # One more at each publishing, and at each change of the files of a shipped one.
    version = models.PositiveIntegerField(default=0, editable=False)
    # A fingerprint of the files a shipped course was read from; empty for the courses of staff.
    fingerprint = models.CharField(max_length=64, default="", blank=True, editable=False)

    objects = CourseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(pass_percent__gte=1, pass_percent__lte=100), name="training_pass_mark_is_a_percentage"
            ),
            models.CheckConstraint(condition=Q(months_valid__gte=2), name="training_certificates_last"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("training:course_detail", args=[self.slug])

    @property
    def is_shipped(self) -> bool:
        return bool(self.fingerprint)
