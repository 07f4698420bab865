"""Our own registrations at the providers, and the credentials that only workers can open."""

import base64

from django.db import models
from django.db.models import Q

from organizations.models.connection import Service


class SourceApp(models.Model):
    """An app registration of this installation. Reading and writing are two registrations on purpose:
    a stolen backup credential can neither change nor delete anything.
    """

    class Purpose(models.TextChoices):
        BACKUP = "BACKUP", "Backup (read only)"
        RESTORE = "RESTORE", "Restore (write)"

    service = models.CharField(max_length=20, choices=Service.choices, default=Service.MICROSOFT_365)
    purpose = models.CharField(max_length=7, choices=Purpose.choices)
    client_id = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "purpose"], name="organizations_one_app_per_purpose"),
        ]

    def __str__(self) -> str:
        return f"{self.get_service_display()}, {self.get_purpose_display()}"


class SourceCredential(models.Model):
    """A certificate or secret with which an app shows who it is. Two may overlap while one replaces the other.

    ``sealed`` opens with SOURCE_KEYS, which only workers and the command line hold; the web process cannot.
    """

    class Kind(models.TextChoices):
        CERTIFICATE = "CERTIFICATE", "Certificate"
        SECRET = "SECRET", "Secret"

    app = models.ForeignKey(SourceApp, models.CASCADE, related_name="credentials")
    kind = models.CharField(max_length=11, choices=Kind.choices)
    sealed = models.TextField()
    # SHA-256 of the certificate, in hexadecimal; for a secret its last four characters.
    hint = models.CharField(max_length=64)
    added_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="SECRET") | Q(expires_at__isnull=False), name="organizations_certificates_expire"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.hint[:8]}"

    @property
    def x5t_s256(self) -> str:
        """The certificate's SHA-256 as a JWT header wants it (RFC 7515 section 4.1.8)."""
        return base64.urlsafe_b64encode(bytes.fromhex(self.hint)).rstrip(b"=").decode("ascii")
