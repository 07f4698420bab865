"""The key with which a program reads what a partner may know."""

import hmac
import re
import secrets
import string
import uuid
from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Lower

from accounts.models.invitation import fingerprint_of
from accounts.models.partner import Partner
from accounts.scopes import Scope
from accounts.scoping import PartnerQuerySet

_MARK = "ptc_live_"
_LETTERS = string.ascii_letters + string.digits
_HANDLE_LENGTH = 8
# 43 of 62 letters hold 256 random bits.
_SECRET_LENGTH = 43
_SHAPE = re.compile(f"{_MARK}[A-Za-z0-9]{{{_HANDLE_LENGTH + _SECRET_LENGTH}}}")
# Noting each use would turn every read into a write; once a minute is what people look for.
_NOTED_EVERY = timedelta(minutes=1)


def new_key() -> str:
    """Return a key nobody can guess. Its first letters are its handle, by which it is found and recognised."""
    return _MARK + "".join(secrets.choice(_LETTERS) for _ in range(_HANDLE_LENGTH + _SECRET_LENGTH))


def handle_of(key: str) -> str:
    """Return the letters of ``key`` that are no secret."""
    return key[: len(_MARK) + _HANDLE_LENGTH]


class ApiKeyQuerySet(PartnerQuerySet):
    def usable(self, now: datetime):
        """Return the keys that open something at ``now``."""
        return self.filter(revoked_at=None, expires_at__gt=now, partner__is_active=True)

    def usable_first(self, now: datetime):
        """Return the keys as they are listed: what opens something, what expired, what was revoked; newest first."""
        rank = Case(When(revoked_at__isnull=False, then=Value(2)), When(expires_at__lte=now, then=Value(1)), default=0)
        return self.order_by(rank, F("revoked_at").desc(), "-created_at", "-pk")

    def presented(self, key: str, now: datetime) -> "ApiKey | None":
        """Return the usable key whose whole text is ``key``; None for an unknown, expired or revoked one alike."""
        if not _SHAPE.fullmatch(key):
            return None
        found = self.usable(now).filter(handle=handle_of(key)).select_related("partner").first()
        fits = hmac.compare_digest(found.fingerprint if found else "", fingerprint_of(key))
        return found if fits else None


class ApiKey(models.Model):
    """A named key of a partner. Whoever holds it reads what its scopes open, at all clients or at the chosen ones.

    Only a fingerprint of it is kept. It belongs to the company, and outlives the account of who made it.
    """

    class State(models.TextChoices):
        ACTIVE = "ACTIVE", "Active"
        EXPIRED = "EXPIRED", "Expired"
        REVOKED = "REVOKED", "Revoked"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=80)
    handle = models.CharField(max_length=24, unique=True, db_collation="C")
    fingerprint = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=12, choices=Scope.choices))
    # A column of its own, so that a key whose clients were all removed opens nothing instead of everything.
    sees_every_organization = models.BooleanField(default=True)
    organizations = models.ManyToManyField("organizations.Organization", related_name="+", blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_used_from = models.GenericIPAddressField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.CharField(max_length=200, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "partner",
                Lower("name"),
                condition=Q(revoked_at=None),
                name="accounts_names_of_keys_are_unique_until_revoked",
            ),
            models.CheckConstraint(condition=Q(scopes__len__gt=0), name="accounts_a_key_opens_something"),
        ]
        indexes = [models.Index(fields=["partner", "-created_at"], name="accounts_keys_newest_first")]

    def __str__(self) -> str:
        return self.name

    @property
    def organization_ids(self) -> models.QuerySet:
        """The chosen clients of a key that does not see every one, as `OrganizationQuerySet.visible_to` asks it."""
        return self.organizations.order_by().values_list("pk", flat=True)

    def opens(self, scope: str) -> bool:
        """Return whether the key has ``scope``."""
        return scope in self.scopes

    def state_at(self, now: datetime) -> str:
        """Return the State at ``now``."""
        if self.revoked_at:
            return self.State.REVOKED
        return self.State.EXPIRED if self.expires_at <= now else self.State.ACTIVE

    def is_due_to_be_noted(self, now: datetime) -> bool:
        """Return whether its last use was noted so long ago that this one should be."""
        return self.last_used_at is None or self.last_used_at <= now - _NOTED_EVERY
