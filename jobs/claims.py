"""Holding a job: one UPDATE takes it, a lease keeps it, a fence number guards every commit.

Only the database's clock decides about leases.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.db import DatabaseError, connection

from jobs.models import Job
from jobs.registry import kinds

log = logging.getLogger(__name__)

LEASE_SECONDS = 60
RENEW_EVERY_SECONDS = 15


class LeaseLost(Exception):
    """Somebody else holds the job by now; whatever this worker still wants to commit is refused."""


@dataclass
class Claim:
    """The right to do one job, as long as nobody took it over."""

    job_id: int
    kind: str
    subject_id: int
    fence: int
    postponements: int
    # How often it was taken up since it last came to an end of its own: 2 and more after a worker died or failed.
    attempts: int = 1
    has_ended: bool = False

    def renew(self) -> None:
        """Hold the lease for another minute. Raises `LeaseLost`."""
        self._update("lease_until = clock_timestamp() + make_interval(secs => %s)", [LEASE_SECONDS])

    def is_ours(self) -> bool:
        """Return whether no other worker has taken the job over, and hold it for another minute.

        Whoever asks inside a transaction keeps others from taking it over until that is settled.
        """
        try:
            self.renew()
        except LeaseLost:
            return False
        return True

    def finish(self) -> None:
        """Mark the job done; inside the work's own transaction both happen or neither. Raises `LeaseLost`."""
        self._update("state = 'DONE', lease_until = NULL, finished_at = clock_timestamp(), failure = ''", [])
        self.has_ended = True

    def try_again(self, *, after: timedelta, because: str) -> None:
        """Put the job back until ``after`` has passed; this counts as no failed attempt. Raises `LeaseLost`."""
        self._update(
            "state = 'QUEUED', lease_until = NULL, attempts = 0, rings = 0, rung_at = NULL,"
            " postponements = postponements + 1, failure = %s,"
            " not_before = clock_timestamp() + make_interval(secs => %s)",
            [because[:500], after.total_seconds()],
        )
        self.has_ended = True

    def give_up(self, *, because: str) -> None:
        """End the job for good; a person decides what happens next. Raises `LeaseLost`."""
        self._update(
            "state = 'QUARANTINED', lease_until = NULL, finished_at = clock_timestamp(), failure = %s",
            [because[:500]],
        )
        self.has_ended = True

    def _update(self, assignments: str, values: list) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE jobs_job SET {assignments} WHERE id = %s AND fence = %s AND state = 'RUNNING'",  # noqa: S608
                [*values, self.job_id, self.fence],
            )
            if cursor.rowcount != 1:
                raise LeaseLost(f"Job {self.job_id} is held by somebody else.")


def claim(job_id: int) -> Claim | None:
    """Take the job if it is due and nobody holds it; None for a ring that came late, twice or for nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE jobs_job
               SET state = 'RUNNING', fence = fence + 1, attempts = attempts + 1,
                   lease_until = clock_timestamp() + make_interval(secs => %s)
             WHERE id = %s AND attempts < max_attempts
               AND ((state = 'QUEUED' AND not_before <= clock_timestamp())
                    OR (state = 'RUNNING' AND lease_until < clock_timestamp()))
         RETURNING kind, subject_id, fence, postponements, attempts
            """,
            [LEASE_SECONDS, job_id],
        )
        row = cursor.fetchone()
    return Claim(job_id, *row) if row else None


def run(job_id: int) -> Job.State | None:
    """Claim and do one job. Returns the state it was left in, or None where there was nothing to do."""
    held = claim(job_id)
    if held is None:
        return None
    try:
        with _heartbeat(held):
            kinds[held.kind].work(held.subject_id, held)
            if not held.has_ended:
                held.finish()
    except LeaseLost:
        log.warning("Job %s (%s %s) was taken over by another worker.", held.job_id, held.kind, held.subject_id)
        return None
    except Exception as problem:  # the boundary: whatever the work raises has to end up in its row
        log.exception("Job %s (%s %s) failed.", held.job_id, held.kind, held.subject_id)
        return _put_back(held, problem)
    return Job.State(Job.objects.values_list("state", flat=True).get(pk=job_id))


def give_back(job_id: int) -> None:
    """Queue a job again whose worker is asked to stop, as if it had not been taken up: a deploy is no failed attempt.

    Should the worker be at work still, its next commit is refused.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE jobs_job
               SET state = 'QUEUED', lease_until = NULL, rings = 0, rung_at = NULL, attempts = attempts - 1
             WHERE id = %s AND state = 'RUNNING'
            """,
            [job_id],
        )


def _put_back(held: Claim, problem: Exception) -> Job.State | None:
    """Queue a failed job again, later each time, or give it up after its last attempt."""
    failure = f"{type(problem).__name__}: {problem}"[:500]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE jobs_job
               SET lease_until = NULL, failure = %s, rings = 0, rung_at = NULL,
                   state = CASE WHEN attempts >= max_attempts THEN 'QUARANTINED' ELSE 'QUEUED' END,
                   finished_at = CASE WHEN attempts >= max_attempts THEN clock_timestamp() END,
                   not_before = clock_timestamp() + make_interval(secs => 15 * attempts * attempts)
             WHERE id = %s AND fence = %s AND state = 'RUNNING'
         RETURNING state
            """,
            [failure, held.job_id, held.fence],
        )
        row = cursor.fetchone()
    return Job.State(row[0]) if row else None


@contextmanager
def _heartbeat(held: Claim) -> Iterator[None]:
    """Renew the lease from a thread of its own while the work goes on."""
    stop = threading.Event()
    thread = threading.Thread(target=_keep_renewing, args=(held, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _keep_renewing(held: Claim, stop: threading.Event) -> None:
    try:
        while not stop.wait(RENEW_EVERY_SECONDS):
            try:
                held.renew()
            except LeaseLost:
                # The work finds out by itself at its next commit; there is nothing left to renew.
                return
            except DatabaseError as problem:
                log.warning("The lease of job %s could not be renewed: %s", held.job_id, problem)
                connection.close()
    finally:
        connection.close()
