"""Rings for work that nobody heard of, and sweeping up after workers that died."""

from django.db import connection, transaction

from jobs.requests import ring

_BATCH = 200


def relay() -> int:
    """Ring for due jobs whose last ring is too long ago; return how many were rung.

    The pause doubles from 5 s to 5 min, so that a stopped worker is not buried in rings. Several relays may run at
    once: each skips the rows another one holds.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE jobs_job SET rung_at = clock_timestamp(), rings = rings + 1
             WHERE id IN (
                   SELECT id FROM jobs_job
                    WHERE state = 'QUEUED' AND not_before <= clock_timestamp()
                      AND coalesce(rung_at, requested_at)
                          <= clock_timestamp() - make_interval(secs => least(5 * 2 ^ least(rings, 10), 300))
                 ORDER BY not_before LIMIT %s
               FOR UPDATE SKIP LOCKED)
         RETURNING id, queue
            """,
            [_BATCH],
        )
        due = cursor.fetchall()
    return ring(due)


def sweep() -> tuple[int, int]:
    """Free jobs whose worker died; return (queued again, given up)."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE jobs_job
               SET lease_until = NULL, rings = 0, rung_at = NULL,
                   state = CASE WHEN attempts >= max_attempts THEN 'QUARANTINED' ELSE 'QUEUED' END,
                   finished_at = CASE WHEN attempts >= max_attempts THEN clock_timestamp() END,
                   failure = CASE WHEN attempts >= max_attempts
                             THEN 'Its worker stopped without a word ' || attempts || ' times.' ELSE failure END
             WHERE id IN (
                   SELECT id FROM jobs_job WHERE state = 'RUNNING' AND lease_until < clock_timestamp()
                 ORDER BY lease_until LIMIT %s FOR UPDATE SKIP LOCKED)
         RETURNING state
            """,
            [_BATCH],
        )
        states = [state for (state,) in cursor.fetchall()]
    return states.count("QUEUED"), states.count("QUARANTINED")
