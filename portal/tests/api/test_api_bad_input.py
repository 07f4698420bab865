"""What is said to a program that asks for nonsense."""

import base64

import pytest
from django.db import connection, transaction

from accounts.api_pages import PageFilters
from organizations.tests.factories import make_organization
from portal.tests.api.programs import API, documented_answers, problem_schema, validator_of


def _cursor(program, northwind):
    make_organization(northwind, "Crane Legal")
    return program.get("/client?page_size=1")["next"].partition("cursor=")[2].partition("&")[0]


@pytest.mark.parametrize(
    "query",
    ["page_size=0", "page_size=501", "page_size=" + "9" * 5000, "page_size=x", "page_size=-1", "page_size=1e3",
     "cursor=x", "cursor=" + base64.b64encode(b"p=9").decode(), "cursor=" + "x" * 5000, "cursor=%00", "type=%00",
     "type=ROCKET", "backup_status=", "type=", "cursor=", "bakcup_status=FAILED",
     "type=MICROSOFT_365&type=MICROSOFT_365", "%00=1",
     "type=%ff", "type=%ED%A0%80", "format=xml"],
)  # fmt: skip
def test_a_query_that_makes_no_sense_is_refused(program, query):
    answer = program.get(f"/client?{query}", status=400)

    validator_of(problem_schema()).validate(answer)


@pytest.mark.parametrize(
    ("path", "query"),
    [("{acme}/backup_status", {"from": "yesterday"}), ("{acme}/backup_status", {"to": "99999-01-01"}),
     ("{acme}/user", {"selected_for_protection": "maybe"}), ("{acme}/user", {"selected_for_protection": "null"}),
     ("{acme}/user", {"selected_for_protection": "1"}), ("{acme}/user", {"email_contains": "x" * 255}),
     ("{acme}", {"type": "MICROSOFT_365"}), ("/billing/usage/billable", {"start_date": "2026-02-30"}),
     ("/billing/usage/billable", {"start_date": "2999-01-01"})],
)  # fmt: skip
def test_every_filter_checks_what_it_is_given(program, acme, path, query):
    answer = program.get(path.format(acme=f"/client/{acme.uuid}"), status=400, data=query)

    assert set(answer["errors"]) & {*query, "end_date"}


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-10-25"])
def test_moments_at_the_edges_of_the_calendar_are_no_mistake_of_ours(program, acme, moment):
    answer = program.client.get(
        f"{API}/client/{acme.uuid}/backup_status", {"from": moment, "to": moment}, headers=program.headers
    )

    assert answer.status_code in (200, 400)


def test_a_query_is_checked_once(program, scene, monkeypatch):
    checked = []
    monkeypatch.setattr(PageFilters, "validate", lambda self, values: checked.append(values) or values)

    program.get("/client/users")
    program.get("/client")

    assert len(checked) == 2


def test_a_cursor_of_one_list_is_none_of_another(program, scene, northwind):
    program.get(f"/client/users?cursor={_cursor(program, northwind)}", status=400)


def test_nothing_is_written_and_every_refusal_is_json(program, acme):
    client, headers = program.client, program.headers
    deep = b"[" * 5000 + b"]" * 5000
    large = b"x" * (3 * 1_048_576)

    answers = {
        "post": client.post(f"{API}/client", deep, "application/json", headers=headers),
        "put": client.put(f"{API}/client/{acme.uuid}", b"{", "application/json", headers=headers),
        "delete": client.delete(f"{API}/client/{acme.uuid}", headers=headers),
        "xml": client.post(f"{API}/client", b"<a/>", "application/xml", headers=headers),
        "form": client.post(f"{API}/client", {"name": "x"}, headers=headers),
        "large": client.post(f"{API}/client", large, "application/octet-stream", headers=headers),
        "accept": client.get(f"{API}/client", headers=headers | {"Accept": "text/html"}),
        "document": client.post(f"{API}/schema/", {"x": "y"}, headers=headers),
        "nowhere": client.get(f"{API}/nowhere", headers=headers),
        "no id": client.get(f"{API}/client/17", headers=headers),
        "slash": client.get(f"{API}/client/", headers=headers),
        "version": client.get("/api/v2/client", headers=headers),
        "nul": client.get(f"{API}/client/%00", headers=headers),
    }

    assert {name: answer.status_code for name, answer in answers.items()} == {
        "post": 405, "put": 405, "delete": 405, "xml": 405, "form": 405, "large": 413, "accept": 406,
        "document": 405, "nowhere": 404,
        "no id": 404, "slash": 404, "version": 404, "nul": 400,
    }  # fmt: skip
    for answer in answers.values():
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code
        assert str(answer.status_code) in documented_answers()


def test_a_mistake_of_ours_is_told_as_json_and_says_nothing_of_it(program, monkeypatch):
    monkeypatch.setattr("organizations.api.ClientList.get_queryset", lambda self: 1 / 0)
    program.client.raise_request_exception = False

    answer = program.get("/client", status=500)

    assert "division" not in str(answer)
    assert "500" in documented_answers()


def test_a_row_that_somebody_else_holds_for_long_is_told_as_json(program, monkeypatch):
    def wait_in_vain(view):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DO $$ BEGIN RAISE lock_not_available; END $$")

    monkeypatch.setattr("organizations.api.ClientList.get_queryset", wait_in_vain)

    program.get("/client", status=503)

    assert "503" in documented_answers()


def test_head_and_options_answer_too(program):
    answers = [
        getattr(program.client, method)(f"{API}/client", headers=program.headers) for method in ("head", "options")
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[1]["Allow"] == "GET, HEAD, OPTIONS"
