"""Odd sources and bad places: cursors that lead astray, bytes that arrive damaged, full stores, mailboxes that go."""

from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from accounts.models import AuditEntry
from backups.actions.runs import start_run
from backups.connectors.base import DamagedOnTheWay
from backups.connectors.microsoft365.mail import MailConnector
from backups.engine import vaults
from backups.engine.failures import note_failure
from backups.models import Container, ContainerFeed, Failure, Run, Snapshot
from backups.tests.backing_up import back_up, differences, kept, mailboxes, protect, work_off
from backups.tests.looks import connected, look
from backups.vault.configured import configured_store
from backups.vault.errors import StoreFull, StoreProblem
from backups.vault.stores.faulty import FaultyStore
from jobs.models import Job
from organizations.models import Item

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tenant(source, vault_store, acme, mail_only):
    """Acme's tenant, of which one ordinary mailbox is protected."""
    connection = connected(source, acme, size={"users": 2})
    look(connection)
    assert protect(connection, source.control(f"/tenants/{connection.tenant_id}")["user_upn"]) == 1
    return connection


@pytest.fixture
def otto(tenant):
    return Item.objects.get(connection=tenant, is_chosen=True)


def test_a_cursor_that_leads_to_another_host_is_followed_by_nobody_and_thrown_away(source, tenant, otto, clock):
    back_up(tenant, clock)
    feed = ContainerFeed.objects.get(name="Inbox")
    feed.cursor = "https://collector.invalid/graph/v1.0/delta?token=1"
    feed.save()
    source.mutate(tenant.tenant_id, {"op": "receive_mail", "user": otto.remote_id, "subject": "News"})

    astray, healed = back_up(tenant, clock), back_up(tenant, clock)

    assert (astray.state, healed.state) == (Run.State.PARTIAL, Run.State.SUCCESS)
    assert (healed.added, healed.changed) == (1, 0)
    assert differences(source, tenant) == []


def test_an_older_trouble_of_a_mailbox_does_not_make_an_empty_listing_true(source, tenant, otto, clock):
    back_up(tenant, clock)
    refused = Failure.Reason.ACCESS
    container, then = Container.objects.get(), clock() - timedelta(days=3)
    note_failure(container, object_id="", reason=refused, message="Access refused.", now=then)
    for message in mailboxes(source, tenant)[otto.remote_id]:
        gone = {"op": "delete_message", "user": otto.remote_id, "message": message, "how": "purge"}
        source.mutate(tenant.tenant_id, gone)
    source.mutate(tenant.tenant_id, {"op": "forget_cursors", "user": otto.remote_id})

    first = back_up(tenant, clock)
    clock.forward(timedelta(hours=8))
    second = back_up(tenant, clock)

    assert (first.removed, second.removed) == (0, 0)
    assert len(kept(tenant, container)) > 3
    assert Failure.objects.get(closed_at=None).reason == Failure.Reason.SHRUNK


def test_large_contents_that_arrive_damaged_are_asked_for_again(source, tenant, otto, clock):
    damaged = {}

    class Damaging(MailConnector):
        """Every message is as large as a film and arrives damaged twice."""

        def complete(self, source, feed, found):
            whole = super().complete(source, feed, found)
            return replace(whole, parts=tuple(replace(part, size=9 << 20) for part in whole.parts))

        @contextmanager
        def open(self, source, feed, found, part):
            with super().open(source, feed, found, part) as stream:
                damaged[found.id, part.name] = tries = damaged.get((found.id, part.name), 0) + 1
                yield stream if tries > 2 else _Broken(stream)

    run = back_up(tenant, clock, connectors=lambda graph: {"MAIL": Damaging(graph)})

    assert run.state == Run.State.SUCCESS
    assert set(damaged.values()) == {3}
    assert differences(source, tenant) == []


class _Broken:
    """A stream whose hash does not fit in the end."""

    def __init__(self, stream):
        self.stream = stream

    def read(self, length=-1):
        if piece := self.stream.read(length):
            return piece
        raise DamagedOnTheWay("The bytes are not those the provider has.")


def test_a_store_that_is_full_is_said_by_name_and_suspects_no_object(source, tenant, otto, clock, monkeypatch):
    store = FaultyStore(configured_store(), sleep=clock.sleep)
    monkeypatch.setattr(vaults, "configured_store", lambda: store)
    vaults.vault_of(tenant.organization, now=clock())
    store.fail("put_if_absent", StoreFull("The store is full."))

    failed = _tried_to_the_end(tenant, clock)
    said = list(Failure.objects.filter(closed_at=None).values_list("object_id", "reason"))
    kept_then = Container.objects.get().objects_kept
    store.heal()
    run = back_up(tenant, clock)

    assert (failed.state, said, kept_then) == (Run.State.FAILED, [("", Failure.Reason.STORE)], 0)
    assert "full" in failed.problem
    assert run.state == Run.State.SUCCESS
    assert not Failure.objects.filter(closed_at=None).exists()
    assert differences(source, tenant) == []


def test_a_mailbox_that_is_taken_away_keeps_what_was_saved_of_it(source, tenant, otto, clock):
    back_up(tenant, clock)
    before, truth = Snapshot.objects.get(), mailboxes(source, tenant)
    none = {"error": {"code": "MailboxNotEnabledForRESTAPI", "message": "The mailbox is inactive or on-premises."}}
    source.fault({"status": 404, "body": none}, path=f"/users/{otto.remote_id}/")

    back_up(tenant, clock, item=otto)

    container = Container.objects.get()
    assert container.status == Container.Status.NOT_AVAILABLE
    assert container.objects_kept == len(kept(tenant, container)) == len(truth[otto.remote_id])
    assert AuditEntry.objects.filter(action="container.gone").count() == 1
    assert kept(tenant, container, before.commit).keys() == truth[otto.remote_id].keys()


def _tried_to_the_end(tenant, clock):
    """Back up while the work breaks off each time, as often as a job is tried; return the run."""
    run = start_run(connection=tenant, trigger=Run.Trigger.PERSON, actor="Ada", now=clock())
    while Run.objects.get(pk=run.pk).is_open:
        with suppress(StoreProblem):
            work_off(clock)
        Job.objects.filter(state="RUNNING").update(state="QUEUED", lease_until=None, not_before=Now())
    return Run.objects.get(pk=run.pk)
