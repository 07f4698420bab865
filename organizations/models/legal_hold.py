"""What must not be deleted, whatever a rule or a person says, until somebody lifts it."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.scoping import TenantQuerySet
from organizations.models.item import Item, ItemQuerySet
from organizations.models.organization import Organization


class LegalHoldQuerySet(TenantQuerySet):
    def open(self) -> Self:
        """Return those that nobody has lifted."""
        return self.filter(lifted_at=None)

    def of_everything(self) -> Self:
        """Return those that hold a whole client."""
        return self.filter(item=None)

    def newest_first(self) -> Self:
        return self.order_by("-placed_at", "-id")


def with_holds(items: ItemQuerySet) -> ItemQuerySet:
    """Add to each item whether it is on legal hold, by itself or with its whole client (``is_held``)."""
    its_own = LegalHold.objects.open().filter(item=OuterRef("pk"))
    of_everything = LegalHold.objects.open().of_everything().filter(organization=OuterRef("organization"))
    return items.annotate(is_held=Exists(its_own) | Exists(of_everything))


class LegalHold(models.Model):
    """A whole client, or one item of it, of which nothing may be deleted. Lifted ones stay as a record."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="legal_holds")
    # Empty for the whole client.
    item = models.ForeignKey(Item, models.PROTECT, null=True, blank=True, related_name="legal_holds")
    reason = models.CharField(max_length=500)
    placed_by = models.CharField(max_length=200)
    placed_at = models.DateTimeField()
    lifted_by = models.CharField(max_length=200, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_because = models.CharField(max_length=500, blank=True)

    objects = LegalHoldQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization"],
                condition=Q(item=None, lifted_at=None),
                name="organizations_one_hold_of_everything",
            ),
            models.UniqueConstraint(
                fields=["item"], condition=Q(lifted_at=None), name="organizations_one_hold_of_an_item"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="organizations_holds_say_why"),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by="", lifted_because="")
                | (Q(lifted_at__isnull=False) & ~Q(lifted_by="") & ~Q(lifted_because="")),
                name="organizations_lifted_holds_say_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"Legal hold of {self.what}"

    @property
    def what(self) -> str:
        """Whose data it holds, in words."""
        return str(self.item) if self.item_id else "everything"
