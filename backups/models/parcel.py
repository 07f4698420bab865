"""Bytes that a worker prepared for one person to fetch."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

import sealing
from accounts.scoping import TenantQuerySet
from organizations.models import Organization

_PURPOSE = "parcel"


class ParcelQuerySet(TenantQuerySet):
    def visible_to(self, membership) -> Self:
        """Return the member's own parcels of clients the member may know about: nobody fetches another's."""
        return super().visible_to(membership).filter(person=membership.user_id)

    def fetchable(self, now) -> Self:
        """Return the parcels that are whole, and not yet out of date."""
        return self.filter(state=Parcel.State.READY, expires_at__gt=now)


class Parcel(models.Model):
    """One stream of bytes, sealed in parts in the store of the vaults, under a key of its own that lies here, sealed.

    The web process holds no key of a vault; this row is all it needs to hand the parcel out. Once the key is gone from
    the row nobody can read the parts any more, wherever copies of them are.
    """

    class State(models.TextChoices):
        WRITING = "WRITING", "Being prepared"
        READY = "READY", "Ready"
        # Its key is destroyed; parts may still wait to be deleted.
        ENDED = "ENDED", "Ended"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="parcels")
    # Whoever may fetch it; nobody once the login is gone.
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=400)
    media_type = models.CharField(max_length=100)
    state = models.CharField(max_length=7, choices=State.choices, default=State.WRITING)
    sealed_key = models.TextField(blank=True)
    size = models.PositiveBigIntegerField(default=0)
    # Of the plain bytes, in hexadecimal; known once it is whole.
    sha256 = models.CharField(max_length=64, blank=True)
    part_size = models.PositiveIntegerField()
    parts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    # The last sign of life of whoever writes it.
    written_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects = ParcelQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="ENDED", sealed_key="") | (~Q(state="ENDED") & ~Q(sealed_key="")),
                name="backups_only_parcels_that_stand_have_a_key",
            ),
        ]
        indexes = [models.Index(fields=["state", "expires_at"], name="backups_parcels_by_end")]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> bytes:
        """The key its parts are sealed with. Raises `sealing.CannotUnseal` once it was destroyed."""
        return bytes.fromhex(sealing.unseal(self.sealed_key, purpose=_PURPOSE))

    @key.setter
    def key(self, key: bytes) -> None:
        self.sealed_key = sealing.seal(key.hex(), purpose=_PURPOSE)
