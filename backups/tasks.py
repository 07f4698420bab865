"""The work of `backups`, named for the job that asks for it."""

from django.utils import timezone

from backups.engine import consent
from jobs.claims import Claim
from jobs.registry import job


@job("prove_consent", queue="control")
def prove_consent(subject_id: int, claim: Claim) -> None:
    """Prove what an administrator brought back from the provider's consent page."""
    consent.prove(subject_id, claim, now=timezone.now())
