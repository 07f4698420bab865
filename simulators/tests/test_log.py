"""The log: what was asked, and what nobody here knows."""

import pytest

from simulators.tests.clients import fetch


def test_every_request_is_written_down(graph, microsoft, dental):
    graph.get(f"/users/{dental['user_id']}?$select=id")

    token, detail = microsoft.log()
    assert (token["template"], token["status"], token["tenant"]) == ("token", 200, dental["id"])
    assert (detail["method"], detail["template"], detail["status"]) == ("GET", "/users/{user}", 200)
    assert detail["path"] == f"/graph/v1.0/users/{dental['user_id']}"
    assert (detail["tenant"], detail["app"]) == (dental["id"], microsoft.apps["backup"].client_id)
    assert detail["duration"] > 0
    assert detail["at"] > token["at"]


def test_the_log_is_read_from_where_one_stopped(graph, microsoft, dental):
    last = microsoft.log()[-1]["id"]
    graph.get("/organization")

    assert [entry["template"] for entry in microsoft.log(since=last)] == ["/organization"]
    assert microsoft.log(tenant="nobody") == []
    assert len(microsoft.log(tenant=dental["id"])) == 2
    assert microsoft.client.get("/log?since=yesterday").status_code == 400


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/users/nobody/planner/tasks", 404),
        ("/me", 404),
        ("/sites/acme-dental.sharepoint.example:/sites/intranet:/drives", 404),
        ("/users?$expand=manager", 501),
        ("/users?$orderby=displayName", 501),
        ("/sites/delta?$expand=drives", 501),
    ],
)
def test_a_call_nobody_here_knows_is_remembered_as_unknown(graph, microsoft, path, status):
    answer = graph.get(path)

    assert answer.status_code == status
    assert set(answer.json()) == {"error"}
    [entry] = microsoft.unknown_calls()
    assert entry["path"] == f"/graph/v1.0{path.partition('?')[0]}"


def test_other_methods_and_other_versions_are_unknown_too(graph, microsoft):
    graph.client.post(f"{graph.base}/users", json={"displayName": "Nina"})
    graph.client.delete(f"{graph.base}/groups/1")
    fetch(f"{microsoft.graph_url}/beta/users")
    fetch(f"{microsoft.login_url}/common/oauth2/devicecode")

    assert [entry["status"] for entry in microsoft.unknown_calls()] == [404] * 4


def test_what_is_known_is_not_unknown(graph, microsoft):
    graph.get("/users/nobody")
    graph.get("/users?$select=shoeSize")
    graph.get("/users/delta?$top=1")

    assert microsoft.unknown_calls() == []
