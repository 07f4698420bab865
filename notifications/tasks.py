"""The work of `notifications`, named for the job that asks for it."""

from django.utils import timezone

from jobs.claims import Claim
from jobs.registry import each_minute, job
from notifications import delivery, webhook_delivery, webhooks


@job("deliver_email", queue="mail")
def deliver_email(subject_id: int, claim: Claim) -> None:
    """Hand one mail of the outbox to the mail server."""
    delivery.hand_over(subject_id, claim)


@job(webhooks.KIND, queue="webhook")
def deliver_webhooks(subject_id: int, claim: Claim) -> None:
    """Send what is due at one endpoint of a partner's."""
    webhook_delivery.deliver_due(subject_id, claim)


@each_minute
def keep_telling_programs() -> None:
    """Ask for the webhooks whose next try has come, and forget those that are a month old."""
    now = timezone.now()
    webhooks.request_due_deliveries(now)
    webhook_delivery.clear_old_deliveries(now)


each_minute(delivery.erase_old_bodies)
each_minute(delivery.end_abandoned)
