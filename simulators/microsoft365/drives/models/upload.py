from django.db import models

from simulators.microsoft365.drives.models.drive import Drive
from simulators.microsoft365.drives.models.node import Node


class Stored(models.Model):
    """The bytes somebody uploaded as one edition of a file."""

    node = models.ForeignKey(Node, models.CASCADE, related_name="stored")
    edition = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["node", "edition"], name="drives_stored_once_per_edition")]

    def __str__(self):
        return f"{self.node_id} {self.edition}"


class Upload(models.Model):
    """An upload session: a file that comes in ranges, one after the other."""

    id = models.UUIDField(primary_key=True)
    drive = models.ForeignKey(Drive, models.CASCADE, related_name="uploads")
    # Where it will lie, and what shall happen to one that lies there.
    parent_id = models.UUIDField()
    name = models.CharField(max_length=400)
    conflict = models.CharField(max_length=8)
    # {"createdDateTime", "lastModifiedDateTime"} as asked for.
    file_times = models.JSONField(default=dict)
    client_id = models.CharField(max_length=40)
    # Known from the first range on.
    size = models.BigIntegerField(null=True)
    received = models.BigIntegerField(default=0)
    expires_at = models.DateTimeField()

    def __str__(self):
        return self.name


class Part(models.Model):
    """One range of an upload."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="parts")
    start = models.BigIntegerField()
    data = models.BinaryField()

    def __str__(self):
        return f"{self.upload_id} from {self.start}"
