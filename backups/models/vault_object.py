"""Objects of the sources and their versions."""

from django.db import models
from django.db.models import F, Q

# The end of a version that still stands. A number, so that one index finds both this and every older version.
STILL = 2**63 - 1


class VaultObject(models.Model):
    """A message, event, contact or file: an account and its id there. ``id`` is a keyed hash of both."""

    pk = models.CompositePrimaryKey("organization", "id")
    organization = models.UUIDField()
    id = models.UUIDField()
    account = models.TextField()
    external_id = models.TextField()

    class Meta:
        indexes = [models.Index("organization", "account", name="backups_vault_objects_of_one")]

    def __str__(self) -> str:
        return f"{self.external_id} of {self.account}"


class VaultVersion(models.Model):
    """One saved state of an object: what a restore point ``from_commit <= c < to_commit`` sees.

    The primary key says that an object has at most one version that still stands.
    """

    pk = models.CompositePrimaryKey("organization", "object", "to_commit")
    organization = models.UUIDField()
    object = models.UUIDField()
    from_commit = models.BigIntegerField()
    to_commit = models.BigIntegerField(default=STILL)
    size = models.BigIntegerField()
    # Of the bytes the source gave us; a restore is compared with it.
    sha256 = models.BinaryField()
    recipe = models.BinaryField()
    # The caller's note: folder, flags, times. Opaque here.
    meta = models.BinaryField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(from_commit__lt=F("to_commit")), name="backups_vault_version_begins_before_it_ends"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.object} from commit {self.from_commit}"
