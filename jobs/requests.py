"""Asking for work: a row now, a ring after the commit."""

import logging
from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from jobs.models import Job
from jobs.registry import kinds

log = logging.getLogger(__name__)


def request_job(
    kind: str, *, subject_id: int, at: datetime, key: str = "", not_before: datetime | None = None
) -> Job | None:
    """Ask for the work ``kind`` on ``subject_id``, in the caller's transaction; it happens at ``not_before`` or later.

    With a ``key``, a second request while the first is open changes nothing and returns None. Raises KeyError for a
    kind that nobody registered.
    """
    registered = kinds[kind]
    row = Job(
        kind=kind,
        subject_id=subject_id,
        queue=registered.queue,
        max_attempts=registered.max_attempts,
        key=key,
        requested_at=at,
        not_before=not_before or at,
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        if not key:
            raise
        return None
    if row.not_before <= timezone.now():
        transaction.on_commit(lambda: ring([(row.pk, row.queue)]), robust=True)
    return row


def ring(jobs: Iterable[tuple[int, str]]) -> int:
    """Tell workers about (job id, queue) pairs; return how many were told.

    A broker that is away costs nothing but time: the relay rings again until somebody hears it.
    """
    from jobs.tasks import run_job

    rung = 0
    for job_id, queue in jobs:
        try:
            run_job.apply_async(kwargs={"job_id": job_id}, queue=queue)
        except (OperationalError, OSError) as problem:
            log.warning("The broker did not take the ring for job %s: %s. The relay will ring again.", job_id, problem)
            return rung
        rung += 1
    return rung
