from django.db import models

from simulators.microsoft365.outlook.models.item import Item


class Upload(models.Model):
    """An upload session: a large attachment that comes in ranges, one after the other."""

    id = models.UUIDField(primary_key=True)
    item = models.ForeignKey(Item, models.CASCADE, related_name="uploads")
    facts = models.JSONField()
    size = models.PositiveBigIntegerField()
    received = models.PositiveBigIntegerField(default=0)
    expires_at = models.DateTimeField()

    def __str__(self):
        return f"{self.received} of {self.size} bytes"


class UploadRange(models.Model):
    """One range of an upload session."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="ranges")
    begin = models.PositiveBigIntegerField()
    content = models.BinaryField()

    class Meta:
        ordering = ["begin"]

    def __str__(self):
        return f"{len(self.content)} bytes from {self.begin}"
