from django.db import models

from simulators.microsoft365.outlook.models.mailbox import Mailbox


class Notice(models.Model):
    """Something Exchange would have mailed to other people because of a call. A restore must cause none."""

    mailbox = models.ForeignKey(Mailbox, models.CASCADE, related_name="notices")
    # "invitation", "update" or "cancellation".
    kind = models.CharField(max_length=12)
    subject = models.TextField(blank=True)
    recipients = models.JSONField()
    at = models.DateTimeField()

    def __str__(self):
        return f"{self.kind}: {self.subject}"
