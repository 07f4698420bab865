"""The log of mails that came in: what became of each, and that each counts once."""

from django.db import models

from support.models.ticket import Ticket


class ReceivedMail(models.Model):
    """One mail to one reply address. It holds nothing of what the mail said."""

    class Outcome(models.TextChoices):
        POSTED = "POSTED", "Posted"
        LOOP = "LOOP", "Sent by a program"
        STRANGER = "STRANGER", "Not from the person the address was made for"
        # Never stored, so that the table has a bound; the sender is asked to try again later.
        TOO_MANY = "TOO_MANY", "Too many in an hour"
        EMPTY = "EMPTY", "Nothing in it"

    message_id = models.CharField(max_length=300)
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="received_mails")
    # Whom the address was made for.
    person_id = models.BigIntegerField()
    sender = models.CharField(max_length=320)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    reason = models.CharField(max_length=200, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "person_id", "message_id"], name="support_each_mail_counts_once")
        ]
        indexes = [models.Index(fields=["-received_at"], name="support_newest_mails")]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}: {self.sender} on {self.ticket}"
