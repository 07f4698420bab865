"""Links that get lost, listings that are made afresh, and listings nobody should believe."""

from datetime import timedelta

import pytest

from accounts.models import AuditEntry
from backups.models import DiscoveryFeed
from backups.tests.looks import Clock, connected, differences, look, person
from organizations.models import Group, Item


@pytest.fixture
def dental(source, acme):
    yield connected(source, acme)
    assert source.unknown_calls() == []


@pytest.fixture
def big_dental(source, acme):
    """A tenant of hundreds, whose feeds come in many pages."""
    yield connected(source, acme, size={"users": 60, "teams": 5, "sites": 6, "guests": 5})
    assert source.unknown_calls() == []


def forget(connection, **names):
    """Let something slip that no feed tells of."""
    Item.objects.filter(connection=connection, **names.pop("where")).update(**names)


def test_links_are_stored_sealed(source, dental):
    look(dental)

    rows = list(DiscoveryFeed.objects.filter(connection=dental))
    assert {row.name for row in rows} == {"USERS", "GROUPS", "SITES"}
    assert all(row.cursor.startswith(source.graph_url) for row in rows)
    assert not any("http" in row.sealed_cursor or "delta" in row.sealed_cursor for row in rows)


def purge(source, connection, count):
    """Let so many people leave for good."""
    users = source.manifest(connection.tenant_id)["users"]
    staff = [user["id"] for user in users if (user["kind"], user["state"]) == ("member", "live")]
    source.mutate(connection.tenant_id, *({"op": "purge_user", "user": one} for one in staff[2 : 2 + count]))


@pytest.mark.parametrize(
    "moods",
    [
        {"short": 0.7, "empty": 0.3, "duplicates": 0.5, "shuffle": True, "replays": 0.6, "seed": 2},
        {"short": 0.7, "empty": 0.5, "duplicates": 0.9, "shuffle": True, "replays": 0.9, "seed": 3},
    ],
)
def test_short_empty_doubled_shuffled_and_replayed_pages_change_nothing(source, big_dental, moods):
    source.moods(big_dental.tenant_id, **moods)

    look(big_dental)
    assert differences(source, big_dental) == []
    for _ in range(2):
        source.day(big_dental.tenant_id)
        look(big_dental)

    assert differences(source, big_dental) == []
    assert not Item.objects.filter(presence="PRESENT").exclude(gone_at=None).exists()


@pytest.mark.parametrize("feed", ["users", "groups", "sites"])
def test_a_refused_link_leads_to_a_full_listing_that_also_finds_who_left(source, big_dental, feed):
    look(big_dental)
    mia = person(source, big_dental)
    source.mutate(big_dental.tenant_id, {"op": "purge_user", "user": mia["id"]})
    source.fault({"status": 410}, path=f"/{feed}/delta", when={"nth": 1})

    found = look(big_dental)

    assert (found.discovery, found.discovery_problem) == ("IDLE", "")
    assert differences(source, big_dental) == []
    assert not Item.objects.filter(is_new=True).exists()
    assert DiscoveryFeed.objects.get(name=feed.upper()).round > 2


def test_a_link_of_eight_days_ago_is_no_reason_to_miss_anything(source, big_dental):
    clock = Clock(source)
    look(big_dental, clock=clock)
    mia = person(source, big_dental)
    source.mutate(big_dental.tenant_id, {"op": "create_user"}, {"op": "purge_user", "user": mia["id"]})
    clock.forward(timedelta(days=8))

    found = look(big_dental, clock=clock)

    assert found.discovery_problem == ""
    assert differences(source, big_dental) == []
    assert found.reconciled_at > clock() - timedelta(minutes=5)


def test_every_week_everything_is_listed_afresh_and_mailboxes_are_asked_again(source, dental):
    clock = Clock(source)
    first = look(dental, clock=clock)
    shared = person(source, dental, "shared")
    forget(dental, where={"remote_id": shared["id"]}, mailbox="USER")
    forget(dental, where={"kind": "SITE", "name": "Intranet"}, name="Old name")

    clock.forward(timedelta(days=5))
    second = look(dental, clock=clock)
    assert second.reconciled_at == first.reconciled_at
    clock.forward(timedelta(days=2, hours=1))
    third = look(dental, clock=clock)

    assert third.reconciled_at == third.discovered_at > first.reconciled_at
    assert differences(source, dental) == []
    assert not Item.objects.filter(is_new=True).exists()


def test_somebody_in_the_bin_stays_deleted_in_a_listing_until_the_bin_is_emptied(source, dental):
    clock = Clock(source)
    look(dental, clock=clock)
    mia = person(source, dental)
    item = Item.objects.get(remote_id=mia["id"])
    source.mutate(dental.tenant_id, {"op": "delete_user", "user": mia["id"]})
    look(dental, clock=clock)

    for days, presence in ((8, "DELETED"), (23, "GONE")):
        clock.forward(timedelta(days=days))
        look(dental, clock=clock)
        item.refresh_from_db()
        assert item.presence == presence
    assert differences(source, dental) == []


def test_a_mailbox_that_becomes_a_shared_one_moves_to_its_tab_at_the_next_look(source, dental):
    look(dental)
    mia = person(source, dental)
    assert Item.objects.get(remote_id=mia["id"]).tab == "USERS"
    source.mutate(dental.tenant_id, {"op": "convert_to_shared", "user": mia["id"]})

    look(dental)

    assert Item.objects.get(remote_id=mia["id"]).tab == "SHARED_MAILBOXES"


def test_a_tenant_that_answers_empty_loses_nothing(source, dental, acme):
    clock = Clock(source)
    look(dental, clock=clock)
    users = Item.objects.filter(kind="USER").count()
    source.mutate(dental.tenant_id, {"op": "empty"})
    clock.forward(timedelta(days=8))

    found = look(dental, clock=clock)

    assert found.discovery == "FAILED"
    assert f"Microsoft 365 lists 0 of {users} accounts. Nothing was marked as gone" in found.discovery_problem
    assert not Item.objects.exclude(presence="PRESENT").exists()
    assert not Group.objects.filter(is_gone=True).exists()
    failed = AuditEntry.objects.get(action="discovery.failed", organization_id=acme.pk)
    assert "teams" in failed.details["reason"]
    assert "sites" in failed.details["reason"]
    source.mutate(dental.tenant_id, {"op": "empty", "empty": False})
    healed = look(dental, clock=clock)
    assert (healed.discovery, healed.discovery_problem) == ("IDLE", "")
    assert differences(source, dental) == []


def test_a_listing_that_lacks_more_than_a_fifth_is_believed_only_when_an_operator_says_so(source, big_dental):
    clock = Clock(source)
    look(big_dental, clock=clock)
    purge(source, big_dental, 30)
    clock.forward(timedelta(days=8))

    look(big_dental, clock=clock)
    since = DiscoveryFeed.objects.get(connection=big_dental, name="USERS").doubted_at
    doubted = look(big_dental, clock=clock)
    assert doubted.discovery == "FAILED"
    feed = DiscoveryFeed.objects.get(connection=big_dental, name="USERS")
    assert (feed.missing, feed.doubted_at, feed.doubt in doubted.discovery_problem) == (30, since, True)
    assert "accounts. Nothing was marked as gone; look again or reconcile by hand." in doubted.discovery_problem
    assert not Item.objects.filter(presence="GONE").exists()
    accepted = look(big_dental, clock=clock, accepts_shrinking=True)

    assert (accepted.discovery, accepted.discovery_problem) == ("IDLE", "")
    feed.refresh_from_db()
    assert (feed.missing, feed.doubt, feed.doubted_at) == (0, "", None)
    assert differences(source, big_dental) == []
    gone = AuditEntry.objects.get(action="item.gone")
    assert (gone.details["count"], len(gone.details["names"].split("; "))) == (30, 30)


def test_a_listing_that_lacks_less_than_a_fifth_is_believed(source, big_dental):
    clock = Clock(source)
    look(big_dental, clock=clock)
    purge(source, big_dental, 8)
    clock.forward(timedelta(days=8))

    found = look(big_dental, clock=clock)

    assert (found.discovery, found.discovery_problem) == ("IDLE", "")
    assert Item.objects.filter(presence="GONE").count() == 8
    assert differences(source, big_dental) == []


def test_one_site_less_in_a_small_tenant_is_no_reason_for_doubt(source, dental):
    clock = Clock(source)
    look(dental, clock=clock)
    sites = Item.objects.filter(kind="SITE", presence="PRESENT")
    assert sites.count() <= 4
    source.mutate(dental.tenant_id, {"op": "delete_site", "site": sites.order_by("id").last().remote_id})
    clock.forward(timedelta(days=8))

    found = look(dental, clock=clock)

    assert (found.discovery, found.discovery_problem) == ("IDLE", "")
    assert Item.objects.filter(kind="SITE", presence="GONE").count() == 1


def test_where_changes_of_sites_are_refused_every_look_lists_them_and_sees_who_left(source, big_dental):
    source.fault({"status": 403}, path="/sites/delta")
    look(big_dental)
    assert DiscoveryFeed.objects.get(name="SITES").cursor == ""
    made, site = source.mutate(
        big_dental.tenant_id,
        {"op": "create_site", "display_name": "Crowns"},
        {"op": "delete_site", "site": next(
            one["id"] for one in source.manifest(big_dental.tenant_id)["sites"] if one["path"].startswith("/sites/")
        )},
    )  # fmt: skip

    found = look(big_dental)

    assert found.discovery_problem == ""
    assert differences(source, big_dental) == []
    assert Item.objects.get(remote_id=made["id"]).is_new
    assert Item.objects.get(remote_id=site["id"]).presence == "GONE"


def test_a_tenant_without_sharepoint_has_no_sites_and_no_problem(source, dental):
    body = {"error": {"code": "BadRequest", "message": "Tenant does not have a SPO license."}}
    source.fault({"status": 400, "body": body}, path="/sites")

    found = look(dental)

    assert (found.discovery, found.discovery_problem) == ("IDLE", "")
    assert not Item.objects.filter(kind="SITE").exists()
