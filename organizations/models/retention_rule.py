"""For how long versions of a client are kept that are not current any more."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from accounts.scoping import TenantQuerySet
from organizations.models.organization import Organization

# A month is what people need to notice a loss; a century is longer than any law asks.
SHORTEST, LONGEST, A_YEAR = 30, 36_500, 365


def period_words(days: int | None) -> str:
    """Return a period as people say it: "for ever", "90 days", "7 years"."""
    if days is None:
        return "for ever"
    if days % A_YEAR == 0:
        years = days // A_YEAR
        return f"{years:,} year{'s' if years != 1 else ''}"
    return f"{days:,} days"


def rule_words(days: int | None) -> str:
    """Return a rule in one sentence without its full stop."""
    return "Kept for ever" if days is None else f"Older versions kept {period_words(days)}"


class RetentionRule(models.Model):
    """One per client; without a row everything is kept for ever.

    ``days`` is what is applied, None for ever. A stricter period waits in ``next_days`` until ``next_at``. While it is
    frozen nothing is removed.
    """

    organization = models.OneToOneField(Organization, models.CASCADE, related_name="retention_rule")
    days = models.PositiveIntegerField(null=True, blank=True)
    next_days = models.PositiveIntegerField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    set_by = models.CharField(max_length=200)
    set_at = models.DateTimeField()
    # Grows with every change, so that two people who save at once do not undo each other unseen.
    revision = models.PositiveIntegerField(default=0)
    frozen_at = models.DateTimeField(null=True, blank=True)
    frozen_because = models.CharField(max_length=300, blank=True)
    # Since when what went missing at the source counts: the moment somebody let a frozen rule go on.
    resumed_at = models.DateTimeField(null=True, blank=True)
    # The newest removal, with its counts.
    purged_at = models.DateTimeField(null=True, blank=True)
    purged_versions = models.PositiveBigIntegerField(default=0)
    purged_bytes = models.PositiveBigIntegerField(default=0)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(days=None) | Q(days__gte=SHORTEST, days__lte=LONGEST),
                name="organizations_retention_is_a_month_at_least",
            ),
            models.CheckConstraint(
                condition=Q(next_days=None, next_at=None)
                | (Q(next_days__gte=SHORTEST, next_days__lte=LONGEST) & Q(next_at__isnull=False)),
                name="organizations_coming_retention_says_when",
            ),
            models.CheckConstraint(
                condition=Q(next_days=None) | Q(days=None) | Q(next_days__lt=F("days")),
                name="organizations_only_stricter_retention_waits",
            ),
            models.CheckConstraint(
                condition=Q(frozen_at=None, frozen_because="") | (Q(frozen_at__isnull=False) & ~Q(frozen_because="")),
                name="organizations_frozen_retention_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"Retention of {self.organization}"

    @property
    def words(self) -> str:
        """What is applied now, in words."""
        return rule_words(self.days)

    @property
    def next_words(self) -> str:
        """What comes, in words."""
        return rule_words(self.next_days) if self.next_at else ""

    def is_due(self, now: datetime) -> bool:
        """Whether the stricter period that waited applies from now on."""
        return self.next_at is not None and self.next_at <= now
