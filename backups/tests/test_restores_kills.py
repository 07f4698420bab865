"""Workers killed at any moment of a restore: each message is there once, none is missing, none is written twice."""

import os
import random
import select
import signal
from collections import Counter

import pytest
from django.db import connections

from backups.actions.restores import resume_restore, start_restore
from backups.engine.restore import restore_objects
from backups.models import Restore, RestoreObject, Snapshot
from backups.tests.backing_up import back_up, protect
from backups.tests.killing import free
from backups.tests.looks import connected, look
from backups.tests.restores_made import let_write, plan, work
from jobs import claims
from jobs.models import Job
from organizations.models import Item

pytestmark = pytest.mark.django_db(transaction=True)

# A job is given up at its sixth death; a restore meets one less here.
DEATHS = 5


@pytest.mark.parametrize("restores", [2, pytest.param(60, marks=pytest.mark.soak)])
def test_a_killed_worker_loses_nothing_and_doubles_nothing(
    source, vault_store, acme, mail_only, clock, cast, restores, record_property
):
    ada, dice, kills = cast["ada"].user, random.Random(restores), 0
    tenant = let_write(connected(source, acme, size={"users": 2}), source)
    look(tenant)
    user = source.control(f"/tenants/{tenant.tenant_id}")["user_upn"]
    protect(tenant, user)
    eva = Item.objects.get(is_chosen=True)
    source.mutate(tenant.tenant_id, *_news(eva.remote_id, 40))
    back_up(tenant, clock)
    first = Snapshot.objects.get()
    for number in range(restores):
        _lose_everything(source, tenant, eva)
        source.fault({"status": 429, "retry_after": 1}, path="/messages", when={"every": dice.randint(7, 20)})
        source.fault({"reset": True}, path="/messages$", method="POST", when={"every": dice.randint(7, 20)})
        restore = work(plan(eva, ada, snapshot=first, folder=f"Back {number}"), clock)
        start_restore(restore=restore, actor=ada, now=clock())
        kills += sum(_killed_after(restore, dice.uniform(0.15, 0.9)) for _ in range(DEATHS))
        free(Job.objects.get(kind="restore", subject_id=restore.pk))
        ended = work(restore, clock)
        if ended.can_go_on:
            # On a slow machine every worker died with the same message in hand, which was then left out.
            ended = work(resume_restore(restore=ended, actor=ada, now=clock()), clock)
        source.heal()

        assert (ended.state, ended.failed, ended.left) == (Restore.State.DONE, 0, 0)
        wanted = Counter(RestoreObject.objects.filter(part__restore=restore).values_list("name", flat=True))
        assert _subjects(source, tenant, eva) == wanted
        assert wanted.total() > 40
    record_property("kills", kills)
    assert kills > restores
    assert source.control(f"/tenants/{tenant.tenant_id}/outbox") == []


def _news(mailbox, number):
    return [{"op": "receive_mail", "user": mailbox, "subject": f"News {one}"} for one in range(number)]


def _lose_everything(source, tenant, eva):
    there = source.mailbox(tenant.tenant_id, eva.remote_id, with_bytes=False)["messages"]
    gone = [{"op": "delete_message", "user": eva.remote_id, "message": one["id"], "how": "purge"} for one in there]
    source.mutate(tenant.tenant_id, *gone)


def _subjects(source, tenant, eva):
    """Return how often each message is in the mailbox."""
    there = source.mailbox(tenant.tenant_id, eva.remote_id, with_bytes=False)["messages"]
    return Counter(one["record"]["subject"] or "" for one in there)


def _killed_after(restore, seconds):
    """Let another process do the job and kill it; return whether it was still alive."""
    job = Job.objects.get(kind="restore", subject_id=restore.pk)
    if job.state == Job.State.DONE:
        return False
    free(job)
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            restore_objects(restore.pk, claims.claim(job.pk))
        finally:
            os._exit(0)
    handle = os.pidfd_open(child)
    is_over = bool(select.select([handle], [], [], seconds)[0])
    os.close(handle)
    if not is_over:
        os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])
