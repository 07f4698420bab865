"""The seats of one client on one day."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Count, Max, Sum

from accounts.models import Partner
from accounts.roles import Product
from accounts.scoping import PartnerQuerySet
from organizations.models import Organization


class SeatDayQuerySet(PartnerQuerySet):
    def between(self, first: date, last: date) -> Self:
        """Return what was counted from the first to the last day."""
        return self.filter(day__range=(first, last))

    def last_day(self) -> date | None:
        """Return the last day anything was counted on, or None."""
        return self.aggregate(day=Max("day"))["day"]

    def by_day(self) -> Self:
        """Return one row for each day, newest first: clients, seats, and who was kept free."""
        return (
            self.values("day")
            .annotate(
                organizations=Count("organization", distinct=True),
                all_seats=Sum("seats"),
                all_leavers=Sum("leavers"),
                all_shared=Sum("shared_mailboxes"),
            )
            .order_by("-day")
        )


class SeatDay(models.Model):
    """What was counted once on a day (UTC). A day nobody counted has no row, and nothing is charged for it.

    The organization is kept by name too: what was charged stays explained when a client is gone.
    """

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="seat_days", db_index=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="seat_days", db_index=False)
    organization_name = models.CharField(max_length=120)
    product = models.CharField(max_length=20, choices=Product.choices)
    day = models.DateField()
    # Protected users that are at the source.
    seats = models.PositiveIntegerField()
    # Kept free of charge: who left, but whose data is kept, and mailboxes that are no person's.
    leavers = models.PositiveIntegerField(default=0)
    shared_mailboxes = models.PositiveIntegerField(default=0)
    counted_at = models.DateTimeField()

    objects = SeatDayQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "product", "day"], name="billing_one_count_per_organization_and_day"
            ),
        ]
        indexes = [models.Index(fields=["partner", "day", "organization"], name="billing_seats_by_day")]

    def __str__(self) -> str:
        return f"{self.organization_name} on {self.day}: {self.seats}"
