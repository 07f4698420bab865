"""The outbox: every mail is a row before it is a mail."""

import uuid

from django.db import models
from django.db.models import Q

import sealing

_PURPOSE = "outgoing email"


class OutgoingEmail(models.Model):
    """One mail to one person.

    HANDING_OVER is written before the mail server is contacted: a row found in it by a later worker means that
    nobody knows whether the server took the mail.
    """

    class State(models.TextChoices):
        QUEUED = "QUEUED", "Queued"
        HANDING_OVER = "HANDING_OVER", "Handing over"
        SENT = "SENT", "Sent"
        FAILED = "FAILED", "Failed"
        UNKNOWN = "UNKNOWN", "Unknown"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=60)
    # At most one mail ever has the same key.
    key = models.CharField(max_length=200, blank=True)
    to = models.EmailField(max_length=254)
    subject = models.CharField(max_length=300)
    # Sealed: they may hold links that open accounts. Empty again once they are erased.
    sealed_text = models.TextField(blank=True)
    sealed_html = models.TextField(blank=True)
    # When the body is forgotten, unless the mail still waits then; None once it was.
    erase_at = models.DateTimeField(null=True, blank=True)
    headers = models.JSONField(default=dict)
    message_id = models.CharField(max_length=200)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    failure = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=~Q(key=""), name="notifications_one_mail_per_key"),
            models.CheckConstraint(
                condition=Q(state="SENT", sent_at__isnull=False) | (~Q(state="SENT") & Q(sent_at=None)),
                name="notifications_sent_mails_say_when",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at"], name="notifications_newest_mails"),
            models.Index(
                fields=["erase_at"], condition=Q(erase_at__isnull=False), name="notifications_bodies_to_erase"
            ),
            models.Index(
                fields=["state"], condition=Q(state__in=["QUEUED", "HANDING_OVER"]), name="notifications_open_mails"
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def text(self) -> str:
        """The plain text, unsealed; empty once it was erased."""
        return sealing.unseal(self.sealed_text, purpose=_PURPOSE) if self.sealed_text else ""

    @property
    def html(self) -> str:
        """The HTML part, unsealed; empty once it was erased."""
        return sealing.unseal(self.sealed_html, purpose=_PURPOSE) if self.sealed_html else ""

    def seal_body(self, *, text: str, html: str) -> None:
        """Set both parts of the body."""
        self.sealed_text = sealing.seal(text, purpose=_PURPOSE)
        self.sealed_html = sealing.seal(html, purpose=_PURPOSE)
