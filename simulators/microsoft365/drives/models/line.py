from django.db import models
from django.db.models import Exists, OuterRef

from simulators.microsoft365.models import Tenant


class LineQuerySet(models.QuerySet):
    def newest_number(self) -> int:
        """The number of the last line, 0 when there is none."""
        return self.aggregate(newest=models.Max("id"))["newest"] or 0

    def last_of_each(self, *, upto: int):
        """Only the last line of each object in its feed, seen from line ``upto``."""
        later = Line.objects.filter(
            feed_id=OuterRef("feed_id"), object_id=OuterRef("object_id"), id__gt=OuterRef("id"), id__lte=upto
        )
        return self.filter(id__lte=upto).exclude(Exists(later))


class Line(models.Model):
    """One line of the append-only log of a drive or a list. Its id is the number delta links count by.

    Writers hold the tenant's row, so numbers appear in order and no reader can miss one.
    """

    class Operation(models.TextChoices):
        CREATED = "created"
        CHANGED = "changed"
        DELETED = "deleted"

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="drive_lines")
    # The drive or the list.
    feed_id = models.UUIDField()
    object_id = models.UUIDField()
    operation = models.CharField(max_length=7, choices=Operation.choices)
    at = models.DateTimeField()

    objects = LineQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["feed_id", "id"], name="drives_line_order"),
            models.Index(fields=["feed_id", "object_id", "id"], name="drives_line_of_object"),
        ]

    def __str__(self):
        return f"{self.id}: {self.object_id} {self.operation}"
