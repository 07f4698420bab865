"""The packs of the vault."""

from django.db import models
from django.db.models import Q


class VaultPack(models.Model):
    """One pack in the store, named by its SHA-256, with its own key wrapped by a master."""

    pk = models.CompositePrimaryKey("organization", "id")
    organization = models.UUIDField()
    id = models.UUIDField()
    # The commit that brought it.
    commit = models.BigIntegerField()
    size = models.IntegerField()
    # Stored bytes of blobs that something refers to; the collector keeps it.
    live_bytes = models.IntegerField()
    blobs = models.IntegerField()
    # The master that wraps the key. Without a wrapped key nobody can read the pack any more.
    epoch = models.IntegerField()
    digest = models.BinaryField()
    slip = models.BinaryField()
    wrapped_key = models.BinaryField(null=True, blank=True)
    key_destroyed_at = models.DateTimeField(null=True, blank=True)
    lock_until = models.DateTimeField(null=True, blank=True)
    # Nothing new may refer to it from then on; it is deleted after a grace.
    doomed_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(wrapped_key__isnull=True, key_destroyed_at__isnull=False)
                | Q(wrapped_key__isnull=False, key_destroyed_at__isnull=True),
                name="backups_vault_pack_has_a_key_until_destroyed",
            ),
            models.CheckConstraint(
                condition=Q(key_destroyed_at=None) | Q(doomed_at__isnull=False),
                name="backups_vault_pack_without_key_is_doomed",
            ),
        ]
        indexes = [
            models.Index(
                "organization", "doomed_at", name="backups_vault_doomed_packs", condition=Q(doomed_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"Pack {bytes(self.digest).hex()[:12]} of {self.organization}"


class VaultBlob(models.Model):
    """Where a blob lies. Written by COPY, a hundred thousand at a time."""

    pk = models.CompositePrimaryKey("organization", "id")
    organization = models.UUIDField()
    pack = models.UUIDField()
    start = models.IntegerField()
    length = models.IntegerField()
    plain_length = models.IntegerField()
    flags = models.SmallIntegerField()
    id = models.BinaryField()

    class Meta:
        indexes = [models.Index("organization", "pack", name="backups_vault_blobs_of_a_pack")]

    def __str__(self) -> str:
        return f"Blob {bytes(self.id).hex()[:12]} of {self.organization}"
