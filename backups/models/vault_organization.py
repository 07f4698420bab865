"""The vault of one organization and where its chain of commits ends."""

from django.db import models


class VaultOrganization(models.Model):
    """One row an organization. Whoever commits moves the head from the value it saw, so that the chain has no forks.

    The vault knows an organization as an id only; its tables have no foreign keys, so that they can be partitioned by
    organization and filled with COPY. Doors reach them through rows that have a wall.
    """

    organization = models.UUIDField(primary_key=True)
    head_number = models.BigIntegerField(default=0)
    head_digest = models.BinaryField()
    created_at = models.DateTimeField()
    # Set when the organization was erased: no key of it is left.
    erased_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Vault of {self.organization} at commit {self.head_number}"
