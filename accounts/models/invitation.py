"""The single-use link that lets a person join."""

import hashlib
import secrets
import uuid
from datetime import datetime
from math import ceil
from typing import Self

from django.db import models

from accounts.models.membership import Membership


def fingerprint_of(token: str) -> str:
    """Return what is stored of a token: with 256 random bits a plain SHA-256 cannot be guessed back."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """Return 256 random bits, url-safe."""
    return secrets.token_urlsafe(32)


class InvitationQuerySet(models.QuerySet):
    def visible_to(self, membership: Membership) -> Self:
        """Return the invitations to memberships this member may know about."""
        return self.filter(membership__in=Membership.objects.visible_to(membership))

    def with_token(self, token: str) -> Self:
        """Return the invitation whose newest mail carried ``token``."""
        return self.filter(token_fingerprint=fingerprint_of(token))


class Invitation(models.Model):
    """An invitation to one membership. Sending it again makes the link in older mails useless."""

    class State(models.TextChoices):
        WAITING = "WAITING", "Invited"
        EXPIRED = "EXPIRED", "Expired"
        ACCEPTED = "ACCEPTED", "Active"
        REVOKED = "REVOKED", "Revoked"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    membership = models.OneToOneField(Membership, models.CASCADE, related_name="invitation")
    # The name as the inviter typed it; shown until the person has joined.
    first_name = models.CharField(max_length=80)
    last_name = models.CharField(max_length=80)
    invited_by = models.CharField(max_length=200)
    token_fingerprint = models.CharField(max_length=64, unique=True)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(accepted_at=None) | models.Q(revoked_at=None),
                name="accounts_invitation_ends_one_way",
            ),
        ]

    def __str__(self) -> str:
        return f"Invitation of {self.first_name} {self.last_name}"

    def state_at(self, now: datetime) -> str:
        """Return the State at ``now``."""
        if self.accepted_at:
            return self.State.ACCEPTED
        if self.revoked_at:
            return self.State.REVOKED
        return self.State.EXPIRED if self.expires_at <= now else self.State.WAITING

    def days_left(self, now: datetime) -> int:
        """Return the started days until the link stops working."""
        return max(0, ceil((self.expires_at - now).total_seconds() / 86_400))
