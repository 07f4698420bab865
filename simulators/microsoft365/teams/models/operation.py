from django.db import models

from simulators.microsoft365.models import Group


class Operation(models.Model):
    """Work at Teams that goes on after the answer: somebody asks until it is done."""

    id = models.UUIDField(primary_key=True)
    group = models.ForeignKey(Group, models.CASCADE, related_name="operations")
    kind = models.CharField(max_length=20)
    begun_at = models.DateTimeField()
    # It is done when it was asked after twice.
    asked = models.PositiveIntegerField(default=0)
    target = models.CharField(max_length=200)

    def __str__(self):
        return f"{self.kind} {self.id}"

    @property
    def is_done(self) -> bool:
        return self.asked > 1
