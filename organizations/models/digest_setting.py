"""How an organization's Summary Digest is sent."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from accounts.models.user import validate_time_zone
from accounts.scoping import TenantQuerySet
from organizations.models.organization import Organization

RECIPIENTS_AT_MOST = 20


class DigestSetting(models.Model):
    """One per organization. Wall time and zone are kept, never an offset: the digest comes at the same local hour
    before and after the clocks change.
    """

    class Frequency(models.TextChoices):
        DAILY = "DAILY", "Every day"
        WEEKLY = "WEEKLY", "Every week"
        MONTHLY = "MONTHLY", "Every month"

    class Content(models.TextChoices):
        ALWAYS = "ALWAYS", "Always"
        TROUBLE = "TROUBLE", "Only when there is trouble"

    organization = models.OneToOneField(Organization, models.CASCADE, related_name="digest_setting")
    is_on = models.BooleanField(default=False)
    recipients = ArrayField(models.EmailField(max_length=254), default=list, blank=True, size=RECIPIENTS_AT_MOST)
    frequency = models.CharField(max_length=7, choices=Frequency.choices, default=Frequency.DAILY)
    # Monday is 0.
    weekday = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(6)])
    # In a shorter month the last day.
    month_day = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(31)])
    hour = models.PositiveSmallIntegerField(default=7, validators=[MaxValueValidator(23)])
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    content = models.CharField(max_length=7, choices=Content.choices, default=Content.ALWAYS)
    revision = models.PositiveIntegerField(default=0)
    # Up to here every digest that was due has its row; a moment that has passed, so that new rules for a zone count
    # for what is to come. None before the first time: then only the last day counts.
    settled_until = models.DateTimeField(null=True, blank=True)
    # What was due before an edit and has no row yet: the settings of then and the span they are asked for, as
    # `organizations.actions.digests_due` reads and writes them.
    owed = models.JSONField(default=list, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__lte=6, month_day__gte=1, month_day__lte=31, hour__lte=23),
                name="organizations_digest_times_exist",
            ),
        ]

    def __str__(self) -> str:
        return f"Summary Digest of {self.organization}"
