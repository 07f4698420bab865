"""Everything that can get in the way of a look costs time, never data, and says what it is."""

from datetime import timedelta

import pytest
from django.db import connection as database

from accounts.models import AuditEntry
from backups.tests.looks import Clock, connected, differences, look, state_of, take
from jobs.models import Job
from organizations.actions.connections import disconnect
from organizations.actions.source_apps import add_secret
from organizations.models import Connection, Item, SourceApp, SourceCredential


@pytest.fixture
def dental(source, acme):
    yield connected(source, acme, size={"users": 30, "teams": 3, "sites": 3, "guests": 3})
    assert source.unknown_calls() == []
    counters = source.counters()
    assert not counters.get("foreign_requests")


def look_on(connection, clock, *, most=200):
    """Look slice by slice, waiting as long as the job says, until it is done; return how many slices it took."""
    for number in range(1, most):
        claim = take(connection)
        found = look(connection, clock=clock, claim=claim)
        if state_of(claim) != Job.State.QUEUED:
            return found, number
        wait = (found.discovery_continues_at or clock()) - clock()
        clock.forward(max(wait, timedelta()))
    raise AssertionError("It never ends.")


def test_an_hour_of_429_is_waited_out_and_nothing_is_lost(source, dental):
    clock = Clock(source)
    source.fault({"status": 429, "retry_after": 3600}, path="/users/delta", times=1)
    claim = take(dental)

    waiting = look(dental, clock=clock, claim=claim)

    assert (waiting.discovery, state_of(claim)) == ("WAITING", "QUEUED")
    assert timedelta(minutes=59) < waiting.discovery_continues_at - clock() <= timedelta(hours=1)
    with database.cursor() as cursor:
        cursor.execute("SELECT not_before - clock_timestamp() FROM jobs_job WHERE id = %s", [claim.job_id])
        assert timedelta(minutes=59) < cursor.fetchone()[0]
    found, slices = look_on(dental, clock)
    assert (found.discovery, found.discovery_continues_at) == ("IDLE", None)
    assert differences(source, dental) == []
    assert not source.counters().get("impatient")


@pytest.mark.parametrize(
    "action",
    [
        {"status": 429, "retry_after": 40},
        {"status": 429, "retry_after": "date"},
        {"status": 429, "retry_after": "absent"},
        {"status": 429, "retry_after": "absurd"},
        {"status": 503, "retry_after": 20},
        {"status": 504},
        {"status": 401},
        {"status": 400},
        {"reset": True},
        {"truncate": True},
        {"wrong_length": True},
        {"unknown_property": True},
        {"duplicate_item": True},
    ],
    ids=str,
)
def test_every_fifth_request_in_trouble_changes_nothing_but_the_time(source, dental, action):
    clock = Clock(source)
    source.moods(dental.tenant_id, short=0.9, seed=4)
    source.fault(action, when={"every": 5})

    found, _ = look_on(dental, clock)

    source.heal()
    assert (found.discovery, found.discovery_problem) == ("IDLE", "")
    assert differences(source, dental) == []
    assert not source.counters().get("impatient")


def test_real_limits_are_kept_without_one_impatient_request(source, dental):
    clock = Clock(source)
    source.limits(0.003, "directory", "sharepoint")

    found, _ = look_on(dental, clock)

    assert found.discovery == "IDLE"
    assert differences(source, dental) == []
    counters = source.counters()
    assert counters["throttled"] > 0
    assert not counters.get("impatient")


def test_a_consent_that_was_withdrawn_is_noted_and_comes_back_with_everything(source, dental):
    look(dental)
    before = list(Item.objects.order_by("pk").values("pk", "presence", "protection"))
    source.revoke(dental.tenant_id, source.apps["backup"].client_id)
    claim = take(dental)

    lost = look(dental, claim=claim)

    assert (lost.state, lost.discovery, state_of(claim)) == ("ACCESS_LOST", "FAILED", "DONE")
    assert "consent was withdrawn" in lost.problem
    assert lost.organization.connection_state == "ACCESS_LOST"
    assert list(Item.objects.order_by("pk").values("pk", "presence", "protection")) == before
    look(dental)
    actions = list(AuditEntry.objects.filter(action__in=["connection.access_lost", "discovery.failed"]))
    assert len(actions) == 2
    source.consent(dental.tenant_id, source.apps["backup"].client_id)
    regained = look(dental)
    assert (regained.state, regained.discovery, regained.discovery_problem) == ("CONNECTED", "IDLE", "")
    assert AuditEntry.objects.filter(action="connection.access_regained").count() == 1
    assert differences(source, dental) == []


def test_a_certificate_of_ours_that_is_refused_is_not_the_clients_fault(source, dental):
    SourceCredential.objects.all().delete()
    app = SourceApp.objects.get(purpose="BACKUP")
    add_secret(app=app, secret="a secret nobody knows", expires_at=None, actor="Ops", now=app.created_at)

    found = look(dental)

    assert (found.state, found.discovery) == ("CONNECTED", "FAILED")
    assert "operator of Portico" in found.discovery_problem
    assert "consent" not in found.discovery_problem


def test_without_any_credential_the_operator_is_told(source, dental, settings):
    settings.SOURCE_KEYS = []

    found = look(dental)

    assert (found.state, found.discovery) == ("CONNECTED", "FAILED")
    assert "SOURCE_KEYS" in found.discovery_problem


def test_a_missing_permission_leaves_one_feed_out_and_is_named(source, dental):
    roles = [role for role in source.apps["backup"].roles if role not in ("Sites.Read.All", "MailboxSettings.Read")]
    source.consent(dental.tenant_id, source.apps["backup"].client_id, roles)

    found = look(dental)

    assert (found.discovery, found.state) == ("IDLE", "NEEDS_CONSENT")
    assert "sites (Sites.Read.All)" in found.discovery_problem
    assert "shared mailboxes from people (MailboxSettings.Read)" in found.discovery_problem
    assert found.discovered_at is not None
    assert Item.objects.filter(kind="USER").exists()
    assert not Item.objects.filter(kind="SITE").exists()
    source.consent(dental.tenant_id, source.apps["backup"].client_id)
    complete = look(dental)
    assert (complete.state, complete.discovery_problem) == ("CONNECTED", "")
    assert differences(source, dental) == []
    assert not Item.objects.filter(is_new=True).exists()


def test_one_mailbox_that_is_closed_to_us_is_asked_once_and_stops_nobody(source, dental):
    source.fault({"status": 403}, path="/mailboxSettings", when={"nth": 7})

    look(dental)
    source.heal()
    before = source.log()[-1]["id"]
    look(dental)

    assert Item.objects.filter(mailbox="OTHER").count() == 1
    assert not Item.objects.filter(kind="USER", mailbox="").exists()
    assert not [entry for entry in source.log(since=before) if "mailboxSettings" in entry["path"]]


def test_a_link_to_another_host_is_not_followed_and_not_stored(source, dental):
    source.fault({"foreign_nextlink": True}, path="/users/delta")

    found = look(dental)

    assert found.discovery == "FAILED"
    assert "another host" in found.discovery_problem
    assert not source.counters().get("foreign_authorizations")
    source.heal()
    assert look(dental).discovery == "IDLE"
    assert differences(source, dental) == []


def test_pages_that_lead_in_a_circle_end_the_feed_and_the_next_look_begins_anew(source, dental):
    source.fault({"nextlink_loop": True}, path="/groups/delta")

    found = look(dental)

    assert found.discovery == "FAILED"
    assert "could not list teams: Microsoft’s pages lead in a circle." in found.discovery_problem
    assert Item.objects.filter(kind="SITE").exists()
    source.heal()
    assert look(dental).discovery == "IDLE"
    assert differences(source, dental) == []


def test_a_page_with_two_links_is_read_to_its_end(source, dental):
    source.moods(dental.tenant_id, short=0.9, seed=9)
    source.fault({"two_deltalinks": True}, path="/users/delta", when={"nth": 1})

    look(dental)

    assert differences(source, dental) == []


def test_other_addresses_of_microsoft_than_those_it_was_connected_through_get_no_request(source, dental, settings):
    Connection.objects.filter(pk=dental.pk).update(graph_url="https://graph.microsoft.us")
    before = source.log()

    found = look(dental)

    assert found.discovery == "FAILED"
    assert "Nothing was sent." in found.discovery_problem
    assert source.log() == before


def test_a_connection_that_is_given_up_meanwhile_is_left_alone(source, dental, cast):
    clock = Clock(source)
    claim = take(dental)
    asked = 0

    def give_up_after_the_users():
        nonlocal asked
        asked += 1
        if asked == 3:
            disconnect(connection=dental, actor=cast["ada"].user, now=clock())
        return clock()

    left = look(dental, clock=give_up_after_the_users, claim=claim)

    assert (left.state, left.discovery, state_of(claim)) == ("DISCONNECTED", "IDLE", "DONE")
    late = take(dental)
    assert look(dental, claim=late).discovery == "IDLE"
    assert state_of(late) == "DONE"
    assert not AuditEntry.objects.filter(action__startswith="discovery.").exists()


def test_a_look_ends_its_slice_after_four_minutes_and_goes_on_from_there(source, dental):
    source.moods(dental.tenant_id, short=0.9, seed=5)
    clock, begun, slices = Clock(source), set(), 0

    def slow():
        clock.forward(timedelta(seconds=50))
        return clock()

    while not Connection.objects.filter(discovered_at__isnull=False).exists():
        found = look(dental, clock=slow)
        begun.add(found.discovery_started_at)
        slices += 1
        assert slices < 50

    assert slices > 2
    assert len(begun) == 1
    assert differences(source, dental) == []
