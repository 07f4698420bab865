"""What the simulated Stripe remembers. Its objects are kept as the JSON it answers with."""

from django.db import models


class Thing(models.Model):
    """A customer, session, intent, charge or payment method: ``data`` is what the API says of it."""

    id = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=40)
    customer = models.CharField(max_length=64, blank=True, db_index=True)
    data = models.JSONField()
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return self.id


class Answer(models.Model):
    """What a POST with an idempotency key was answered, so that the same one is answered alike."""

    key = models.CharField(max_length=255, primary_key=True)
    fingerprint = models.CharField(max_length=64)
    body = models.JSONField(null=True)

    def __str__(self):
        return self.key


class Event(models.Model):
    """What happened, and whether the webhook heard of it."""

    id = models.CharField(max_length=64, primary_key=True)
    data = models.JSONField()
    made_at = models.DateTimeField(auto_now_add=True)
    was_heard = models.BooleanField(default=False)

    class Meta:
        ordering = ["made_at"]

    def __str__(self):
        return self.id
