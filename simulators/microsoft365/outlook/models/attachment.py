from django.db import models

from simulators.microsoft365.outlook.models.item import Item


class Attachment(models.Model):
    """An attachment somebody added; those an item was born with are derived."""

    class Kind(models.TextChoices):
        FILE = "file"
        ITEM = "item"
        REFERENCE = "reference"

    id = models.UUIDField(primary_key=True)
    item = models.ForeignKey(Item, models.CASCADE, related_name="attachments")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=9, choices=Kind.choices)
    name = models.CharField(max_length=260)
    content_type = models.CharField(max_length=120, blank=True)
    content_id = models.CharField(max_length=200, blank=True)
    is_inline = models.BooleanField(default=False)
    content = models.BinaryField()
    # The item inside, as Graph shows it.
    inner = models.JSONField(null=True)
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]

    def __str__(self):
        return self.name
