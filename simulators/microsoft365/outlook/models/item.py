from django.db import models
from django.db.models import Q

from simulators.microsoft365.outlook.models.mailbox import Mailbox


class ItemQuerySet(models.QuerySet):
    def live(self):
        """Those that exist."""
        return self.filter(deleted_at=None)


class Item(models.Model):
    """A message, an event or a contact."""

    class Kind(models.TextChoices):
        MESSAGE = "message"
        EVENT = "event"
        CONTACT = "contact"

    id = models.UUIDField(primary_key=True)
    mailbox = models.ForeignKey(Mailbox, models.CASCADE, related_name="items", db_index=False)
    kind = models.CharField(max_length=7, choices=Kind.choices)
    folder_id = models.UUIDField()
    # What its content is derived from, besides its id; "" when everything of it is stored.
    recipe = models.CharField(max_length=20, blank=True)
    # How often its content was written, and how often anything of it.
    edition = models.PositiveIntegerField(default=1)
    revision = models.PositiveIntegerField(default=1)
    # How often it was moved: ordinary ids change with it.
    place = models.PositiveIntegerField(default=0)
    # When it was received, or begins.
    at = models.DateTimeField(null=True)
    # When it is over for good: the end of an event or of the last of its series.
    until = models.DateTimeField(null=True)
    is_read = models.BooleanField(default=True)
    is_draft = models.BooleanField(default=False)
    # What its content is derived from, besides the recipe.
    facts = models.JSONField(default=dict)
    # Properties of Graph that somebody set, in place of the derived ones.
    values = models.JSONField(default=dict)
    # The RFC 822 text somebody posted.
    mime = models.BinaryField(null=True)
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()
    # The number of the line by which it came into its folder; 0 for what the mailbox was born with.
    entered_seq = models.PositiveBigIntegerField(default=0)
    deleted_at = models.DateTimeField(null=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["folder_id", "id"], condition=Q(deleted_at=None), name="outlook_item_in_folder"),
            models.Index(fields=["mailbox", "kind", "id"], name="outlook_item_in_mailbox"),
        ]

    def __str__(self):
        return f"{self.kind} {self.id}"

    @property
    def is_gone(self) -> bool:
        return self.deleted_at is not None
