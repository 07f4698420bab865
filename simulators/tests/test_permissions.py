"""Who may: the token decides, call by call."""

import base64
import json

import pytest

from simulators.tests.clients import Graph, ask_for_token, fetch

# One call for each role of the backup app that a simulated call needs.
OPENED_BY = {
    "/organization": "User.Read.All",
    "/subscribedSkus": "LicenseAssignment.Read.All",
    "/users": "User.Read.All",
    "/users/delta": "User.Read.All",
    "/users/{user}": "User.Read.All",
    "/users/{user}/mailboxSettings": "MailboxSettings.Read",
    "/users/{user}/drive": "Files.Read.All",
    "/directory/deletedItems/microsoft.graph.user": "User.Read.All",
    "/groups": "Group.Read.All",
    "/groups/delta": "Group.Read.All",
    "/groups/{group}": "Group.Read.All",
    "/groups/{group}/members": "Group.Read.All",
    "/groups/{group}/transitiveMembers": "Group.Read.All",
    "/groups/{group}/transitiveMembers/microsoft.graph.user": "Group.Read.All",
    "/groups/{group}/owners": "Group.Read.All",
    "/groups/{group}/sites/root": "Sites.Read.All",
    "/teams": "Team.ReadBasic.All",
    "/teams/{team}": "Team.ReadBasic.All",
    "/sites/getAllSites": "Sites.Read.All",
    "/sites/delta": "Sites.Read.All",
    "/sites/root": "Sites.Read.All",
    "/sites/{host}:/{path}:": "Sites.Read.All",
    "/sites/{host}:/{path}": "Sites.Read.All",
    "/sites/{site}": "Sites.Read.All",
    "/sites": "Sites.Read.All",
}


@pytest.fixture
def paths(dental, truth):
    """A path for each template that answers 200 to whoever may."""
    team = next(group["id"] for group in truth()["groups"] if group["team"])
    filling = {
        "{user}": dental["user_id"],
        "{group}": team,
        "{team}": team,
        "{host}": dental["sharepoint_host"],
        "{path}": "sites/intranet",
        "{site}": truth()["sites"][0]["id"],
    }
    found = {}
    for template in OPENED_BY:
        path = template
        for name, value in filling.items():
            path = path.replace(name, value)
        found[template] = path
    return found


def test_every_simulated_call_stands_in_the_table(microsoft):
    routes = [route for route in microsoft.control("/routes") if route["part"] == "graph"]

    assert {route["template"] for route in routes} == set(OPENED_BY)


def test_one_role_opens_a_call_and_all_others_together_do_not(microsoft, dental, paths):
    client_id, every = microsoft.apps["backup"].client_id, set(microsoft.apps["backup"].roles)
    routes = {one["template"]: set(one["roles"]) for one in microsoft.control("/routes") if one["part"] == "graph"}
    for role in sorted(set(OPENED_BY.values())):
        mine = [template for template, opener in OPENED_BY.items() if opener == role]
        microsoft.consent(dental, client_id, [role])
        with_it = Graph(microsoft, dental)
        assert {template: with_it.get(paths[template]).status_code for template in mine} == dict.fromkeys(mine, 200)
        for template in mine:
            microsoft.consent(dental, client_id, sorted(every - routes[template]))
            answer = Graph(microsoft, dental).get(paths[template])
            assert (template, answer.status_code) == (template, 403)
            assert answer.json()["error"]["code"] == "Authorization_RequestDenied"


def test_a_token_without_roles_opens_nothing(microsoft, dental, paths):
    microsoft.consent(dental, microsoft.apps["backup"].client_id, [])
    powerless = Graph(microsoft, dental)

    assert {powerless.get(path).status_code for path in paths.values()} == {403}


def test_roles_count_inside_a_batch_as_well(microsoft, dental):
    microsoft.consent(dental, microsoft.apps["backup"].client_id, ["User.Read.All"])

    parts = Graph(microsoft, dental).batch("/users?$top=1", "/groups").json()["responses"]

    assert {part["id"]: part["status"] for part in parts} == {"1": 200, "2": 403}


def _changed(token: str, **claims) -> str:
    head, body, signature = token.split(".")
    whole = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))) | claims
    body = base64.urlsafe_b64encode(json.dumps(whole).encode()).rstrip(b"=").decode()
    return f"{head}.{body}.{signature}"


def _unsigned(token: str) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    return f"{head}.{token.split('.')[1]}."


@pytest.mark.parametrize(
    "forge",
    [
        lambda token: "",
        lambda token: "Basic dXNlcjpwYXNz",
        lambda token: f"Bearer {token[:-4]}AAAA",
        lambda token: "Bearer nonsense",
        lambda token: f"Bearer {_changed(token, roles=['Sites.FullControl.All'])}",
        lambda token: f"Bearer {_changed(token, exp=4102444800)}",
        lambda token: f"Bearer {_unsigned(token)}",
    ],
)
def test_a_token_that_was_not_made_here_opens_nothing(microsoft, dental, forge):
    token = ask_for_token(microsoft, dental["id"]).json()["access_token"]

    answer = fetch(f"{microsoft.graph_url}/v1.0/organization", Authorization=forge(token))

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_token_works_on_after_the_consent_was_withdrawn_until_it_expires(microsoft, dental, graph):
    microsoft.revoke(dental, microsoft.apps["backup"].client_id)

    before = graph.get("/organization").status_code
    microsoft.advance(3600)

    assert (before, graph.get("/organization").status_code) == (200, 401)
