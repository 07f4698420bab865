"""Batches: up to twenty calls in one, each judged by itself."""

import pytest


def _by_id(answer) -> dict[str, dict]:
    assert answer.status_code == 200, answer.text
    return {part["id"]: part for part in answer.json()["responses"]}


def test_each_part_is_answered_as_if_it_came_alone(graph, dental, truth):
    people = [user["id"] for user in truth()["users"] if user["state"] == "live"]
    paths = [f"/users/{person}/mailboxSettings?$select=userPurpose" for person in people]

    parts = _by_id(graph.batch(*paths))

    alone = [graph.get(path) for path in paths]
    assert [parts[str(n)]["status"] for n in range(1, len(paths) + 1)] == [answer.status_code for answer in alone]
    found = {part["body"].get("userPurpose") for part in parts.values()}
    assert found == {None, "user", "shared", "room", "equipment"}


def test_addresses_without_a_slash_and_with_escapes_are_understood(graph, dental):
    escaped = dental["user_upn"].replace("'", "%27").replace("@", "%40")

    parts = _by_id(graph.batch(f"users/{escaped}?$select=id", "/sites/root"))

    assert parts["1"]["body"]["id"] == dental["user_id"]
    assert parts["2"]["status"] == 200


def test_answers_come_in_any_order(graph):
    orders = {tuple(_by_id(graph.batch(*["/organization"] * 6))) for _ in range(8)}

    assert len(orders) > 1
    assert all(sorted(order) == list("123456") for order in orders)


def test_twenty_are_answered_and_twenty_one_refused(graph):
    assert len(_by_id(graph.batch(*["/organization"] * 20))) == 20

    refusal = graph.batch(*["/organization"] * 21)

    assert refusal.status_code == 400
    assert "20" in refusal.json()["error"]["message"]


def test_a_part_whose_forerunner_failed_is_not_tried(graph, microsoft):
    parts = _by_id(
        graph.batch(
            {"id": "a", "method": "GET", "url": "/users/nobody"},
            {"id": "b", "method": "GET", "url": "/organization", "dependsOn": ["a"]},
            {"id": "c", "method": "GET", "url": "/organization", "dependsOn": ["b"]},
            {"id": "d", "method": "GET", "url": "/organization"},
        )
    )

    assert {key: part["status"] for key, part in parts.items()} == {"a": 404, "b": 424, "c": 424, "d": 200}
    assert parts["b"]["body"]["error"]["code"] == "FailedDependency"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"requests": []},
        {"requests": [{"id": "1", "method": "GET"}]},
        {"requests": [{"id": 1, "method": "GET", "url": "/users"}]},
        {"requests": ["GET /users"]},
        {"requests": [{"id": "1", "method": "GET", "url": "/users"}] * 2},
        {"requests": [{"id": "1", "method": "GET", "url": "/users", "dependsOn": ["2"]}]},
        [],
    ],
)
def test_a_batch_that_makes_no_sense_is_refused_as_a_whole(graph, body):
    answer = graph.client.post(f"{graph.base}/$batch", json=body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")


def test_a_batch_cannot_hide_a_batch_nor_an_unknown_call(graph, microsoft):
    inner = {"requests": [{"id": "1", "method": "GET", "url": "/users"}]}
    parts = _by_id(graph.batch({"id": "x", "method": "POST", "url": "/$batch", "body": inner}, "/me/messages"))

    assert [part["status"] for part in parts.values()] == [404, 404]
    assert {entry["path"] for entry in microsoft.unknown_calls()} == {"/graph/v1.0/$batch", "/graph/v1.0/me/messages"}
    assert all(entry["in_batch"] for entry in microsoft.unknown_calls())


def test_parts_are_throttled_one_by_one(graph, microsoft):
    microsoft.fault({"status": 429, "retry_after": 7}, path="/users$", when={"nth": 2})

    parts = _by_id(graph.batch("/users?$top=1", "/users?$top=2", "/organization"))

    assert {key: part["status"] for key, part in parts.items()} == {"1": 200, "2": 429, "3": 429}
    assert parts["2"]["headers"]["Retry-After"] == "7"
    # The third could not know yet that the second was sent away.
    assert microsoft.counters()["impatient"] == 0
    assert graph.get("/organization").status_code == 429
    assert microsoft.counters()["impatient"] == 1
