"""A worker that copies an item and is killed, wherever it happens to be, by the kernel."""

import os
import select
import signal

from django.db import connections
from django.db.models.functions import Now

from backups.actions.runs import start_run
from backups.engine.backup_item import backup_item
from backups.models import Run
from jobs import claims
from jobs.models import Job


def begun(tenant, clock):
    """Start a run and return the first job of an item."""
    start_run(connection=tenant, trigger=Run.Trigger.PERSON, actor="Ada", now=clock())
    # Those of earlier runs are done.
    while not (copying := Job.objects.filter(kind="backup_item", state="QUEUED").order_by("pk")):
        job = Job.objects.filter(kind__in=["begin_run", "discover"], state="QUEUED").earliest("pk")
        Job.objects.filter(pk=job.pk).update(not_before=Now())
        claims.run(job.pk)
    return copying[0]


def work(job, connectors, clock):
    free(job)
    backup_item(job.subject_id, claims.claim(job.pk), clock=clock, sleep=clock.sleep, connectors=connectors)


def free(job):
    """What the sweeper does once a dead worker's lease has run out."""
    Job.objects.filter(pk=job.pk).exclude(state="DONE").update(state="QUEUED", lease_until=None, not_before=Now())


def killed_after(job, seconds, **options):
    """Let another process do the job and kill it; return whether it was still alive."""
    free(job)
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            backup_item(job.subject_id, claims.claim(job.pk), **options)
        finally:
            os._exit(0)
    handle = os.pidfd_open(child)
    is_over = bool(select.select([handle], [], [], seconds)[0])
    os.close(handle)
    if not is_over:
        os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])
