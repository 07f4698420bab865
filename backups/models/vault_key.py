"""The wrapped master keys of organizations."""

from django.db import models
from django.db.models import Q


class VaultKey(models.Model):
    """The record of one epoch, as it also lies in the store; useless without the root key."""

    pk = models.CompositePrimaryKey("organization", "epoch")
    organization = models.UUIDField()
    epoch = models.IntegerField()
    # The wrapped master. Gone once the key is destroyed.
    record = models.BinaryField(null=True, blank=True)
    root_name = models.BinaryField()
    created_at = models.DateTimeField()
    # A newer epoch wraps from then on; this one still opens what was not wrapped again.
    retired_at = models.DateTimeField(null=True, blank=True)
    destroyed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(record__isnull=True, destroyed_at__isnull=False)
                | Q(record__isnull=False, destroyed_at__isnull=True),
                name="backups_vault_key_is_there_until_destroyed",
            ),
        ]

    def __str__(self) -> str:
        return f"Epoch {self.epoch} of {self.organization}"
