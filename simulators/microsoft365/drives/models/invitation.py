from django.db import models

from simulators.microsoft365.drives.models.node import Node


class Invitation(models.Model):
    """A mail SharePoint would have sent because something was shared: a restore must cause none."""

    node = models.ForeignKey(Node, models.CASCADE, related_name="invitations")
    recipients = models.JSONField()
    at = models.DateTimeField()

    def __str__(self):
        return f"{self.node_id} to {', '.join(self.recipients)}"
