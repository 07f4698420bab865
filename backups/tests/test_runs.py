"""A backup, from being asked for to its end, over the simulated Microsoft 365."""

import pytest

from accounts.models import AuditEntry
from backups.engine.connecting import connectors_for
from backups.models import Container, ContainerFeed, Failure, Run, RunItem, Snapshot
from backups.tests.backing_up import back_up, differences, kept, mailboxes, protect
from backups.tests.killing import begun, work
from backups.tests.looks import connected, look
from organizations.models import Item, Organization, Policy

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tenant(source, vault_store, acme, mail_only):
    connection = connected(source, acme, size={"users": 2})
    look(connection)
    return connection


@pytest.fixture
def two(source, tenant):
    """The administrator's mailbox, which holds what breaks careless software, and an ordinary one are protected."""
    facts = source.control(f"/tenants/{tenant.tenant_id}")
    assert protect(tenant, facts["admin_upn"], facts["user_upn"]) == 2
    return tenant


def _refused(source, tenant):
    truth = mailboxes(source, tenant)
    return {one for box in truth.values() for one, message in box.items() if "refused" in message}


def test_everything_protected_is_copied(source, two, tenant, clock):

    run = back_up(tenant, clock)

    assert differences(source, tenant) == []
    assert run.items_done == run.items_total == 2
    boxes = mailboxes(source, tenant)
    assert run.added == sum(len(boxes[one.item.remote_id]) for one in Container.objects.all())
    assert {one.object_id for one in Failure.objects.filter(closed_at=None)} == _refused(source, tenant) != set()
    assert run.state == Run.State.PARTIAL


def test_an_idle_run_fetches_nothing_and_asks_each_folder_once(source, two, tenant, clock):
    back_up(tenant, clock)
    requests_before = len(source.log())

    run = back_up(tenant, clock)

    asked = source.log()[requests_before:]
    assert (run.added, run.changed, run.removed) == (0, 0, 0)
    assert not [call for call in asked if "$value" in call["path"]]
    feeds = ContainerFeed.objects.filter(gone_at=None).count()
    assert run.requests <= 3 * feeds + 5 * run.items_total


def test_every_past_snapshot_stays_as_it_was(source, two, tenant, clock):
    past = []
    for _ in range(3):
        back_up(tenant, clock)
        commit = Snapshot.objects.order_by("-commit").first().commit
        past.append((commit, mailboxes(source, tenant)))
        source.day(tenant.tenant_id)

    for commit, truth in past:
        assert differences(source, tenant, commit, truth) == []


def test_one_item_alone_is_copied_when_somebody_asks(source, two, tenant, clock):
    item = Item.objects.filter(is_chosen=True).first()

    run = back_up(tenant, clock, item=item)

    assert [one.item for one in RunItem.objects.filter(run=run)] == [item]
    assert Snapshot.objects.get().item == item


def test_the_log_and_the_board_say_what_happened(source, two, tenant, clock, acme):
    back_up(tenant, clock)

    actions = list(AuditEntry.objects.order_by("number").values_list("action", flat=True))
    assert [one for one in actions if one.startswith("run.")] == ["run.requested", "run.started", "run.completed"]
    organization = Organization.objects.get(pk=acme.pk)
    assert organization.backup_status == "PARTIAL"
    assert organization.stored_bytes > 0
    assert organization.days.endswith("P")


def test_a_clients_page_shows_a_first_backup_move(source, two, tenant, clock, acme):
    job = begun(tenant, clock)
    before = Organization.objects.get(pk=acme.pk)

    work(job, connectors_for, clock)

    after = Organization.objects.get(pk=acme.pk)
    assert (before.backup_status, before.backup_note) == ("ONBOARDING", "2 in the first backup of 2 accounts")
    assert after.backup_note.endswith("1 in the first backup of 2 accounts")
    assert after.stored_bytes > before.stored_bytes == 0
    assert after.days == ""


def test_calendars_contacts_and_teams_are_copied_too(source, vault_store, acme, clock):
    tenant = connected(source, acme, size={"users": 2, "disabled": 0, "guests": 0, "rooms": 0, "equipment": 0})
    look(tenant)
    protect(tenant)
    Policy.objects.filter(organization=acme).update(mail=False, onedrive=False, sharepoint=False)

    first = back_up(tenant, clock)
    second = back_up(tenant, clock)

    assert first.added > 0
    assert (second.added, second.changed, second.removed) == (0, 0, 0)
    told = source.control(f"/tenants/{tenant.tenant_id}/manifest/outlook")
    for kind, word in (("CALENDAR", "events"), ("CONTACTS", "contacts")):
        kept_of = {one.item.remote_id for one in Container.objects.filter(kind=kind)}
        expected = {one["id"] for box in told["mailboxes"] if box["user"] in kept_of for one in box[word]}
        containers = Container.objects.filter(kind=kind)
        assert {one for container in containers for one in kept(tenant, container)} == expected
    assert Container.objects.filter(kind="TEAMS", objects_kept__gt=0).exists()
