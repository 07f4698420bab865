"""What was said on a ticket, and what happened to it."""

from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import Q

from accounts.models import Membership, User
from accounts.roles import Role
from accounts.scoping import PartnerQuerySet
from support.models.ticket import Ticket

# Of what somebody says at once: typed, sent by mail, or repeated in a mail.
LONGEST_TEXT = 20_000


class MessageQuerySet(PartnerQuerySet):
    partner_path = "ticket__partner"

    def visible_to(self, membership: Membership) -> Self:
        """Return what was said on the company's tickets, without the staff's internal notes."""
        return super().visible_to(membership).exclude(kind=Message.Kind.NOTE)

    def in_order(self) -> Self:
        """Return them as they were said, oldest first."""
        return self.order_by("created_at", "id")


class Message(models.Model):
    """One entry of a thread. ``body`` is Markdown; that of an event is one plain sentence."""

    class Kind(models.TextChoices):
        COMMENT = "COMMENT", "Comment"
        ANSWER = "ANSWER", "Answer"
        NOTE = "NOTE", "Internal note"
        EVENT = "EVENT", "Event"

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    author = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    # As they were at that moment; the role is empty for platform staff.
    author_name = models.CharField(max_length=170, blank=True)
    author_role = models.CharField(max_length=20, choices=Role.choices, blank=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField()
    is_by_mail = models.BooleanField(default=False)
    submission = models.UUIDField(default=uuid4, editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["author", "submission"], condition=Q(author__isnull=False), name="support_one_message_per_form"
            ),
            models.CheckConstraint(
                condition=Q(kind="EVENT") | Q(author__isnull=False), name="support_messages_have_an_author"
            ),
        ]
        indexes = [models.Index(fields=["ticket", "created_at", "id"], name="support_thread")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.ticket}"

    @property
    def role(self) -> str:
        """In which role it was written, in words."""
        return self.get_author_role_display() if self.author_role else "Support"

    @property
    def is_of_staff(self) -> bool:
        return self.kind in (self.Kind.ANSWER, self.Kind.NOTE)
