"""What somebody opened to look at: a worker reads it from the vault, the web process shows it for an hour."""

import json
import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models

import sealing
from accounts.scoping import TenantQuerySet
from backups.models.container import Container
from organizations.models import Organization

_PURPOSE = "preview"


class PreviewQuerySet(TenantQuerySet):
    def visible_to(self, membership) -> Self:
        """Return what the member opened, of clients the member may know about."""
        return super().visible_to(membership).filter(person=membership.user_id)


class Preview(models.Model):
    """One look at one saved state of an object. Only who opened it sees it, and only until it expires.

        WAITING ──> READY | FAILED

    ``sheet`` is what the page shows, as plain data, sealed: the web process cannot read the vault, and what was opened
    must not lie in the database for longer or plainer than it is looked at.
    """

    class State(models.TextChoices):
        WAITING = "WAITING", "Being read"
        READY = "READY", "Ready"
        FAILED = "FAILED", "Failed"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="previews")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    container = models.ForeignKey(Container, models.CASCADE, related_name="previews")
    # The vault's id of the record, and the commit its version began with; the other one it is compared with.
    object = models.UUIDField()
    from_commit = models.BigIntegerField()
    compared_with = models.BigIntegerField(null=True, blank=True)
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    sealed_sheet = models.TextField(blank=True)
    # In our words, why it cannot be shown.
    problem = models.CharField(max_length=300, blank=True)
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects = PreviewQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="backups_previews_by_end")]

    def __str__(self) -> str:
        return f"Preview {self.uuid} of {self.container}"

    @property
    def sheet(self) -> dict[str, Any]:
        """What the page shows; see `backups.engine.previewing`."""
        return json.loads(sealing.unseal(self.sealed_sheet, purpose=_PURPOSE)) if self.sealed_sheet else {}

    @sheet.setter
    def sheet(self, value: dict[str, Any]) -> None:
        self.sealed_sheet = sealing.seal(json.dumps(value), purpose=_PURPOSE)
