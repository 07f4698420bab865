"""Commits that count, the manifests they brought, and what was erased."""

from django.db import models


class VaultCommit(models.Model):
    """One accepted commit; the object of the same digest lies in the store."""

    pk = models.CompositePrimaryKey("organization", "number")
    organization = models.UUIDField()
    number = models.BigIntegerField()
    made_at = models.DateTimeField()
    kind = models.CharField(max_length=12)
    packs = models.IntegerField(default=0)
    versions = models.IntegerField(default=0)
    deleted = models.IntegerField(default=0)
    stored_bytes = models.BigIntegerField(default=0)
    digest = models.BinaryField()

    def __str__(self) -> str:
        return f"Commit {self.number} of {self.organization}"


class VaultManifest(models.Model):
    """A blob that says what one commit did to one account; it is live as long as this row stands."""

    pk = models.CompositePrimaryKey("organization", "commit", "position")
    organization = models.UUIDField()
    commit = models.BigIntegerField()
    position = models.IntegerField()
    account = models.TextField()
    blob = models.BinaryField()

    class Meta:
        indexes = [models.Index("organization", "account", "commit", name="backups_vault_manifests_of_one")]

    def __str__(self) -> str:
        return f"Manifest {self.position} of commit {self.commit}"


class VaultTombstone(models.Model):
    """Something erased, remembered by a keyed hash, so that it is erased again after an older database came back."""

    pk = models.CompositePrimaryKey("organization", "digest")
    organization = models.UUIDField()
    digest = models.BinaryField()
    commit = models.BigIntegerField()
    erased_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Tombstone {bytes(self.digest).hex()[:12]} of {self.organization}"
