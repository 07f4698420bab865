from django.db import models

from simulators.microsoft365.models import Group


class Thread(models.Model):
    """A conversation in the mailbox of a team's group."""

    id = models.UUIDField(primary_key=True)
    group = models.ForeignKey(Group, models.CASCADE, related_name="threads")
    topic = models.CharField(max_length=250)
    # The posts: {"id", "name", "address", "at", "body", "files"}.
    posts = models.JSONField(default=list)
    last_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    def __str__(self):
        return self.topic
