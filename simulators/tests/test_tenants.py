"""Tenants: made whole, the same each time, and with everybody a careless program trips over."""

import unicodedata
from collections import Counter

import pytest

from simulators.tests.clients import Graph

LEAST = {"member": 3, "disabled": 1, "guest": 1, "shared": 1, "room": 1, "equipment": 1, "on_premises": 1}


def test_a_tiny_tenant_has_one_of_everything(microsoft, dental, truth):
    counts = microsoft.manifest(dental, counts=True)

    assert counts["users_by_kind"] == LEAST
    assert (counts["deleted_users"], counts["teams"], counts["sites"], counts["personal_sites"]) == (1, 1, 4, 2)
    assert [group["display_name"] for group in truth()["groups"] if group["nested_groups"]] == ["Managers"]


@pytest.mark.parametrize(("size", "members", "guests"), [("demo", 25, 3), ("large", 500, 30), ({"users": 7}, 7, 1)])
def test_sizes_mean_numbers(microsoft, size, members, guests):
    tenant = microsoft.add_tenant("Bolt Bakery", size=size)

    counts = microsoft.manifest(tenant, counts=True)["users_by_kind"]
    assert (counts["member"], counts["guest"]) == (members, guests)


def test_the_same_seed_makes_the_same_tenant_again(microsoft, dental, truth):
    before = truth()

    microsoft.control("/reset", {})
    again = microsoft.add_tenant("Acme Dental", "acme-dental.example", "tiny", seed=1)

    assert again["id"] == dental["id"]
    assert microsoft.manifest(again) == before


def test_another_seed_makes_other_people(microsoft, dental):
    other = microsoft.add_tenant("Bolt Bakery", "bolt-bakery.example", "tiny", seed=2)

    assert other["id"] != dental["id"]
    assert other["admin_upn"].partition("@")[0] != dental["admin_upn"].partition("@")[0]


def test_making_the_same_tenant_twice_is_harmless_and_another_at_its_domain_is_refused(microsoft, dental):
    again = microsoft.add_tenant("Acme Dental", "acme-dental.example", "tiny", seed=1)
    wanted = {"name": "Thief", "domain": "acme-dental.example", "seed": 2}
    refusal = microsoft.client.post("/tenants", json=wanted)

    assert again == dental
    assert (refusal.status_code, len(microsoft.control("/tenants"))) == (409, 1)


def test_a_tenant_may_be_given_its_id(microsoft):
    wanted = "0f5e1a6e-3f0f-4a5e-9d0a-6d1d6c1f7b11"

    assert microsoft.add_tenant("Bolt Bakery", id=wanted)["id"] == wanted


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"domain": "x.example"}, "'name'"),
        ({"name": "X", "domain": "nodots"}, "must look like"),
        ({"name": "X", "domain": "x.example", "size": "huge"}, "Known are tiny, demo, large"),
        ({"name": "X", "domain": "x.example", "size": {"dogs": 1}}, "no 'dogs'"),
        ({"name": "X", "domain": "x.example", "size": {"users": 1}}, "at least two"),
        ({"name": "X", "domain": "x.example", "size": {"users": -1}}, "whole number"),
        ({"name": "X", "domain": "x.example", "id": "7"}, "no GUID"),
    ],
)
def test_a_tenant_that_cannot_be_made_is_refused_with_a_reason(microsoft, body, words):
    refusal = microsoft.client.post("/tenants", json=body)

    assert refusal.status_code == 400
    assert words in refusal.json()["error"]
    assert microsoft.control("/tenants") == []


def test_names_that_trip_careless_programs_are_there(truth):
    names = [user["display_name"] for user in truth()["users"]]
    doubles = Counter(unicodedata.normalize("NFC", name) for name in names)

    assert [name for name, times in doubles.items() if times > 1 and names.count(name) == 1] == ["Zoë Ångström"]
    assert any("'" in name for name in names)
    assert any(unicodedata.bidirectional(name[0]) == "AL" for name in names)
    assert any("🌻" in name for name in names)
    assert any("#EXT#@" in user["upn"] for user in truth()["users"])


def test_a_working_day_brings_people_and_things(microsoft, dental, truth):
    before = microsoft.manifest(dental, counts=True)

    played = microsoft.day(dental)

    after, happened = microsoft.manifest(dental, counts=True), Counter(one["op"] for one in played["happened"])
    assert played["day"] == 1
    assert set(happened) == {"delete_user", "create_user", "add_member", "update_user", "create_team"}
    assert after["deleted_users"] == before["deleted_users"] + 1
    for kind in ("guest", "shared", "room"):
        assert after["users_by_kind"][kind] == before["users_by_kind"][kind] + 1
    assert (after["teams"], after["sites"]) == (before["teams"] + 1, before["sites"] + 1)


def test_the_same_days_are_the_same_every_time(microsoft, dental):
    first = [microsoft.day(dental) for _ in range(3)]

    microsoft.control("/reset", {})
    microsoft.add_tenant("Acme Dental", "acme-dental.example", "tiny", seed=1)

    assert [microsoft.day(dental) for _ in range(3)] == first
    assert [day["day"] for day in first] == [1, 2, 3]


def test_operations_happen_all_or_none(microsoft, dental, truth):
    before = truth()
    operations = [
        {"op": "create_user", "display_name": "Nina"},
        {"op": "delete_user", "user": "nobody@nowhere.example"},
    ]

    refusal = microsoft.client.post(f"/tenants/{dental['id']}/mutate", json=operations)

    assert refusal.status_code == 400
    assert "no user 'nobody@nowhere.example'" in refusal.json()["error"]
    assert truth() == before


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "dance"},
        "create_user",
        {"op": "delete_user"},
        {"op": "update_user", "user": "siobhan.o'neill@acme-dental.example", "set": {"shoeSize": 44}},
        {"op": "create_user", "upn": "siobhan.o'neill@acme-dental.example"},
        {"op": "create_user", "kind": "pet"},
        {"op": "archive_team", "group": "All staff"},
        {"op": "add_member", "group": "All staff", "member": "siobhan.o'neill@acme-dental.example"},
        {"op": "add_member", "group": "Managers", "member": "Managers"},
        {"op": "remove_member", "group": "Managers", "member": "siobhan.o'neill@acme-dental.example"},
        {"op": "create_site", "display_name": "Intranet"},
        {"op": "delete_site", "site": "/sites/nowhere"},
        {"op": "rename_site", "site": "/sites/intranet"},
    ],
)
def test_an_operation_that_makes_no_sense_is_refused(microsoft, dental, operation):
    refusal = microsoft.client.post(f"/tenants/{dental['id']}/mutate", json=[operation])

    assert refusal.status_code == 400
    assert refusal.json()["error"]


def test_every_operation_shows_in_the_truth(microsoft, dental, truth):
    nina, group, team, site = microsoft.mutate(
        dental,
        {"op": "create_user", "display_name": "Nina Roth"},
        {"op": "create_group", "display_name": "Choir", "members": ["nina.roth@acme-dental.example"]},
        {"op": "create_team", "display_name": "Band", "owners": ["nina.roth@acme-dental.example"]},
        {"op": "create_site", "display_name": "Stage"},
    )
    microsoft.mutate(
        dental,
        {"op": "update_user", "user": nina["id"], "set": {"displayName": "Nina Moss", "accountEnabled": False}},
        {"op": "convert_to_shared", "user": nina["id"]},
        {"op": "update_group", "group": group["id"], "set": {"displayName": "Big choir"}},
        {"op": "remove_member", "group": group["id"], "member": nina["id"]},
        {"op": "archive_team", "group": team["id"]},
        {"op": "rename_site", "site": site["id"], "display_name": "Big stage"},
    )

    now = truth()
    user = next(one for one in now["users"] if one["id"] == nina["id"])
    assert (user["display_name"], user["kind"], user["enabled"], user["licensed"]) == (
        "Nina Moss",
        "shared",
        False,
        False,
    )
    choir, band = (next(one for one in now["groups"] if one["id"] == it["id"]) for it in (group, team))
    assert (choir["display_name"], choir["members"]) == ("Big choir", [])
    assert (band["archived"], band["owners"]) == (True, [nina["id"]])
    assert next(one for one in now["sites"] if one["id"] == site["id"])["display_name"] == "Big stage"
    assert next(one for one in now["sites"] if one["id"] == team["site_id"])["group_id"] == team["id"]


def test_an_emptied_tenant_answers_empty_lists_until_it_is_itself_again(microsoft, dental, graph):
    lists = ("/users", "/groups", "/teams", "/sites/getAllSites", "/users/delta", "/groups/delta", "/sites/delta")

    microsoft.mutate(dental, {"op": "empty"})
    emptied = [graph.value(path) for path in lists]
    microsoft.mutate(dental, {"op": "empty", "empty": False})

    assert emptied == [[] for _ in lists]
    assert all(graph.value(path) for path in lists)


def test_reset_leaves_nothing(microsoft, dental, graph):
    microsoft.fault({"status": 500})
    microsoft.advance(3600)
    graph.get("/users")

    microsoft.control("/reset", {})

    assert microsoft.control("/tenants") == []
    assert (microsoft.log(), microsoft.control("/faults"), microsoft.control("/clock")["ahead"]) == ([], [], 0)
    assert microsoft.counters()["requests"] == 0
    assert graph.get("/users").status_code == 401


def test_one_tenant_sees_nothing_of_another(microsoft, dental, graph, truth):
    bolt = microsoft.add_tenant("Bolt Bakery", "bolt-bakery.example", "tiny", seed=9)
    microsoft.consent(bolt, microsoft.apps["backup"].client_id)
    theirs = Graph(microsoft, bolt)

    assert {user["id"] for user in graph.value("/users")} & {user["id"] for user in theirs.value("/users")} == set()
    assert theirs.get(f"/users/{dental['user_id']}").status_code == 404
    assert theirs.get(f"/sites/{truth()['sites'][0]['id']}").status_code == 404


def test_the_page_for_people_lists_tenants_with_their_administrators(microsoft, dental):
    page = microsoft.client.get("/")

    assert page.status_code == 200
    assert "Simulated Microsoft 365" in page.text
    assert dental["admin_upn"] in page.text
    assert microsoft.apps["backup"].client_id in page.text
    assert microsoft.client.get("/style.css").headers["content-type"].startswith("text/css")


def test_a_large_tenant_may_have_small_mailboxes(microsoft):
    body = {"name": "Large", "domain": "large.example", "size": {"users": 25}, "load": "tiny"}
    tenant = microsoft.control("/tenants", body)

    told = microsoft.control(f"/tenants/{tenant['id']}/manifest/outlook?user={tenant['user_upn']}&bytes=0")

    assert len(told["mailboxes"][0]["messages"]) < 40


def test_a_load_that_is_none_is_refused(microsoft):
    answer = microsoft.client.post("/tenants", json={"name": "Odd", "domain": "odd.example", "load": "enormous"})

    assert answer.status_code == 400
    assert "enormous" in answer.json()["error"]
