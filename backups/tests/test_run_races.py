"""Jobs that are delivered twice, workers that wake up late, and what a run may call itself."""

import os
import signal
import threading

import pytest
from django.db import connections
from django.db.models.functions import Now
from django.forms.models import model_to_dict

from backups.actions.runs import start_run
from backups.connectors.microsoft365.mail import MailConnector
from backups.engine.backup_item import backup_item
from backups.models import (
    Container,
    ContainerFeed,
    Failure,
    Removal,
    Run,
    RunContainer,
    RunItem,
    Sighting,
    Snapshot,
    VaultCommit,
)
from backups.tests.backing_up import KINDS, back_up, differences, mailboxes, protect, work_off
from backups.tests.looks import connected, look
from jobs import claims
from jobs.models import Job
from organizations.models import Item, Organization

pytestmark = pytest.mark.django_db(transaction=True)

WRITTEN = (Run, RunItem, RunContainer, Container, ContainerFeed, Failure, Removal, Sighting, Snapshot, VaultCommit)
OVERTAKEN = 7


@pytest.fixture
def tenant(source, vault_store, acme, mail_only):
    connection = connected(source, acme, size={"users": 3})
    look(connection)
    return connection


def _everything(vault_store):
    """Return all that a backup writes: rows and names in the vault."""
    rows = {model.__name__: sorted(str(model_to_dict(one)) for one in model.objects.all()) for model in WRITTEN}
    return rows | {"vault": sorted(str(path) for path in vault_store.rglob("*") if path.is_file())}


def _commits(written):
    return [name for name in written["vault"] if "/commits/" in name]


def _ring(job):
    """Deliver a job, in a worker of its own."""
    try:
        claims.run(job.pk)
    finally:
        connections.close_all()


def test_a_job_that_is_delivered_twice_at_once_and_again_later_is_done_once(source, vault_store, tenant, clock):
    protect(tenant, source.control(f"/tenants/{tenant.tenant_id}")["user_upn"])
    start_run(connection=tenant, trigger=Run.Trigger.PERSON, actor="Ada", now=clock())
    seen = set()

    while job := Job.objects.filter(kind__in=KINDS, state=Job.State.QUEUED).order_by("pk").first():
        Job.objects.filter(pk=job.pk).update(not_before=Now())
        twins = [threading.Thread(target=_ring, args=(job,)) for _ in range(2)]
        for twin in twins:
            twin.start()
        for twin in twins:
            twin.join()
        seen.add(job.kind)
        if Job.objects.get(pk=job.pk).state == Job.State.DONE:
            before = _everything(vault_store)
            claims.run(job.pk)
            assert _everything(vault_store) == before

    assert seen >= {"begin_run", "backup_item"}
    assert Run.objects.get().state == Run.State.SUCCESS
    assert Snapshot.objects.count() == 1
    assert differences(source, tenant) == []
    box = mailboxes(source, tenant)[Item.objects.get(is_chosen=True).remote_id]
    assert Container.objects.get().objects_kept == Run.objects.get().added == len(box)


def test_a_worker_that_was_frozen_and_wakes_up_late_changes_nothing(source, vault_store, tenant, clock):
    protect(tenant, source.control(f"/tenants/{tenant.tenant_id}")["user_upn"])
    job = _begun(tenant, clock)

    class Freezing(MailConnector):
        """The machine stands still while this worker reads its first message."""

        # Else another thread might stand still with a lock on our budget, until the database ends its session.
        width = 1

        def open(self, source, feed, found, part):
            if not Job.objects.filter(pk=job.pk, fence__gt=1).exists():
                os.kill(os.getpid(), signal.SIGSTOP)
            return super().open(source, feed, found, part)

    connections.close_all()
    frozen = os.fork()
    if frozen == 0:
        ending = 1
        try:
            backup_item(job.subject_id, claims.claim(job.pk), connectors=lambda graph: {"MAIL": Freezing(graph)})
        except claims.LeaseLost:
            ending = OVERTAKEN
        finally:
            os._exit(ending)
    assert os.WIFSTOPPED(os.waitpid(frozen, os.WUNTRACED)[1])
    Job.objects.filter(pk=job.pk).update(state="QUEUED", lease_until=None, not_before=Now())
    work_off(clock)
    before = _everything(vault_store)

    os.kill(frozen, signal.SIGCONT)

    assert os.waitstatus_to_exitcode(os.waitpid(frozen, 0)[1]) == OVERTAKEN
    after = _everything(vault_store)
    assert Run.objects.get().state == Run.State.SUCCESS
    assert {name: after[name] for name in after if name != "vault"} == {
        name: before[name] for name in before if name != "vault"
    }
    # What it had packed is in no commit, and swept up later.
    assert _commits(after) == _commits(before)
    assert differences(source, tenant) == []


def test_green_is_said_only_where_everything_is_saved(source, tenant, acme, clock):
    people = _people(tenant, source.control(f"/tenants/{tenant.tenant_id}")["admin_upn"])[:2]
    assert protect(tenant, *people) == 2
    users = list(Item.objects.filter(is_chosen=True).values_list("remote_id", flat=True))
    seen = []

    for refused in (0, 1, 2, 0):
        source.heal()
        for user in users[:refused]:
            source.fault({"status": 403}, path=f"/users/{user}/")
        seen.append((back_up(tenant, clock).state, Organization.objects.get(pk=acme.pk).backup_status))

    assert seen == [("SUCCESS", "SUCCESS"), ("PARTIAL", "PARTIAL"), ("FAILED", "FAILED"), ("SUCCESS", "SUCCESS")]
    assert differences(source, tenant) == []
    assert not Failure.objects.filter(closed_at=None).exists()


def _people(tenant, admin):
    """Return the addresses of those whose mailboxes hold nothing that breaks careless software."""
    people = Item.objects.filter(connection=tenant, kind="USER", mailbox="USER", presence="PRESENT", is_external=False)
    return list(people.exclude(address=admin).order_by("pk").values_list("address", flat=True))


def _begun(tenant, clock):
    """Start a run and return the job of its item."""
    start_run(connection=tenant, trigger=Run.Trigger.PERSON, actor="Ada", now=clock())
    while not Job.objects.filter(kind="backup_item").exists():
        job = Job.objects.filter(kind__in=["begin_run", "discover"], state="QUEUED").earliest("pk")
        Job.objects.filter(pk=job.pk).update(not_before=Now())
        claims.run(job.pk)
    return Job.objects.get(kind="backup_item")
