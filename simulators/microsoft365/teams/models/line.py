from django.db import models
from django.db.models import Exists, OuterRef

from simulators.microsoft365.models import Tenant
from simulators.microsoft365.teams.models.message import Message


class LineQuerySet(models.QuerySet):
    def newest_number(self) -> int:
        """The number of the last line, 0 when there is none."""
        return self.aggregate(newest=models.Max("id"))["newest"] or 0

    def last_of_each(self, *, upto: int):
        """Only the last line of each message, seen from line ``upto``."""
        later = Line.objects.filter(message_id=OuterRef("message_id"), id__gt=OuterRef("id"), id__lte=upto)
        return self.filter(id__lte=upto).exclude(Exists(later))


class Line(models.Model):
    """One line of the append-only log of messages. Its id is the number delta links count by.

    A reply writes a line for the post it answers: feeds tell of posts. Writers hold the tenant's row, so numbers appear
    in order and no reader can miss one.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="message_lines", db_index=False)
    room_id = models.UUIDField()
    message = models.ForeignKey(Message, models.CASCADE, related_name="lines", db_index=False)
    at = models.DateTimeField()

    objects = LineQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "id"], name="teams_line_newest"),
            models.Index(fields=["room_id", "id"], name="teams_line_order"),
            models.Index(fields=["message", "id"], name="teams_line_of_message"),
        ]

    def __str__(self):
        return f"{self.id}: {self.message_id}"
