from django.db import models

from simulators.microsoft365.drives.models.web import Web


class Page(models.Model):
    """A page of a site."""

    id = models.UUIDField(primary_key=True)
    web = models.ForeignKey(Web, models.CASCADE, related_name="pages")
    name = models.CharField(max_length=255)
    title = models.CharField(max_length=255)
    promotion = models.CharField(max_length=12, default="page")
    # What stands on it, as Graph's canvasLayout.
    canvas = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=1)
    author_id = models.UUIDField()
    author_name = models.CharField(max_length=256)
    editor_id = models.UUIDField()
    editor_name = models.CharField(max_length=256)
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()

    def __str__(self):
        return self.name
