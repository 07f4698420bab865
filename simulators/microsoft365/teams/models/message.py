from django.db import models

from simulators.microsoft365.models import Tenant


class Message(models.Model):
    """A post of a channel, a reply to one, a message of a chat, or what the system says in between."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="messages", db_index=False)
    # The channel or the chat.
    room_id = models.UUIDField()
    # The id Graph gives it: the moment it was created, in milliseconds.
    number = models.PositiveBigIntegerField()
    # The number of the post it answers.
    reply_to = models.PositiveBigIntegerField(null=True)
    # None for what the system says.
    author_id = models.UUIDField(null=True)
    # As it was when it was written: nothing in a message changes when somebody is renamed.
    author_name = models.CharField(max_length=256, blank=True)
    # What its content is derived from, besides room, number and edition.
    recipe = models.CharField(max_length=12)
    facts = models.JSONField(default=dict)
    edition = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    # When it or one of its replies changed last.
    chain_at = models.DateTimeField()
    # The number of the line by which it came; 0 for what its room was born with.
    entered_seq = models.PositiveBigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["room_id", "reply_to", "chain_at"], name="teams_message_of_room")]
        constraints = [models.UniqueConstraint(fields=["room_id", "number"], name="teams_one_message_per_number")]

    def __str__(self):
        return f"{self.recipe} {self.number}"

    @property
    def is_event(self) -> bool:
        """Whether the system said it."""
        return self.recipe == "event"
