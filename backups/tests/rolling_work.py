"""The application of a worker for the tests of rolling restarts: the product's own, with one kind of work more.

A job has ten steps. Each is noted in a table together with a renewed lease, and whoever goes on begins after the last.
"""

import os
import resource
import threading

from django.db import connection, transaction

from jobs.registry import job
from portal.celery import app as celery

__all__ = ["celery"]

STEPS = 10
STEP_SECONDS = 0.15


@job("test_rolling", queue="backup", max_attempts=3)
def roll(subject_id, held):
    with connection.cursor() as cursor:
        most, _ = resource.getrlimit(resource.RLIMIT_DATA)
        cursor.execute("INSERT INTO test_held VALUES (%s, %s, %s, %s)", [held.job_id, held.fence, os.getpid(), most])
        cursor.execute("SELECT coalesce(max(step), 0) FROM test_rolled WHERE subject = %s", [subject_id])
        done = cursor.fetchone()[0]
        for step in range(done + 1, STEPS + 1):
            # What takes time.
            threading.Event().wait(STEP_SECONDS)
            with transaction.atomic():
                held.renew()
                cursor.execute("INSERT INTO test_rolled VALUES (%s, %s)", [subject_id, step])
                if step == STEPS:
                    held.finish()
