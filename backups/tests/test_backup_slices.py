"""Long work in slices, and listings that are made afresh each week."""

from collections import Counter
from datetime import timedelta

import pytest

from backups.connectors.microsoft365.mail import MailConnector
from backups.models import ContainerFeed, Run, Snapshot
from backups.tests.backing_up import back_up, differences, mailboxes, protect
from backups.tests.looks import connected, look
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


def test_a_mailbox_that_takes_hours_is_copied_in_slices_and_nothing_of_it_twice(source, tenant, clock):
    opened = Counter()

    class Slow(MailConnector):
        """Each message takes two minutes."""

        width = 1

        def open(self, source, feed, found, part):
            opened[found.id] += 1
            clock.forward(timedelta(minutes=2))
            return super().open(source, feed, found, part)

    run = back_up(tenant, clock, connectors=lambda graph: {"MAIL": Slow(graph)})

    box = mailboxes(source, tenant)[Item.objects.get(is_chosen=True).remote_id]
    assert run.state == Run.State.SUCCESS
    assert Job.objects.get(kind="backup_item").postponements > 1
    assert opened == Counter(box.keys())
    assert run.added == len(box)
    assert Snapshot.objects.count() == 1
    assert differences(source, tenant) == []


def test_everything_is_listed_afresh_after_a_week_and_nothing_fetched_again(source, tenant, clock):
    back_up(tenant, clock)
    clock.forward(timedelta(days=8))
    since = len(source.log())

    run = back_up(tenant, clock)

    assert set(ContainerFeed.objects.values_list("round", "is_listing")) == {(2, False)}
    assert (run.state, run.added, run.changed, run.removed) == (Run.State.SUCCESS, 0, 0, 0)
    assert not [call for call in source.log()[since:] if call["path"].endswith("$value")]
    assert differences(source, tenant) == []
