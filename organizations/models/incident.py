"""Trouble with a client that people were told about, from its beginning to its end, and who was told."""

import uuid
from datetime import datetime
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.scoping import TenantQuerySet
from organizations.models.alert_rule import AlertRule
from organizations.models.organization import Organization

# Recipients that are named where an incident is about some.
_NAMED = 3


class IncidentQuerySet(TenantQuerySet):
    def open(self) -> Self:
        """Return those that are not over."""
        return self.filter(ended_at=None)

    def built_in(self) -> Self:
        """Return those of the alerts that are always there, which no rule asked for."""
        return self.filter(is_built_in=True)

    def newest_first(self) -> Self:
        return self.order_by("-began_at", "-pk")


class Incident(models.Model):
    """One mail goes out when it begins and one when it is over, however often it is noticed meanwhile."""

    class Kind(models.TextChoices):
        OVERDUE = "OVERDUE", "No good backup"
        FAILURES = "FAILURES", "Something cannot be saved"
        NO_ACCESS = "NO_ACCESS", "Service not accessible"
        DIGEST = "DIGEST", "Summary Digests do not arrive"

    class Ending(models.TextChoices):
        RECOVERED = "RECOVERED", "Over"
        # The rule was changed, switched off or deleted, or the client left.
        DROPPED = "DROPPED", "No longer watched"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="incidents")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    is_built_in = models.BooleanField(default=True)
    # None for a built-in alert, and after its rule was deleted; its name stays.
    rule = models.ForeignKey(AlertRule, models.SET_NULL, null=True, blank=True, related_name="incidents")
    rule_name = models.CharField(max_length=80, blank=True)
    # Since when it lasts, which is before anybody noticed: the last good backup, or the connection.
    since = models.DateTimeField()
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    # The recipients it is about, where it is about some only.
    about = ArrayField(models.EmailField(max_length=254), default=list, blank=True)
    ended_as = models.CharField(max_length=9, choices=Ending.choices, blank=True)
    # In a few words what was noticed when it began: "no good backup for more than 12 hours".
    what = models.CharField(max_length=200, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=200, blank=True)
    # While it is muted nobody is told anything of it; without an end, until the incident is over.
    muted_at = models.DateTimeField(null=True, blank=True)
    muted_by = models.CharField(max_length=200, blank=True)
    muted_until = models.DateTimeField(null=True, blank=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "organization",
                "kind",
                condition=Q(ended_at=None, is_built_in=True),
                name="organizations_one_open_incident_of_a_kind",
            ),
            models.UniqueConstraint(
                "organization",
                "rule",
                condition=Q(ended_at=None, is_built_in=False),
                name="organizations_one_open_incident_of_a_rule",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_as="") | Q(ended_at__isnull=False) & ~Q(ended_as=""),
                name="organizations_ended_incidents_say_how",
            ),
            models.CheckConstraint(
                condition=Q(is_built_in=False) | Q(rule=None), name="organizations_built_in_incidents_have_no_rule"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-began_at"], name="organizations_incidents_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.organization}: {self.words}"

    @property
    def words(self) -> str:
        """What it is about, also for those of before there were such words; of digests, whose do not arrive."""
        words = self.what or self.get_kind_display().lower()
        if not self.about:
            return words
        others = len(self.about) - _NAMED
        return f"{words} at {', '.join(self.about[:_NAMED])}{f' and {others} more' if others > 0 else ''}"

    def is_muted(self, now: datetime) -> bool:
        """Return whether nobody is to be told anything of it at ``now``."""
        return self.muted_at is not None and (self.muted_until is None or self.muted_until > now)


class IncidentNoticeQuerySet(TenantQuerySet):
    organization_path = "incident__organization"


class IncidentNotice(models.Model):
    """That somebody was told of an incident, when and how."""

    class Moment(models.TextChoices):
        OPENED = "OPENED", "Began"
        STILL_OPEN = "STILL_OPEN", "Still open"
        RECOVERED = "RECOVERED", "Over"

    class Channel(models.TextChoices):
        MAIL = "MAIL", "Mail"
        WEBHOOK = "WEBHOOK", "Webhook"

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="notices")
    moment = models.CharField(max_length=10, choices=Moment.choices)
    channel = models.CharField(max_length=7, choices=Channel.choices)
    # An address, or the name of a webhook.
    to = models.CharField(max_length=254)
    at = models.DateTimeField()

    objects = IncidentNoticeQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.get_moment_display()}: {self.to}"
