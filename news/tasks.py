"""The work of `news`, named for the job that asks for it."""

from django.utils import timezone

from jobs.claims import Claim
from jobs.registry import job
from news.actions.mailings import JOB, mail_batch


@job(JOB, queue="mail")
def mail_news(subject_id: int, claim: Claim) -> None:
    """Put the next mails of one item into the outbox."""
    mail_batch(item_id=subject_id, claim=claim, now=timezone.now())
