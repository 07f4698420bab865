"""Bringing the index up in a test, as a worker does it."""

from django.db.models.functions import Now

from backups.engine.indexing import KIND, request_indexing
from jobs import claims
from jobs.models import Job


def index_all(connection, *, at_most=20):
    """Index everything that is kept of the connection's client."""
    request_indexing(connection.organization, now=connection.connected_at)
    for _ in range(at_most):
        job = Job.objects.filter(kind=KIND, state=Job.State.QUEUED).first()
        if job is None:
            return
        Job.objects.filter(pk=job.pk).update(not_before=Now())
        claims.run(job.pk)
    raise AssertionError("The index never comes up.")
