"""Delta feeds: the rules of Microsoft's pages, each with somebody who would be lost without it."""

import base64

import pytest

from simulators.tests.clients import Graph

USERS = "/users/delta?$select=id,displayName"
FEEDS = (USERS, "/groups/delta?$select=displayName", "/sites/delta")
DAY = 86_400


def _ids(entries: list[dict]) -> list[str]:
    return [entry["id"] for entry in entries]


def _reasons(entries: list[dict]) -> dict[str, str]:
    return {entry["id"]: entry["@removed"]["reason"] for entry in entries if "@removed" in entry}


def _create(microsoft, tenant, name: str) -> str:
    return microsoft.mutate(tenant, {"op": "create_user", "display_name": name})[0]["id"]


def test_the_first_round_tells_of_everybody_and_the_next_of_nothing(graph, truth):
    told, link, requests = graph.round(USERS, size=2)
    again, _, idle = graph.round(link)

    assert sorted(_ids(told)) == sorted(user["id"] for user in truth()["users"] if user["state"] == "live")
    assert (requests, again, idle) == (5, [], 1)


@pytest.mark.parametrize("feed", FEEDS)
def test_an_idle_feed_costs_one_request(graph, feed):
    _, link, _ = graph.round(feed)

    assert graph.round(link)[::2] == ([], 1)


def test_a_feed_from_now_on_tells_nothing_of_before(graph, microsoft, dental):
    for feed, latest in ((USERS, "&$deltatoken=latest"), ("/sites/delta", "?token=latest")):
        told, link, requests = graph.round(f"{feed}{latest}")
        assert (told, requests) == ([], 1)
        if feed == USERS:
            nina = _create(microsoft, dental, "Nina Roth")
            assert graph.round(link)[0] == [{"id": nina, "displayName": "Nina Roth"}]


def test_what_changes_during_a_round_is_told_again_in_the_next(graph, microsoft, dental):
    first = graph.get(USERS, Prefer="odata.maxpagesize=3").json()
    early = first["value"][0]["id"]
    microsoft.mutate(dental, {"op": "update_user", "user": early, "set": {"displayName": "Renamed"}})
    nina = _create(microsoft, dental, "Nina Roth")

    rest, link, _ = graph.round(first["@odata.nextLink"], size=3)
    later, _, _ = graph.round(link)

    assert nina not in _ids(rest)
    assert later == [{"id": early, "displayName": "Renamed"}, {"id": nina, "displayName": "Nina Roth"}]


def test_who_came_and_went_between_two_rounds_is_never_shown(graph, microsoft, dental):
    _, link, _ = graph.round(USERS)
    nina = _create(microsoft, dental, "Nina Roth")
    microsoft.mutate(dental, {"op": "delete_user", "user": nina})
    site = microsoft.mutate(dental, {"op": "create_site", "display_name": "Pop-up"})[0]["id"]
    _, sites, _ = graph.round("/sites/delta?token=latest")
    microsoft.mutate(dental, {"op": "delete_site", "site": site})

    assert graph.round(link)[0] == []
    assert nina not in _ids(graph.round(USERS)[0])
    assert graph.round(sites)[0] == [{"id": site, "deleted": {"state": "deleted"}}]


def test_the_bin_is_a_change_and_the_end_a_deletion(graph, microsoft, dental):
    _, link, _ = graph.round(USERS)
    who = dental["user_id"]

    microsoft.mutate(dental, {"op": "delete_user", "user": who})
    binned, link, _ = graph.round(link)
    microsoft.mutate(dental, {"op": "restore_user", "user": who})
    restored, link, _ = graph.round(link)
    microsoft.mutate(dental, {"op": "purge_user", "user": who})
    purged, _, _ = graph.round(link)

    assert _reasons(binned) == {who: "changed"}
    assert (restored[0]["id"], restored[0]["displayName"]) == (who, "Siobhán O'Neill")
    assert _reasons(purged) == {who: "deleted"}


def test_the_bin_is_emptied_after_thirty_days(graph, microsoft, dental):
    microsoft.mutate(dental, {"op": "delete_user", "user": dental["user_id"]})
    microsoft.advance(29 * DAY)
    graph = Graph(microsoft, dental)
    _, link, _ = graph.round(USERS)
    microsoft.advance(2 * DAY)
    graph = Graph(microsoft, dental)

    told, _, _ = graph.round(link)

    assert _reasons(told)[dental["user_id"]] == "deleted"
    assert dental["user_id"] not in _ids(graph.value("/directory/deletedItems/microsoft.graph.user"))


def test_a_new_account_with_an_old_name_is_somebody_else(graph, microsoft, dental):
    _, link, _ = graph.round(USERS)

    [made] = microsoft.mutate(dental, {"op": "recreate_user", "user": dental["user_upn"]})
    told, _, _ = graph.round(link)

    assert made["upn"] == dental["user_upn"]
    assert _reasons(told) == {dental["user_id"]: "changed"}
    assert made["id"] in _ids(told)


def test_several_changes_of_one_are_told_once(graph, microsoft, dental):
    _, link, _ = graph.round(USERS)
    names = ["One", "Two", "Three"]
    for name in names:
        microsoft.mutate(dental, {"op": "update_user", "user": dental["user_id"], "set": {"displayName": name}})

    assert graph.round(link)[0] == [{"id": dental["user_id"], "displayName": "Three"}]


def test_changes_come_in_pages_too(graph, microsoft, dental):
    _, link, _ = graph.round(USERS)
    made = [_create(microsoft, dental, f"Newcomer {number}") for number in range(5)]

    told, _, requests = graph.round(link, size=2)

    assert (_ids(told), requests) == (made, 3)


def test_page_sizes_are_asked_for_by_preference_and_capped(microsoft):
    big = microsoft.add_tenant("Bolt Bakery", size={"users": 1000})
    microsoft.consent(big, microsoft.apps["backup"].client_id)
    graph = Graph(microsoft, big)

    for wanted, given in ((None, 200), (3, 3), (5000, 999)):
        headers = {"Prefer": f"odata.maxpagesize={wanted}"} if wanted else {}
        answer = graph.get(USERS, **headers)
        assert len(answer.json()["value"]) == given
        assert answer.headers.get("preference-applied") == (f"odata.maxpagesize={given}" if wanted else None)
    assert graph.get(USERS, Prefer="odata.maxpagesize=many").status_code == 400


@pytest.mark.parametrize("option", ["$top=5", "$expand=manager", "$orderby=displayName"])
def test_options_that_do_not_go_with_delta_are_refused(graph, option):
    answer = graph.get(f"/users/delta?{option}")

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "Request_UnsupportedQuery")


def test_a_link_carries_the_options_of_the_first_call(graph, microsoft, dental):
    _, link, _ = graph.round("/users/delta?$select=mail")
    _create(microsoft, dental, "Nina Roth")

    [told] = graph.round(link)[0]

    assert "select" not in link
    assert set(told) == {"id", "mail"}


def test_a_link_is_good_for_its_own_question_only(graph, microsoft, dental):
    _, users, _ = graph.round(USERS)
    bolt = microsoft.add_tenant("Bolt Bakery", "bolt-bakery.example", "tiny", seed=2)
    microsoft.consent(bolt, microsoft.apps["backup"].client_id)
    token = users.partition("$deltatoken=")[2]

    wrong = [
        graph.get(f"/groups/delta?$deltatoken={token}"),
        graph.get(f"{users}&$select=mail"),
        graph.get(f"/users/delta?$deltatoken={token[:-2]}AA"),
        graph.get("/users/delta?$deltatoken=made-up"),
        Graph(microsoft, bolt).get(users),
    ]

    assert [answer.status_code for answer in wrong] == [400] * 5
    assert graph.get(f"{users}&$select=id,displayName").status_code == 200


def test_a_link_that_somebody_rewrote_is_refused(graph, microsoft, dental):
    bolt = microsoft.add_tenant("Bolt Bakery", "bolt-bakery.example", "tiny", seed=2)
    microsoft.consent(bolt, microsoft.apps["backup"].client_id)
    _, link, _ = graph.round(USERS)
    address, _, token = link.partition("$deltatoken=")
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    assert dental["id"].encode() in raw

    rewritten = base64.urlsafe_b64encode(raw.replace(dental["id"].encode(), bolt["id"].encode())).rstrip(b"=").decode()

    assert Graph(microsoft, bolt).get(f"{address}$deltatoken={rewritten}").status_code == 400


@pytest.mark.parametrize(
    ("feed", "code"), [(USERS, "syncStateNotFound"), ("/sites/delta", "resyncChangesApplyDifferences")]
)
def test_a_link_older_than_seven_days_is_gone(graph, microsoft, dental, feed, code):
    _, link, _ = graph.round(feed)
    microsoft.advance(6 * DAY)
    young = Graph(microsoft, dental).get(link)
    microsoft.advance(2 * DAY)
    graph = Graph(microsoft, dental)

    answer = graph.get(link)

    assert young.status_code == 200
    assert (answer.status_code, answer.json()["error"]["code"]) == (410, code)
    assert graph.round(answer.headers["location"])[0]


def test_sites_tell_of_new_names(graph, microsoft, dental):
    _, link, _ = graph.round("/sites/delta?$top=2")

    [site] = microsoft.mutate(dental, {"op": "rename_site", "site": "/sites/intranet", "display_name": "Home"})
    [told] = graph.round(link)[0]

    assert (told["id"], told["displayName"], told["isPersonalSite"]) == (site["id"], "Home", False)
