"""What a key reads: clients, their users, sites and teams, the history of backups, and usage."""

from datetime import timedelta

import pytest
from django.utils import timezone

from organizations.models import Item
from organizations.tests.factories import make_item, make_organization
from portal.tests.api.conftest import make_report


def test_clients_are_listed_with_how_they_stand(program, scene, acme):
    found = {client["name"]: client for client in program.rows("/client")}

    assert set(found) == {"Acme Dental", "Bolt Bakery"}
    assert (found["Acme Dental"]["id"], found["Acme Dental"]["type"]) == (str(acme.uuid), "MICROSOFT_365")
    assert (found["Bolt Bakery"]["type"], found["Bolt Bakery"]["backup_status"]) == (None, "NONE")
    assert program.get(f"/client/{acme.uuid}") == found["Acme Dental"]


@pytest.mark.parametrize(
    ("path", "query", "names"),
    [("/client", {"type": "MICROSOFT_365"}, ["Acme Dental"]), ("/client", {"backup_status": "FAILED"}, []),
     ("/client/users", {}, ["Eva Lindholm", "Info"]), ("/client/users", {"status": "PARTIAL"}, ["Info"]),
     ("/client/users", {"selected_for_protection": "true"}, ["Eva Lindholm"]),
     ("/client/users", {"selected_for_protection": "false"}, ["Info"]),
     ("/client/users", {"email_contains": "EVA."}, ["Eva Lindholm"]), ("{acme}/user", {}, ["Eva Lindholm", "Info"]),
     ("{bolt}/user", {}, []), ("{acme}/shared_resource", {}, ["Intranet"])],
)  # fmt: skip
def test_lists_are_filtered_as_documented(program, scene, acme, bolt, path, query, names):
    path = path.format(acme=f"/client/{acme.uuid}", bolt=f"/client/{bolt.uuid}")

    assert [row["name"] for row in program.rows(path, **query)] == names


def test_the_history_of_a_client_is_newest_first_and_has_a_beginning_and_an_end(program, scene, acme):
    path, day = f"/client/{acme.uuid}/backup_status", timezone.now() - timedelta(days=1)

    answers = [program.rows(path, **query) for query in ({}, {"from": day}, {"to": day}, {"backup_status": "FAILED"})]

    assert [[row["backup_status"] for row in rows] for rows in answers] == [
        ["SUCCESS", "FAILED"], ["SUCCESS"], ["FAILED"], ["FAILED"],
    ]  # fmt: skip
    first = program.get(path, data={"page_size": 1})
    second = program.get(first["next"])
    assert [row["backup_status"] for page in (first, second) for row in page["results"]] == ["SUCCESS", "FAILED"]
    assert second["next"] is None


def test_one_user_and_one_site_come_with_each_kind_of_data(program, scene, acme):
    user = program.get(f"/client/{acme.uuid}/user/{scene['eva'].uuid}")
    site = program.get(f"/client/{acme.uuid}/shared_resource/{scene['site'].uuid}")

    assert [(kind["kind"], kind["status"]) for kind in user["data"]] == [("MAIL", "SUCCESS")]
    assert (site["type"], site["data"]) == ("SITE", [])
    program.get(f"/client/{acme.uuid}/user/{scene['site'].uuid}", status=404)


def test_usage_counts_protected_users_and_states_its_rule(program, acme, bolt, rival):
    acme.users_protected, acme.mailboxes_protected = 3, 2
    acme.save()
    make_organization(rival, "Rival’s client", users_protected=5)

    usage = program.get("/billing/usage/billable", data={"page_size": 1})

    assert (usage["billable"], [child["billable"] for child in usage["children"]]) == (3, [3])
    assert "One seat for each user" in usage["rule"]
    assert program.get(usage["next"])["children"][0]["name"] == "Bolt Bakery"
    program.get("/billing/usage/billable", status=400, data={"start_date": "2020-01-01", "end_date": "2020-01-31"})


@pytest.mark.parametrize("path", ["/client", "/client/users", "{acme}/user", "{acme}/backup_status",
                                  "{acme}/shared_resource", "/billing/usage/billable"])  # fmt: skip
def test_a_page_costs_the_same_for_few_and_for_many(
    program, scene, acme, northwind, django_assert_max_num_queries, path
):
    path = path.format(acme=f"/client/{acme.uuid}")
    program.get(path)
    tenant = scene["eva"].connection
    for number in range(12):
        make_organization(northwind, f"Client {number}")
        make_item(tenant, f"Person {number}")
        make_item(tenant, f"Site {number}", kind=Item.Kind.SITE)
        make_report(acme, "SUCCESS", timezone.now())

    # Usage asks what was counted, on the first day and after it, besides the clients.
    with django_assert_max_num_queries(6 if "usage" in path else 3):
        page = program.get(path)

    assert len(page.get("results", page.get("children"))) > 12


def test_pages_follow_each_other_without_gap_or_repetition(program, scene, northwind):
    for number in range(5):
        make_organization(northwind, f"Client {number}")

    seen, address = [], "/client?page_size=3"
    while address:
        page = program.get(address)
        seen += [client["name"] for client in page["results"]]
        address = page["next"]

    assert len(seen) == len(set(seen)) == 7
