"""Limits: how they run out, what is said then, and what impatience costs."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from simulators.tests.clients import Graph


def _until_refused(graph: Graph, path: str, most: int = 60) -> tuple[int, object]:
    """Return how many requests were answered, and the first refusal."""
    for number in range(most):
        answer = graph.get(path)
        if answer.status_code == 429:
            return number, answer
        assert answer.status_code == 200, answer.text
    pytest.fail(f"Nobody refused {most} requests.")


def test_nothing_is_limited_unless_a_test_wants_it(graph, microsoft):
    assert {graph.get("/users?$top=1").status_code for _ in range(50)} == {200}
    assert microsoft.counters()["throttled"] == 0


def test_the_directory_counts_units_and_warns_before_it_refuses(graph, microsoft):
    microsoft.limits(0.01, "directory")  # 35 units in ten seconds
    first = graph.get("/users")
    assert (first.headers["x-ms-resource-unit"], "x-ms-throttle-limit-percentage" in first.headers) == ("2", False)

    warned = [graph.get("/users").headers.get("x-ms-throttle-limit-percentage") for _ in range(15)][-1]
    answered, refusal = _until_refused(graph, "/users")

    assert float(warned) > 0.8
    assert answered <= 2
    assert refusal.json()["error"]["code"] == "TooManyRequests"
    assert int(refusal.headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    ("path", "units"),
    [
        ("/users", 2),
        ("/users?$select=id", 1),
        ("/users?$top=5", 1),
        ("/users?$select=id&$top=5", 1),
        ("/groups/{group}/members", 3),
        ("/groups/{group}/transitiveMembers", 5),
        ("/groups/{group}/transitiveMembers?$select=id&$top=5", 3),
        ("/organization", 1),
    ],
)
def test_prices_are_those_of_microsofts_page(graph, microsoft, truth, path, units):
    microsoft.limits(1)
    answer = graph.get(path.replace("{group}", truth()["groups"][0]["id"]))

    assert (answer.headers["x-ms-resource-unit"], microsoft.log()[-1]["units"]) == (str(units), units)


def test_waiting_as_long_as_was_asked_helps(graph, microsoft):
    microsoft.limits(0.01, "directory")
    _, refusal = _until_refused(graph, "/users")

    microsoft.advance(int(refusal.headers["retry-after"]))

    assert graph.get("/users").status_code == 200
    assert microsoft.counters()["impatient"] == 0


def test_impatience_is_counted_and_costs_time(graph, microsoft):
    microsoft.limits(0.01, "directory")
    _, refusal = _until_refused(graph, "/users")
    waits = [int(refusal.headers["retry-after"])]

    waits += [int(graph.get("/users").headers["retry-after"]) for _ in range(4)]

    assert waits == sorted(waits)
    assert waits[-1] > waits[0] + 2
    assert microsoft.counters()["impatient"] == 4
    assert microsoft.counters()["throttled_by_service"] == {"directory": 5}


def test_tenants_have_budgets_of_their_own(graph, microsoft):
    bolt = microsoft.add_tenant("Bolt Bakery", "bolt-bakery.example", "tiny", seed=2)
    microsoft.consent(bolt, microsoft.apps["backup"].client_id)
    microsoft.limits(0.01, "directory")
    _until_refused(graph, "/users")

    assert Graph(microsoft, bolt).get("/users").status_code == 200
    assert graph.get("/sites/root").status_code == 200


def test_sharepoint_counts_minutes_and_says_what_remains(graph, microsoft):
    microsoft.limits(0.008, "sharepoint")  # 10 units a minute
    quiet = [graph.get("/sites/root").headers for _ in range(7)]
    warned = graph.get("/sites/root").headers
    answered, refusal = _until_refused(graph, "/sites/root")

    assert not any("ratelimit-limit" in headers for headers in quiet)
    assert (warned["ratelimit-limit"], warned["ratelimit-remaining"]) == ("10", "2")
    assert 0 < int(warned["ratelimit-reset"]) <= 60
    assert answered == 2
    assert refusal.json()["error"]["code"] == "activityLimitReached"
    assert refusal.headers["ratelimit-remaining"] == "0"
    microsoft.advance(int(refusal.headers["retry-after"]))
    assert graph.get("/sites/root").status_code == 200


def test_a_delta_link_is_cheaper_than_a_list(graph, microsoft):
    _, link, _ = graph.round("/sites/delta")
    microsoft.limits(1)

    for path, units in ((link, 1), ("/sites/delta", 2), ("/sites/delta?token=latest", 2), ("/sites/getAllSites", 2)):
        graph.get(path)
        assert (path, microsoft.log()[-1]["units"]) == (path, units)


def test_a_day_at_sharepoint_has_an_end_too(microsoft, dental, graph):
    # Two days' worth of minutes, with a minute so wide that only the day counts: 1,250 and 1,200,000 units by 0.00001.
    microsoft.limits(0.00001, "sharepoint")
    answered = 0
    for _ in range(20):
        answer = graph.get("/sites/root")
        answered += answer.status_code == 200
        if int(answer.headers.get("retry-after", 0)) > 60:
            break
        microsoft.advance(61)

    assert answered == 12
    assert int(answer.headers["retry-after"]) > 3600


def test_bigger_tenants_may_ask_more(microsoft):
    bolt = microsoft.add_tenant("Bolt Bakery", "bolt-bakery.example", {"users": 60}, seed=2)
    microsoft.consent(bolt, microsoft.apps["backup"].client_id)
    microsoft.limits(0.004, "directory")  # 20 units, not 14

    answered, _ = _until_refused(Graph(microsoft, bolt), "/users")

    assert 10 <= answered <= 11


def test_a_mailbox_lets_four_in_at_once(graph, microsoft, dental):
    microsoft.limits(1, "outlook")
    microsoft.fault({"stall": 1.5}, path="mailboxSettings")
    path = f"/users/{dental['user_id']}/mailboxSettings"
    together = threading.Barrier(7)

    def ask(_):
        together.wait()
        return graph.get(path)

    with ThreadPoolExecutor(7) as pool:
        answers = list(pool.map(ask, range(7)))

    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [429] * 3
    refusal = next(answer for answer in answers if answer.status_code == 429)
    assert refusal.json()["error"]["code"] == "ApplicationThrottled"
    assert "MailboxConcurrency" in refusal.json()["error"]["message"]
    assert microsoft.counters()["most_in_flight_per_mailbox"] == {dental["user_id"]: 4}


def test_without_limits_the_crowd_in_a_mailbox_is_still_counted(graph, microsoft, dental):
    microsoft.fault({"stall": 0.5}, path="mailboxSettings")
    together = threading.Barrier(6)

    def ask(_):
        together.wait()
        return graph.get(f"/users/{dental['user_id']}/mailboxSettings").status_code

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(ask, range(6))) == {200}
    assert microsoft.counters()["most_in_flight_per_mailbox"] == {dental["user_id"]: 6}


def test_a_mailbox_has_a_budget_of_its_own(graph, microsoft, dental):
    microsoft.limits(0.0005, "outlook")  # 5 requests in ten minutes

    answered, _ = _until_refused(graph, f"/users/{dental['user_id']}/mailboxSettings")

    assert answered == 5
    assert graph.get(f"/users/{dental['user_upn']}/mailboxSettings").status_code == 429
    assert graph.get(f"/users/{dental['admin_id']}/mailboxSettings").status_code == 200


def test_one_team_is_asked_four_times_a_second_and_no_more(graph, microsoft, truth):
    team = next(group["id"] for group in truth()["groups"] if group["team"])
    microsoft.limits(1, "teams")

    answered, _ = _until_refused(graph, f"/teams/{team}", most=200)

    assert 4 <= answered


def test_an_app_has_an_overall_limit(graph, microsoft):
    microsoft.limits(0.0015, "overall")  # 3 requests a second

    answered, refusal = _until_refused(graph, "/organization")

    assert answered >= 3
    assert refusal.headers["retry-after"] == "1"


def test_limits_that_make_no_sense_are_refused(microsoft):
    for body in ({"factor": -1}, {"factor": "much"}, {"factor": 1, "only": ["gravity"]}):
        assert microsoft.client.post("/limits", json=body).status_code == 400
