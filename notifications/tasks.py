"""The work of `notifications`, named for the job that asks for it."""

from jobs.claims import Claim
from jobs.registry import each_minute, job
from notifications import delivery


@job("deliver_email", queue="mail")
def deliver_email(subject_id: int, claim: Claim) -> None:
    """Hand one mail of the outbox to the mail server."""
    delivery.hand_over(subject_id, claim)


each_minute(delivery.erase_old_bodies)
