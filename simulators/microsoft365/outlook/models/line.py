from django.db import models
from django.db.models import Exists, OuterRef

from simulators.microsoft365.outlook.models.mailbox import Mailbox


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
    """One line of a mailbox's append-only log. Its id is the number delta links count by.

    Writers hold the mailbox's row, so numbers appear in order and no reader can miss one.
    """

    class Operation(models.TextChoices):
        CAME = "came"
        CHANGED = "changed"
        # Nothing but its read state changed.
        READ = "read"
        LEFT = "left"

    mailbox = models.ForeignKey(Mailbox, models.CASCADE, related_name="lines", db_index=False)
    # The folder, or for folders themselves the list they stand in.
    feed_id = models.UUIDField()
    object_id = models.UUIDField()
    operation = models.CharField(max_length=7, choices=Operation.choices)
    # The place of an item that left: a client that uses ordinary ids knows it by that one.
    place = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()

    objects = LineQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["mailbox", "id"], name="outlook_line_newest"),
            models.Index(fields=["feed_id", "id"], name="outlook_line_order"),
            models.Index(fields=["feed_id", "object_id", "id"], name="outlook_line_of_object"),
        ]

    def __str__(self):
        return f"{self.id}: {self.object_id} {self.operation}"
