"""Looking what Acme Dental's Microsoft 365 holds: complete, once each, and never less than was known."""

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from backups.tests.looks import connected, differences, look, person, state_of, take
from jobs import claims
from jobs.models import Job
from organizations.actions.connections import request_discovery_of
from organizations.models import Item, Policy


@pytest.fixture
def dental(source, acme):
    """Acme Dental's connection to its small tenant, which nobody has looked at yet."""
    yield connected(source, acme)
    assert source.unknown_calls() == []


def requests_since(source, number):
    return [entry for entry in source.log(since=number) if not entry["in_batch"]]


def newest(source):
    return source.log()[-1]["id"]


def test_the_first_look_finds_everything_once_and_calls_nothing_new(source, dental):
    claim = take(dental)

    found = look(dental, claim=claim)

    assert differences(source, dental) == []
    assert state_of(claim) == "DONE"
    assert (found.discovery, found.discovery_problem, found.state) == ("IDLE", "", "CONNECTED")
    assert found.discovered_at == found.reconciled_at is not None
    assert found.sharepoint_host == "acme-dental.sharepoint.example"
    assert not Item.objects.filter(is_new=True).exists()


def test_the_registered_job_looks_by_itself(source, dental):
    assert request_discovery_of(dental, now=timezone.now())

    assert claims.run(Job.objects.get(kind="discover").pk) == "DONE"

    assert differences(source, dental) == []


def test_a_look_at_a_tenant_in_which_nothing_happened_costs_a_token_and_one_request_a_feed(source, dental):
    look(dental)
    before, items = newest(source), list(Item.objects.order_by("pk").values())

    look(dental)

    assert len(requests_since(source, before)) == 4
    assert list(Item.objects.order_by("pk").values()) == items


def test_after_every_working_day_we_know_exactly_what_is_there(source, dental):
    look(dental)

    for _ in range(5):
        source.day(dental.tenant_id)
        look(dental)
        assert differences(source, dental) == []

    assert Item.objects.filter(is_new=True).count() > 20


def test_who_appears_later_is_new_and_protected_where_the_policy_says_so(source, dental, acme):
    look(dental)
    Policy.objects.filter(organization=acme).update(
        auto_users=True, auto_users_since=timezone.now(), auto_teams=True, auto_teams_since=timezone.now()
    )
    source.mutate(
        dental.tenant_id,
        {"op": "create_user", "display_name": "Nora Newcomer"},
        {"op": "create_user", "display_name": "Gus Guest", "kind": "guest"},
        {"op": "create_team", "display_name": "Root canals"},
    )

    found = look(dental)

    nora, gus, team = (
        Item.objects.exclude(kind="SITE").get(name=name) for name in ("Nora Newcomer", "Gus Guest", "Root canals")
    )
    assert (nora.is_new, nora.protection, nora.decided_by) == (True, "PROTECTED", "Automatic backup")
    assert (gus.is_new, gus.protection, gus.skipped_as) == (True, "SKIPPED", "EXTERNAL")
    # The administrator set teams up; its site is no team, and sites are not protected by themselves.
    assert team.protection == "PROTECTED"
    assert not Item.objects.filter(kind="SITE", is_chosen=True).exists()
    assert Item.objects.filter(is_chosen=True).count() == 2
    assert (found.organization.users_protected, found.organization.teams_protected) == (1, 1)


def test_the_figures_and_the_filter_are_right_after_the_first_look(source, dental, acme):
    look(dental)

    acme.refresh_from_db()
    counts = source.manifest(dental.tenant_id, counts=True)
    kinds = counts["users_by_kind"]
    carriers = kinds["shared"] + kinds["room"] + kinds["equipment"]
    assert acme.mailboxes_eligible == carriers
    assert acme.users_eligible == counts["users"] - carriers - kinds["guest"]
    assert acme.items_skipped == kinds["guest"]
    assert (acme.sites_eligible, acme.teams_eligible) == (counts["sites"], counts["teams"])


def test_a_person_who_gets_the_address_of_one_who_left_is_somebody_else(source, dental):
    look(dental)
    mia = person(source, dental)
    Item.objects.filter(remote_id=mia["id"]).update(is_chosen=True, chosen_by="PERSON", stored_bytes=5)
    (made,) = source.mutate(dental.tenant_id, {"op": "recreate_user", "user": mia["id"]})

    look(dental)

    former, newcomer = (Item.objects.get(remote_id=remote_id) for remote_id in (mia["id"], made["id"]))
    assert former.address == newcomer.address
    assert (former.presence, former.is_chosen, former.stored_bytes) == ("DELETED", True, 5)
    assert former.gone_at is not None
    assert (newcomer.presence, newcomer.is_chosen, newcomer.is_new) == ("PRESENT", False, True)


def test_who_was_deleted_may_come_back_as_they_were_and_who_was_purged_stays_in_the_books(source, dental):
    look(dental)
    mia = person(source, dental)
    item = Item.objects.get(remote_id=mia["id"])
    Item.objects.filter(pk=item.pk).update(is_chosen=True, chosen_by="PERSON")

    def after(operation):
        source.mutate(dental.tenant_id, {"op": operation, "user": mia["id"]})
        look(dental)
        item.refresh_from_db()
        return item.presence, item.protection, item.name, item.gone_at is not None

    assert after("delete_user") == ("DELETED", "NOT_AVAILABLE", mia["display_name"], True)
    assert after("restore_user") == ("PRESENT", "PROTECTED", mia["display_name"], False)
    assert after("delete_user") == ("DELETED", "NOT_AVAILABLE", mia["display_name"], True)
    left_at = item.gone_at
    assert after("purge_user") == ("GONE", "NOT_AVAILABLE", mia["display_name"], True)
    assert item.gone_at == left_at
    assert differences(source, dental) == []


def test_the_log_tells_of_the_look_and_of_who_left_and_came_back(source, dental, acme):
    look(dental)
    mia, shared = person(source, dental), person(source, dental, "shared")
    source.mutate(dental.tenant_id, {"op": "delete_user", "user": mia["id"]})
    look(dental)
    source.mutate(
        dental.tenant_id, {"op": "restore_user", "user": mia["id"]}, {"op": "purge_user", "user": shared["id"]}
    )

    look(dental)

    log = AuditEntry.objects.filter(organization_id=acme.pk).order_by("number")
    looks = [entry.details for entry in log.filter(action="discovery.completed")]
    seen = Item.objects.count()
    assert [(one["seen"], one["new"], one["gone"], one["returned"]) for one in looks] == [
        (seen, 0, 0, 0), (seen - 1, 0, 1, 0), (seen - 1, 0, 1, 1),
    ]  # fmt: skip
    gone = [(one.details["count"], one.details["names"]) for one in log.filter(action="item.gone")]
    assert gone == [(1, mia["display_name"]), (1, shared["display_name"])]
    assert log.get(action="item.returned").details["names"] == mia["display_name"]
    assert set(log.values_list("actor", "target")) == {("Schedule", "Acme Dental")}


def test_somebody_who_changes_the_name_or_loses_the_licence_is_the_same_item(source, dental):
    look(dental)
    mia = person(source, dental)
    change = {"displayName": "Mia Ünlü-O’Neil", "mail": "mia.new@acme.example", "licensed": False}
    source.mutate(dental.tenant_id, {"op": "update_user", "user": mia["id"], "set": change})

    look(dental)

    item = Item.objects.get(remote_id=mia["id"])
    assert (item.name, item.list_name) == ("Mia Ünlü-O’Neil", "mia ünlü-o’neil")
    assert (item.address, item.has_mail_plan) == ("mia.new@acme.example", False)
    assert not item.is_new
