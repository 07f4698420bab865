"""Where a partner's own programs are told what happened, and every telling of it."""

import base64
import secrets
import uuid
from datetime import datetime, timedelta
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q

import sealing

_PURPOSE = "webhook secret"
# How long the secret before still signs beside the new one.
OVERLAP = timedelta(hours=24)


class WebhookEvent(models.TextChoices):
    """What an endpoint can be told. The code is the ``type`` in the payload."""

    INCIDENT_OPENED = "incident.opened", "An incident began"
    INCIDENT_RECOVERED = "incident.recovered", "An incident is over"
    REPORT_READY = "report.ready", "A backup report was taken"
    RESTORE_ENDED = "restore.ended", "A restore ended"
    RUN_FAILED = "run.failed", "A backup failed"


# Sent on request only, to any endpoint.
TEST_EVENT = "webhook.test"


class WebhookEndpointQuerySet(models.QuerySet):
    def visible_to(self, membership) -> Self:
        """Return the endpoints of the member's company; organization users see none."""
        return self.filter(partner_id=membership.partner_id) if membership.sees_every_organization else self.none()

    def with_due_deliveries(self, now: datetime) -> Self:
        """Return those that are on, not left alone for a while, and have something to be sent now."""
        due = WebhookDelivery.objects.due(now).filter(endpoint=OuterRef("pk"))
        return self.filter(Q(rests_until=None) | Q(rests_until__lte=now), Exists(due), is_on=True)


class WebhookEndpoint(models.Model):
    """An address of a partner's own, what it wants to know, and the secret that proves that we say it."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey("accounts.Partner", models.CASCADE, related_name="webhook_endpoints")
    name = models.CharField(max_length=80)
    url = models.CharField(max_length=500)
    events = ArrayField(models.CharField(max_length=30, choices=WebhookEvent.choices), default=list)
    is_on = models.BooleanField(default=True)
    sealed_secret = models.TextField()
    sealed_old_secret = models.TextField(blank=True)
    old_secret_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    # Since when nothing but failures came back; empty after a success.
    failing_since = models.DateTimeField(null=True, blank=True)
    # After no answer, or a slow one, nothing is tried before this moment, and each time the pause grows.
    rests_until = models.DateTimeField(null=True, blank=True)
    silences = models.PositiveSmallIntegerField(default=0)
    # Why it was switched off by itself, and whether that was told; empty while it is on, or off by hand.
    off_because = models.CharField(max_length=200, blank=True)
    off_told_at = models.DateTimeField(null=True, blank=True)

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "name"], name="notifications_webhook_names_are_unique"),
            models.CheckConstraint(
                condition=Q(is_on=False) | Q(off_because=""), name="notifications_no_reason_to_be_off_while_on"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def secret(self) -> str:
        """The secret as it is shown, ``whsec_`` and 32 random bytes in base64."""
        return sealing.unseal(self.sealed_secret, purpose=_PURPOSE)

    def renew_secret(self, now: datetime) -> None:
        """Set a new secret; a former one goes on signing beside it for a day."""
        if self.sealed_secret:
            self.sealed_old_secret, self.old_secret_until = self.sealed_secret, now + OVERLAP
        new = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode("ascii")
        self.sealed_secret = sealing.seal(new, purpose=_PURPOSE)

    def signing_secrets(self, now: datetime) -> list[str]:
        """Return the secrets that sign now, the newest first."""
        found = [self.secret]
        if self.old_secret_until and self.old_secret_until > now:
            found.append(sealing.unseal(self.sealed_old_secret, purpose=_PURPOSE))
        return found


class WebhookDeliveryQuerySet(models.QuerySet):
    def visible_to(self, membership) -> Self:
        """Return what was sent to the endpoints of the member's company; organization users see none."""
        return self.filter(endpoint__in=WebhookEndpoint.objects.visible_to(membership))

    def due(self, now: datetime) -> Self:
        """Return what is to be sent by now."""
        return self.filter(state=WebhookDelivery.State.QUEUED, next_try_at__lte=now)


class WebhookDelivery(models.Model):
    """One event for one endpoint: sent until it is taken, or three days have passed."""

    class State(models.TextChoices):
        QUEUED = "QUEUED", "Waiting"
        DELIVERED = "DELIVERED", "Delivered"
        FAILED = "FAILED", "Failed"

    # Also the ``webhook-id``, the same at each try: whoever gets an event twice knows it by this.
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=30)
    # The JSON that is sent, word for word.
    payload = models.TextField()
    created_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    # All tries; and those since it was queued, last by "Send again", which decide about the next wait.
    attempts = models.PositiveSmallIntegerField(default=0)
    attempts_in_row = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    last_tried_at = models.DateTimeField(null=True, blank=True)
    last_code = models.PositiveSmallIntegerField(null=True, blank=True)
    # The first characters of the newest answer, or in our words why there was none.
    last_answer = models.CharField(max_length=500, blank=True)
    problem = models.CharField(max_length=300, blank=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="QUEUED", next_try_at__isnull=False) | (~Q(state="QUEUED") & Q(next_try_at=None)),
                name="notifications_waiting_deliveries_say_when",
            ),
        ]
        indexes = [
            models.Index(fields=["endpoint", "-created_at"], name="notifications_newest_webhooks"),
            models.Index(
                fields=["endpoint", "next_try_at"], name="notifications_due_webhooks", condition=Q(state="QUEUED")
            ),
            models.Index(fields=["created_at"], name="notifications_webhooks_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.endpoint}"
