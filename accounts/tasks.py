"""Long or later work of `accounts`, named for the job that asks for it."""

from django.utils import timezone

from accounts.actions import chains, resets
from jobs.registry import job


@job("finish_reset", queue="control")
def finish_reset(subject_id: int, claim) -> None:
    """Carry out the reset a person was told about; may come late, twice or never."""
    resets.finish_reset(reset_id=subject_id, now=timezone.now())


@job(chains.KIND, queue="maintenance")
def verify_chain(subject_id: int, claim) -> None:
    """Compute the audit log of a partner, or of the platform, anew."""
    chains.verify_one(subject_id, now=timezone.now())
