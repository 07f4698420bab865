"""What a partner wants to be told of: which clients, what trouble, to whom."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import Membership, Partner
from accounts.scoping import PartnerQuerySet
from notifications.models import WebhookEndpoint
from organizations.models.organization import Organization

HOURS_AT_MOST = 30 * 24
ADDRESSES_AT_MOST = 20


class AlertRuleQuerySet(PartnerQuerySet):
    def by_name(self):
        return self.order_by("name", "pk")


class AlertRule(models.Model):
    """One rule. Trouble begins once it has lasted ``hours``; then an `Incident` is opened for each client in it."""

    class What(models.TextChoices):
        OVERDUE = "OVERDUE", "No good backup"
        FAILURES = "FAILURES", "Something cannot be saved"
        NO_ACCESS = "NO_ACCESS", "Service not accessible"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="alert_rules")
    name = models.CharField(max_length=80)
    is_on = models.BooleanField(default=True)
    # All clients, also those of the future; else the chosen ones.
    covers_all = models.BooleanField(default=True)
    organizations = models.ManyToManyField(Organization, related_name="alert_rules", blank=True)
    what = models.CharField(max_length=9, choices=What.choices)
    hours = models.PositiveSmallIntegerField()
    # For FAILURES: codes of reasons as the floor above knows them, none for all of them; and how many there must be.
    reasons = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    at_least = models.PositiveIntegerField(default=1)
    members = models.ManyToManyField(Membership, related_name="+", blank=True)
    addresses = ArrayField(models.EmailField(max_length=254), default=list, blank=True)
    endpoints = models.ManyToManyField(WebhookEndpoint, related_name="alert_rules", blank=True)
    created_at = models.DateTimeField()
    # Grows with every change, so that two people who save at once do not undo each other unseen.
    revision = models.PositiveIntegerField(default=0)

    objects = AlertRuleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "name"], name="organizations_alert_rule_names_are_unique"),
            models.CheckConstraint(
                condition=Q(hours__gte=0, hours__lte=HOURS_AT_MOST) & (~Q(what="OVERDUE") | Q(hours__gte=1)),
                name="organizations_alert_rules_wait_up_to_a_month",
            ),
            models.CheckConstraint(condition=Q(at_least__gte=1), name="organizations_alert_rules_count_from_one"),
        ]

    def __str__(self) -> str:
        return self.name
