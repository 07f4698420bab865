"""The work of `training`, named for the job that asks for it."""

from django.db import transaction
from django.utils import timezone

from jobs.claims import Claim
from jobs.registry import job
from training.actions.reminders import JOB, remind_of_certificate


@job(JOB, queue="mail")
def mail_certificate_due(subject_id: int, claim: Claim) -> None:
    """Tell one person that a course is due again."""
    with transaction.atomic():
        remind_of_certificate(certificate_id=subject_id, now=timezone.now())
        claim.finish()
