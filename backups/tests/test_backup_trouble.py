"""What goes wrong at the source or here while a mailbox is copied, and what is true afterwards."""

from datetime import timedelta

import pytest

from backups.actions.runs import RunAlreadyOpen, RunIsOver, cancel_run, start_run
from backups.connectors.microsoft365.mail import MailConnector
from backups.engine.backup_item import backup_item
from backups.models import Container, ContainerFeed, Failure, Run, RunItem, Snapshot
from backups.tests.backing_up import back_up, differences, kept, mailboxes, protect, work_off
from backups.tests.killing import begun
from backups.tests.looks import connected, look
from jobs import claims
from jobs.models import Job
from organizations.models import Connection, Item

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tenant(source, vault_store, acme, mail_only):
    """Acme's tenant, of which one ordinary mailbox is protected."""
    connection = connected(source, acme, size={"users": 2})
    look(connection)
    facts = source.control(f"/tenants/{connection.tenant_id}")
    assert protect(connection, facts["user_upn"]) == 1
    return connection


@pytest.fixture
def otto(tenant):
    return Item.objects.get(connection=tenant, is_chosen=True)


def _messages(source, tenant, item):
    return mailboxes(source, tenant)[item.remote_id]


def _mutate(source, tenant, item, op, **facts):
    return source.mutate(tenant.tenant_id, {"op": op, "user": item.remote_id, **facts})


def _values_asked(source, since=0):
    return [call for call in source.log()[since:] if call["path"].endswith("$value")]


def test_a_moved_message_keeps_its_bytes(source, tenant, otto, clock):
    back_up(tenant, clock)
    message = next(iter(_messages(source, tenant, otto)))
    _mutate(source, tenant, otto, "move_message", message=message, folder="archive")
    since = len(source.log())

    run = back_up(tenant, clock)

    assert (run.added, run.changed, run.removed) == (0, 1, 0)
    assert _values_asked(source, since) == []
    assert differences(source, tenant) == []


def test_what_is_removed_at_the_source_stays_in_the_snapshots_before(source, tenant, otto, clock):
    back_up(tenant, clock)
    before, truth = Snapshot.objects.get(), mailboxes(source, tenant)
    message = next(iter(_messages(source, tenant, otto)))
    _mutate(source, tenant, otto, "delete_message", message=message, how="purge")

    run = back_up(tenant, clock)

    assert (run.added, run.changed, run.removed) == (0, 0, 1)
    assert differences(source, tenant) == []
    assert differences(source, tenant, before.commit, truth) == []


def test_a_removed_folder_takes_its_messages_along(source, tenant, otto, clock):
    _mutate(source, tenant, otto, "create_mail_folder", name="Suppliers")
    for number in range(3):
        _mutate(source, tenant, otto, "receive_mail", subject=f"Offer {number}", folder="Suppliers")
    back_up(tenant, clock)
    _mutate(source, tenant, otto, "delete_mail_folder", folder="Suppliers", hard=True)

    run = back_up(tenant, clock)

    assert run.removed == 3
    assert differences(source, tenant) == []
    assert ContainerFeed.objects.exclude(gone_at=None).get().name == "Suppliers"


def test_a_lost_cursor_costs_a_listing_and_no_content(source, tenant, otto, clock):
    back_up(tenant, clock)
    _mutate(source, tenant, otto, "forget_cursors")
    _mutate(source, tenant, otto, "receive_mail", subject="News")
    since = len(source.log())

    run = back_up(tenant, clock)

    assert (run.added, run.changed, run.removed) == (1, 0, 0)
    assert len(_values_asked(source, since)) == 1
    assert differences(source, tenant) == []


def test_a_listing_that_lacks_everything_is_not_believed_for_a_day(source, tenant, otto, clock):
    back_up(tenant, clock)
    for message in _messages(source, tenant, otto):
        _mutate(source, tenant, otto, "delete_message", message=message, how="purge")
    _mutate(source, tenant, otto, "forget_cursors")

    doubted = back_up(tenant, clock)
    kept_on = Container.objects.get().objects_kept
    clock.forward(timedelta(hours=25))
    believed = back_up(tenant, clock)

    assert (doubted.state, doubted.removed) == (Run.State.PARTIAL, 0)
    assert Failure.objects.get().reason == Failure.Reason.SHRUNK
    assert kept_on > 3
    assert (believed.state, believed.removed) == (Run.State.SUCCESS, kept_on)
    assert Failure.objects.get().closed_at is not None


def test_one_object_that_fails_is_tried_again_and_closes_itself(source, tenant, otto, clock):
    message = next(iter(_messages(source, tenant, otto)))
    refused = {"match": {"path": r"/\$value", "tenant": tenant.tenant_id}, "when": {"nth": 1}, "times": 1}
    source.control("/faults", refused | {"action": {"status": 400, "body": {"error": {"code": "Odd"}}}})

    first = back_up(tenant, clock)
    failure = Failure.objects.get()
    too_early = back_up(tenant, clock)
    clock.forward(timedelta(minutes=16))
    later = back_up(tenant, clock)

    assert message
    assert (first.state, first.failed) == (Run.State.PARTIAL, 1)
    assert (failure.reason, failure.tries, failure.closed_at) == (Failure.Reason.ODD, 1, None)
    assert failure.name
    assert (too_early.state, later.state) == (Run.State.PARTIAL, Run.State.SUCCESS)
    assert Failure.objects.get().closed_at is not None
    assert differences(source, tenant) == []


@pytest.mark.parametrize("width", [1, 3])
def test_being_sent_away_costs_time_and_nothing_else(source, tenant, otto, clock, monkeypatch, width):
    monkeypatch.setattr(MailConnector, "width", width)
    storm = {"match": {"tenant": tenant.tenant_id, "path": "/graph/v1.0/users/.*/m"}, "action": {"retry_after": 7}}
    storm["action"]["status"] = 429
    source.control("/faults", storm | {"when": {"probability": 0.2, "seed": 5}})

    run = back_up(tenant, clock)

    counters = source.control("/counters")
    assert run.state == Run.State.SUCCESS
    assert clock.slept
    assert max(counters["most_in_flight_per_mailbox"].values()) <= width
    # With several at once, those that are on their way when one is sent away cannot know.
    assert counters["impatient"] == 0 or width > 1
    assert differences(source, tenant) == []


def test_a_consent_withdrawn_ends_the_run_and_keeps_everything(source, tenant, otto, clock):
    back_up(tenant, clock)
    run = start_run(connection=tenant, trigger=Run.Trigger.PERSON, actor="Ada", now=clock())
    source.revoke(tenant.tenant_id, source.apps["backup"].client_id)

    work_off(clock)

    run.refresh_from_db()
    assert run.state == Run.State.FAILED
    assert run.problem
    assert Connection.objects.get(pk=tenant.pk).state == "ACCESS_LOST"
    assert Snapshot.objects.count() == 1
    assert len(kept(tenant, Container.objects.get())) == Container.objects.get().objects_kept > 0


def test_a_backup_goes_on_once_at_a_time_and_can_be_called_off(source, tenant, otto, clock):
    run = start_run(connection=tenant, trigger=Run.Trigger.PERSON, actor="Ada", now=clock())
    with pytest.raises(RunAlreadyOpen):
        start_run(connection=tenant, trigger=Run.Trigger.SCHEDULE, actor=None, now=clock())

    cancel_run(run=run, actor="Ben", now=clock())
    work_off(clock)

    run.refresh_from_db()
    assert (run.state, run.cancelled_by) == (Run.State.CANCELLED, "Ben")
    with pytest.raises(RunIsOver):
        cancel_run(run=run, actor="Ben", now=clock())
    assert back_up(tenant, clock).state == Run.State.SUCCESS


def test_a_ghost_whose_job_was_taken_over_commits_nothing(source, tenant, otto, clock):
    job = begun(tenant, clock)
    ghost = claims.claim(job.pk)

    class Overtaken(type(clock)):
        """The moment is asked for before each commit; there somebody else takes the job."""

        def __call__(self):
            Job.objects.filter(pk=job.pk).update(fence=ghost.fence + 1)
            return super().__call__()

    with pytest.raises(claims.LeaseLost):
        backup_item(job.subject_id, ghost, clock=Overtaken(source), sleep=clock.sleep)

    assert kept(tenant, Container.objects.get()) == {}
    assert Container.objects.get().objects_kept == 0


def test_no_client_fills_the_queue(source, tenant, acme, clock):
    protect(tenant)
    for number in range(20):
        item = Item(organization=acme, connection=tenant, kind="USER", remote_id=f"r{number}", name=f"Person {number}")
        item.first_seen_at, item.is_chosen, item.chosen_by = clock(), True, "PERSON"
        item.save()

    begun(tenant, clock)

    assert Job.objects.filter(kind="backup_item", state="QUEUED").count() == 4
    assert RunItem.objects.filter(is_dispatched=False).count() == RunItem.objects.count() - 4 > 16
