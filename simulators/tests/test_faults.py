"""Faults: everything that goes wrong with a provider, on demand."""

import email.utils
import json

import httpx
import pytest

from simulators.tests.clients import ask_for_token, fetch

PATH = "/users?$select=id&$top=3"


def test_a_status_comes_in_graphs_shape(graph, microsoft):
    microsoft.fault({"status": 503}, path="/users")

    answer = graph.get(PATH)

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "serviceNotAvailable")
    assert graph.get("/organization").status_code == 200


def test_a_body_may_be_given_and_may_be_nothing(graph, microsoft):
    microsoft.fault({"status": 404, "body": ""}, path="/users")
    microsoft.fault({"status": 400, "body": {"error": {"code": "x", "message": "y"}}}, path="/groups")
    microsoft.fault({"status": 200, "body": "<html>"}, path="/sites")

    assert (graph.get(PATH).status_code, graph.get(PATH).content) == (404, b"")
    assert graph.get("/groups").json() == {"error": {"code": "x", "message": "y"}}
    assert graph.get("/sites/root").text == "<html>"


@pytest.mark.parametrize(
    ("when", "failed"),
    [
        ({"nth": 2}, [2]),
        ({"every": 3}, [3, 6, 9]),
        ({"always": True}, [*range(1, 10)]),
        (None, [*range(1, 10)]),
        ({"probability": 0.5, "seed": 4}, None),
    ],
)
def test_a_rule_strikes_when_it_says(graph, microsoft, when, failed):
    microsoft.fault({"status": 500}, path="/organization", when=when)

    statuses = [graph.get("/organization").status_code for _ in range(9)]

    struck = [number for number, status in enumerate(statuses, 1) if status == 500]
    assert struck == failed or (failed is None and 1 < len(struck) < 8)
    [rule] = microsoft.control("/faults")
    assert (rule["seen"], rule["fired"]) == (9, len(struck))


def test_chance_with_a_seed_is_no_chance(graph, microsoft):
    runs = []
    for _ in range(2):
        microsoft.fault({"status": 500}, path="/organization", when={"probability": 0.4, "seed": 11})
        runs.append([graph.get("/organization").status_code for _ in range(12)])
        microsoft.heal()

    assert runs[0] == runs[1]


def test_a_rule_may_be_used_up_and_speaks_only_of_what_it_matches(graph, microsoft, dental):
    microsoft.fault({"status": 500}, path="/users$", times=1)
    microsoft.fault({"status": 501}, tenant="another tenant")
    microsoft.fault({"status": 502}, method="POST")

    assert [graph.get(PATH).status_code for _ in range(2)] == [500, 200]
    assert graph.get("/users/delta").status_code == 200
    assert graph.batch("/organization").status_code == 502


def test_rules_are_removed_one_by_one_or_all(graph, microsoft):
    first = microsoft.fault({"status": 500}, path="/users")
    microsoft.fault({"status": 500}, path="/groups")

    left = microsoft.control(f"/faults?id={first['id']}", method="DELETE")
    assert [rule["match"]["path"] for rule in left] == ["/groups"]
    microsoft.heal()

    assert microsoft.control("/faults") == []


def test_retry_after_comes_as_seconds_as_a_date_absurd_or_not_at_all(graph, microsoft):
    found = {}
    for after in (3, "date", "absurd", "absent"):
        microsoft.fault({"status": 429, "retry_after": after}, path="/groups", times=1)
        found[after] = graph.get("/groups").headers.get("retry-after")
        microsoft.heal()
        microsoft.advance(10)

    assert (found[3], found["absent"]) == ("3", None)
    assert email.utils.parsedate_to_datetime(found["date"]).year >= 2025
    assert int(found["absurd"]) > 10**9


def test_who_comes_back_before_the_time_waits_longer(graph, microsoft):
    microsoft.fault({"retry_after": 30}, path="/groups", times=1)

    refusal = graph.get("/groups")
    impatient = graph.get("/groups")
    microsoft.advance(int(impatient.headers["retry-after"]))

    assert (refusal.status_code, impatient.status_code) == (429, 429)
    assert int(impatient.headers["retry-after"]) > 30
    assert microsoft.counters()["impatient"] == 1
    assert graph.get("/groups").status_code == 200


def test_a_connection_may_be_reset(graph, microsoft):
    microsoft.fault({"reset": True}, path="/users", times=1)

    with pytest.raises(httpx.TransportError):
        graph.get(PATH)
    assert graph.get(PATH).status_code == 200


@pytest.mark.parametrize("action", [{"truncate": True}, {"wrong_length": 12}])
def test_a_body_may_end_too_early(graph, microsoft, action):
    microsoft.fault(action, path="/users", times=1)

    with pytest.raises(httpx.RemoteProtocolError):
        graph.get(PATH)
    assert graph.get(PATH).status_code == 200


def test_a_length_may_be_too_short(graph, microsoft):
    microsoft.fault({"wrong_length": -5}, path="/users", times=1)

    answer = graph.get(PATH)

    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_one_bit_may_be_wrong(graph, microsoft):
    good = graph.get(PATH).content
    microsoft.fault({"flip": True}, path="/users", times=1)

    bad = graph.get(PATH).content

    assert len(bad) == len(good)
    assert sum(one != other for one, other in zip(good, bad, strict=True)) == 1


def test_an_answer_may_take_its_time(graph, microsoft):
    microsoft.fault({"stall": 0.4}, path="/users", times=1)

    answer = graph.get(PATH)

    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() >= 0.4


def test_a_token_may_be_refused_in_the_middle(graph, microsoft):
    microsoft.fault({"status": 401}, path="/groups", when={"nth": 2})

    assert [graph.get("/groups").status_code for _ in range(3)] == [200, 401, 200]


def test_lists_may_hold_one_twice_and_words_from_the_future(graph, microsoft):
    microsoft.fault({"duplicate_item": True, "unknown_property": True}, path="/users")

    entries = graph.get(PATH).json()["value"]

    assert entries[0] == entries[-1]
    assert all(entry["newInTheFuture"]["kind"] == "unknownFutureValue" for entry in entries)
    assert "newInTheFuture" in graph.get(f"/users/{entries[0]['id']}").json()


def test_a_next_link_may_lead_in_a_circle(graph, microsoft):
    microsoft.fault({"nextlink_loop": True}, path="/users/delta")

    first = graph.get("/users/delta?$select=id").json()
    second = graph.get(first["@odata.nextLink"]).json()

    assert second["@odata.nextLink"] == first["@odata.nextLink"]
    assert "@odata.deltaLink" not in first


def test_a_next_link_to_a_strangers_host_is_a_trap_for_tokens(graph, microsoft):
    microsoft.fault({"foreign_nextlink": True}, path="/users", times=1)

    link = httpx.URL(graph.get(PATH).json()["@odata.nextLink"])
    assert link.host != httpx.URL(microsoft.url).host
    careful = fetch(str(link))
    careless = graph.get(str(link))

    assert (careful.status_code, careless.status_code) == (404, 404)
    counters = microsoft.counters()
    assert (counters["foreign_requests"], counters["foreign_authorizations"]) == (2, 1)


def test_a_page_may_claim_to_be_the_last_and_not_the_last(graph, microsoft):
    microsoft.fault({"two_deltalinks": True}, path="/users/delta")

    body = graph.get("/users/delta").json()

    assert {"@odata.nextLink", "@odata.deltaLink"} <= set(body)


def test_parts_of_a_batch_fail_by_themselves(graph, microsoft):
    microsoft.fault({"status": 503}, path="/groups")

    parts = graph.batch("/groups", "/organization").json()["responses"]

    assert {part["id"]: part["status"] for part in parts} == {"1": 503, "2": 200}


def test_the_sign_in_service_fails_as_well(microsoft, dental):
    microsoft.fault({"status": 503, "retry_after": 2}, path="/oauth2/v2.0/token", times=1)
    microsoft.fault({"reset": True}, path="/oauth2/v2.0/token", when={"nth": 1})

    answer = ask_for_token(microsoft, dental["id"])

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.json()["error"] == "temporarily_unavailable"
    with pytest.raises(httpx.TransportError):
        ask_for_token(microsoft, dental["id"])
    assert ask_for_token(microsoft, dental["id"]).status_code == 200


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"action": {"explode": True}},
        {"action": {"status": 500}, "match": {"colour": "red"}},
        {"action": {"status": 500}, "when": {"friday": True}},
        {"action": {"status": 500}, "when": {"nth": 0}},
        {"action": {"status": 500}, "times": 0},
        {"action": {"status": 500}, "match": {"path": "("}},
        {"action": {"retry_after": "soon"}},
        "break everything",
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(microsoft, rule):
    refusal = microsoft.client.post("/faults", json=rule)

    assert (refusal.status_code, bool(refusal.json()["error"])) == (400, True)
    assert microsoft.control("/faults") == []
