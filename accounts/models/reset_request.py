"""An Administrator's wish that somebody starts afresh with a password or a second factor."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q

from accounts.models.membership import Membership


class ResetRequestQuerySet(models.QuerySet):
    def visible_to(self, membership: Membership) -> Self:
        """Return the requests about people this member may know about."""
        return self.filter(membership__in=Membership.objects.visible_to(membership))

    def waiting(self) -> Self:
        """Return the requests that will still happen."""
        return self.filter(done_at=None, stopped_at=None)


class ResetRequest(models.Model):
    """Asked for by an Administrator, carried out at ``due_at`` by a job, stoppable by the person until then."""

    class What(models.TextChoices):
        PASSWORD = "PASSWORD", "password"
        SECOND_FACTOR = "SECOND_FACTOR", "second factor"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="reset_requests")
    what = models.CharField(max_length=13, choices=What.choices)
    reason = models.CharField(max_length=300)
    requested_by = models.CharField(max_length=200)
    requested_at = models.DateTimeField()
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)

    objects = ResetRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["membership", "what"],
                condition=Q(done_at=None, stopped_at=None),
                name="accounts_one_waiting_reset_per_kind",
            ),
            models.CheckConstraint(condition=Q(done_at=None) | Q(stopped_at=None), name="accounts_reset_ends_one_way"),
        ]

    def __str__(self) -> str:
        return f"Reset of the {self.get_what_display()} of {self.membership}"
