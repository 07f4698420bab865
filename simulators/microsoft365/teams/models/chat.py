from django.db import models

from simulators.microsoft365.models import Tenant


class ChatQuerySet(models.QuerySet):
    def of(self, person_id):
        """Those somebody takes part in."""
        return self.filter(members__contains=[str(person_id)])


class Chat(models.Model):
    """A chat between people of a tenant."""

    class Kind(models.TextChoices):
        ONE_ON_ONE = "oneOnOne"
        GROUP = "group"
        MEETING = "meeting"

    id = models.UUIDField(primary_key=True)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="chats")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    topic = models.CharField(max_length=250, blank=True)
    # The ids of those in it; they never change.
    members = models.JSONField(default=list)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = ChatQuerySet.as_manager()

    def __str__(self):
        return self.topic or self.thread_id

    @property
    def thread_id(self) -> str:
        """The id Graph gives it."""
        if self.kind == self.Kind.ONE_ON_ONE:
            return f"19:{self.members[0]}_{self.members[1]}@unq.gbl.spaces"
        word = "meeting_" if self.kind == self.Kind.MEETING else ""
        return f"19:{word}{self.id.hex}@thread.v2"
