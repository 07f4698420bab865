"""The two bells: "there is a job", and "a minute has passed"."""

import logging
from datetime import timedelta

from celery import Task, shared_task
from django.db import connection, transaction
from django.utils import timezone

from jobs import claims
from jobs.models import Canary, Job
from jobs.registry import minutely

log = logging.getLogger(__name__)

DONE_JOBS_KEPT = timedelta(days=30)
_TICK_LOCK = 7_401_600


class RingTask(Task):
    """A task whose work another worker goes on with at once when this one stops."""

    Request = "jobs.rings:Ring"


@shared_task(name="jobs.run_job", base=RingTask)
def run_job(*, job_id: int, **_sent_by_newer_releases) -> None:
    """Do the job, unless it is done, held by somebody, or not due: a ring may come late, twice or for nothing."""
    claims.run(job_id)


@shared_task(name="jobs.tick")
def tick(**_sent_by_newer_releases) -> None:
    """Prove that workers work, clear away old rows, and run what was registered with `each_minute`.

    Two schedulers may tick at once: the second finds the lock taken and leaves.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_TICK_LOCK])
        if not cursor.fetchone()[0]:
            return
        now = timezone.now()
        Canary.objects.create()
        Canary.objects.filter(seen_at__lt=now - timedelta(hours=1)).delete()
        Job.objects.filter(state=Job.State.DONE, finished_at__lt=now - DONE_JOBS_KEPT).delete()
        for work in minutely:
            try:
                with transaction.atomic():
                    work()
            except Exception:  # the boundary: one that fails must stop neither the others nor the sign of life
                log.exception("What is done each minute failed: %s.%s", work.__module__, work.__name__)
