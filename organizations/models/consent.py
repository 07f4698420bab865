"""One trip of an administrator to the provider's consent page and back."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

import sealing
from accounts.scoping import TenantQuerySet
from organizations.models.connection import Connection, Service
from organizations.models.organization import Organization
from organizations.models.source_app import SourceApp

_PURPOSE = "consent"


class Consent(models.Model):
    """From the click on "Continue to Microsoft" until the tenant is proved, refused or forgotten.

    What comes back from the provider's pages is never believed: it only names a tenant. A worker proves it by tokens
    of that tenant and by the sign-in of one of its administrators in the same browser session.
    """

    class State(models.TextChoices):
        STARTED = "STARTED", "At Microsoft"
        CONSENTED = "CONSENTED", "Consent given, sign-in follows"
        PROVING = "PROVING", "Being checked"
        PROVED = "PROVED", "Waiting for confirmation"
        DONE = "DONE", "Connected"
        REFUSED = "REFUSED", "Refused"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="consents")
    service = models.CharField(max_length=20, choices=Service.choices, default=Service.MICROSOFT_365)
    purpose = models.CharField(max_length=7, choices=SourceApp.Purpose.choices)
    # Set when the consent renews a connection: no other tenant may answer then.
    connection = models.ForeignKey(Connection, models.CASCADE, null=True, related_name="consents")
    state = models.CharField(max_length=9, choices=State.choices, default=State.STARTED)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField()
    # Neither of the two trips may come back later than this.
    expires_at = models.DateTimeField()
    # SHA-256 of the secrets that only this browser session and the links we handed out hold.
    session_fingerprint = models.CharField(max_length=64)
    consent_fingerprint = models.CharField(max_length=64)
    sign_in_fingerprint = models.CharField(max_length=64, blank=True)
    nonce = models.CharField(max_length=64, blank=True)
    sealed_verifier = models.TextField(blank=True)
    sealed_code = models.TextField(blank=True)
    # As named by the unsigned callback until a token proves it.
    tenant_id = models.CharField(max_length=64, blank=True)
    tenant_name = models.CharField(max_length=200, blank=True)
    domains = ArrayField(models.CharField(max_length=253), default=list)
    administrator = models.CharField(max_length=254, blank=True)
    roles = ArrayField(models.CharField(max_length=80), default=list)
    problem = models.CharField(max_length=500, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["organization", "-started_at"], name="organizations_newest_consents")]

    def __str__(self) -> str:
        return f"Consent for {self.organization}"

    def seal(self, text: str) -> str:
        """Return ``text`` as it may be stored until a worker needs it."""
        return sealing.seal(text, purpose=_PURPOSE)

    def unseal(self, sealed: str) -> str:
        """Return what `seal` was given. Raises `sealing.CannotUnseal`."""
        return sealing.unseal(sealed, purpose=_PURPOSE)
