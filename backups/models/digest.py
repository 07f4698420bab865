"""Which Summary Digest was due for whom, the mail it became, and how that ended."""

import uuid
from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.scoping import TenantQuerySet
from backups.models.report import Report
from notifications.models import OutgoingEmail
from organizations.models import Organization
from organizations.models.organization import BackupStatus

_Mail = OutgoingEmail.State


class DigestQuerySet(TenantQuerySet):
    def newest_first(self) -> Self:
        return self.order_by("-local_date", "-pk")

    def in_state(self, state: str) -> Self:
        """Return those in a state of `Digest.State`."""
        match state:
            case Digest.State.MISSED:
                return self.exclude(missed="")
            case Digest.State.NOTHING:
                return self.filter(email=None, missed="")
            case Digest.State.SENDING:
                return self.filter(email__state__in=[_Mail.QUEUED, _Mail.HANDING_OVER])
        return self.filter(email__state=state)

    def undelivered(self) -> Self:
        """Return those that did not arrive, or of which nobody knows whether they did."""
        return self.filter(~Q(missed="") | Q(email__state__in=[_Mail.FAILED, _Mail.UNKNOWN]))

    def unnamed(self) -> Self:
        """Return those that no later digest names which arrived or still may."""
        return self.filter(Q(named_in=None) | Q(named_in__email__state__in=[_Mail.FAILED, _Mail.UNKNOWN]))

    def told(self) -> Self:
        """Return those whose mail arrived, or is on its way."""
        return self.filter(email__state__in=[_Mail.SENT, _Mail.QUEUED, _Mail.HANDING_OVER])

    def ended(self) -> Self:
        """Return those of which nothing is to come."""
        return self.filter(Q(email=None) | ~Q(email__state__in=[_Mail.QUEUED, _Mail.HANDING_OVER]))


class Digest(models.Model):
    """One digest that was due for one recipient on one local date. How far it is, the outbox says.

    Without a mail it was either missed, or there was nothing to tell: the settings ask for a digest only when there
    is trouble.
    """

    class State(models.TextChoices):
        SENT = "SENT", "Sent"
        SENDING = "SENDING", "Being sent"
        FAILED = "FAILED", "Could not be sent"
        UNKNOWN = "UNKNOWN", "May not have arrived"
        NOTHING = "NOTHING", "Nothing to tell"
        MISSED = "MISSED", "Missed"

    class Missed(models.TextChoices):
        PASSED = "PASSED", "nothing could send it within a day of its hour"
        CHANGED = "CHANGED", "the settings were changed before it was sent"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="digests", db_index=False)
    recipient = models.EmailField(max_length=254)
    local_date = models.DateField()
    due_at = models.DateTimeField()
    report = models.ForeignKey(Report, models.SET_NULL, null=True, related_name="+")
    # What the report said, which outlives it.
    status = models.CharField(max_length=11, choices=BackupStatus.choices, default=BackupStatus.NONE)
    email = models.OneToOneField(OutgoingEmail, models.PROTECT, null=True, related_name="+")
    missed = models.CharField(max_length=7, choices=Missed.choices, blank=True)
    # How many were missed before this one in the same long stop that have no rows of their own.
    earlier = models.PositiveIntegerField(default=0)
    # The later digest that tells its recipient that this one did not arrive.
    named_in = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    # Whether the log says how it ended.
    is_logged = models.BooleanField(default=False)

    objects = DigestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "recipient", "local_date"], name="backups_one_digest_per_local_date"
            ),
            models.CheckConstraint(condition=Q(missed="") | Q(email=None), name="backups_missed_digests_have_no_mail"),
        ]
        indexes = [
            models.Index(fields=["email"], condition=Q(is_logged=False), name="backups_digests_to_log"),
            models.Index("organization", F("local_date").desc(), F("id").desc(), name="backups_digests_by_date"),
        ]

    def __str__(self) -> str:
        return f"Summary Digest of {self.organization} for {self.recipient}, {self.local_date}"

    @property
    def state(self) -> "Digest.State":
        """How far it is, or how it ended."""
        if self.missed:
            return self.State.MISSED
        if self.email is None:
            return self.State.NOTHING
        is_open = self.email.state in (_Mail.QUEUED, _Mail.HANDING_OVER)
        return self.State.SENDING if is_open else self.State(self.email.state)

    @property
    def why(self) -> str:
        """Why it is in its state, in words; what the mail server said, where it said something."""
        if self.missed:
            more = f", and so were {self.earlier} before it" if self.earlier else ""
            return f"{self.get_missed_display()}{more}"
        return self.email.failure if self.email else ""
