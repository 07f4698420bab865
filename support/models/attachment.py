"""A file that somebody sent with a message."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q

from accounts.models import Membership
from accounts.scoping import PartnerQuerySet
from support.models.message import Message


class AttachmentQuerySet(PartnerQuerySet):
    partner_path = "message__ticket__partner"

    def visible_to(self, membership: Membership) -> Self:
        """Return the files of the company's tickets, without those of internal notes."""
        return super().visible_to(membership).exclude(message__kind=Message.Kind.NOTE)


class Attachment(models.Model):
    """The row of a file. The bytes lie in the storage under a name of our own (`files.py`)."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    message = models.ForeignKey(Message, models.CASCADE, related_name="attachments")
    # For people only; no path is ever made of it.
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    stored_as = models.CharField(max_length=100, unique=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(size__gt=0), name="support_files_hold_something")]

    def __str__(self) -> str:
        return self.name
