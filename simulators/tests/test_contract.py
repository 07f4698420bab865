"""The simulator against Microsoft's own description of Graph. Skipped where that description is not at hand."""

import copy

import pytest

from simulators.tests.published import NEEDS_DESCRIPTION, findings, key_of, plain, published_roles, reduced

# What the simulator sends although the description does not have it, and why.
EXCEPTIONS = {
    "unknown property of microsoft.graph.site: deleted": "the page of site: delta shows the facet; the type lacks it",
    "unknown property of microsoft.graph.group: creationOptions": "sent by Graph; group is an open type",
}
# Where the simulator asks for other application roles than the published list, and why.
ROLE_EXCEPTIONS = {
    "/teams/{team}": "TeamSettings.Read.Group and .ReadWrite.Group are granted by a team, not by the tenant",
    "/directory/deletedItems/microsoft.graph.user": "not listed with the cast; roles are those of the page of the call",
    "/groups/{group}/transitiveMembers/microsoft.graph.user": "not listed with the cast; the same as without it",
}

pytestmark = NEEDS_DESCRIPTION


@pytest.fixture
def paths(dental, truth):
    """One path for every call that is simulated, and some that are refused."""
    people = {user["kind"]: user["id"] for user in truth()["users"] if user["state"] == "live"}
    member = next(user["id"] for user in truth()["users"] if user["drive"] and user["state"] == "live")
    team = next(group["id"] for group in truth()["groups"] if group["team"])
    managers = next(group["id"] for group in truth()["groups"] if group["nested_groups"])
    site, host = truth()["sites"][0]["id"], dental["sharepoint_host"]
    everything = "id,displayName,userPrincipalName,mail,userType,accountEnabled,assignedPlans,creationType"
    return [
        "/organization", "/subscribedSkus", "/users", "/users?$select=*", f"/users?$select={everything}&$top=2",
        f"/users/{member}", f"/users/{dental['user_upn']}", "/users/delta", f"/users/delta?$select={everything}",
        *[f"/users/{person}/mailboxSettings" for person in people.values()], f"/users/{member}/drive",
        f"/users/{people['guest']}/drive", "/directory/deletedItems/microsoft.graph.user", "/groups", "/groups/delta",
        "/groups/delta?$select=displayName,members", f"/groups/{team}", f"/groups/{managers}/members",
        f"/groups/{managers}/transitiveMembers", f"/groups/{managers}/transitiveMembers/microsoft.graph.user",
        f"/groups/{team}/owners", f"/groups/{team}/sites/root", "/teams", f"/teams/{team}", f"/teams/{managers}",
        "/sites/getAllSites", "/sites/getAllSites?$select=*", "/sites/delta", "/sites/root", f"/sites/{site}",
        f"/sites/{host}:/sites/allstaff", f"/sites/{host}:/sites/allstaff:", "/sites?search=*",
        "/users?$select=nonsense",
    ]  # fmt: skip


def test_every_answer_is_one_that_microsoft_describes(graph, description, paths):
    found = {path: findings(description, path, graph.get(path), EXCEPTIONS) for path in paths}

    assert {path: problems for path, problems in found.items() if problems} == {}


def test_every_simulated_call_is_checked(graph, paths, microsoft):
    for path in paths:
        graph.get(path)

    seen = {entry["template"] for entry in microsoft.log()}
    routes = [route for route in microsoft.control("/routes") if route["part"] == "graph"]
    assert {route["template"] for route in routes} - seen == set()


def test_answers_within_a_batch_are_as_good(graph, description, paths):
    for first in range(0, len(paths), 20):
        parts = paths[first : first + 20]
        answer = graph.batch(*parts).json()
        for part in answer["responses"]:
            path = parts[int(part["id"]) - 1]
            assert reduced(description.findings(plain(path), part["status"], part["body"]), EXCEPTIONS) == [], path


def test_changes_are_told_as_microsoft_describes(graph, description, microsoft, dental, truth):
    links = {path: graph.round(path)[1] for path in ("/users/delta", "/groups/delta", "/sites/delta")}
    microsoft.day(dental)
    team = next(group["id"] for group in truth()["groups"] if group["team"])
    leaver = next(user["id"] for user in truth()["users"] if user["kind"] == "guest")
    site = next(site["id"] for site in truth()["sites"] if site["path"] == "/sites/intranet")
    operations = ({"op": "delete_group", "group": team}, {"op": "purge_user", "user": leaver})
    microsoft.mutate(dental, *operations, {"op": "delete_site", "site": site})

    for path, link in links.items():
        answer = graph.get(link)
        assert findings(description, path, answer, EXCEPTIONS) == []
        assert answer.json()["value"], path


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda body: body["value"][0].update(accountEnabled="yes"), "is no Edm.Boolean"),
        (lambda body: body["value"][0].update(createdDateTime="yesterday"), "is no Edm.DateTimeOffset"),
        (lambda body: body["value"][0].update(displayname="x"), "unknown property"),
        (lambda body: body["value"][0].update(businessPhones=None), "is null"),
        (lambda body: body["value"][0].update(businessPhones=[7]), "is no Edm.String"),
        (lambda body: body["value"][0].update({"@odata.type": "#microsoft.graph.group"}), "is no microsoft.graph.user"),
        (lambda body: body["value"][0].update({"@removed": {"reason": "bored"}}), "is no reason"),
        (lambda body: body["value"][0]["assignedPlans"].append({"servicePlanId": "7"}), "is no Edm.Guid"),
        (lambda body: body["value"][0]["assignedPlans"].append({"planet": "Mars"}), "unknown property"),
        (lambda body: body.update({"@odata.nextLink": "a", "@odata.deltaLink": "b"}), "both nextLink and deltaLink"),
        (lambda body: body.update(values=[]), "does not belong"),
        (lambda body: body.pop("value"), "is not a list"),
    ],
)
def test_a_wrong_body_is_noticed(graph, description, spoil, expected):
    body = graph.get("/users?$select=*").json()
    assert description.findings("/users", 200, body) == []

    spoiled = copy.deepcopy(body)
    spoil(spoiled)

    assert expected in " ".join(description.findings("/users", 200, spoiled))


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/users/key/mailboxSettings", 200, {"userPurpose": "sharing"}),
        ("/sites/root", 200, {"id": "x", "hostName": "y"}),
        ("/nowhere", 200, {}),
        ("/users", 404, {"error": "not found"}),
        ("/users", 404, {"error": {"code": "x", "message": "y"}}),
        ("/users", 404, {"error": {"code": 7, "message": "y", "innerError": {"date": "", "request-id": ""}}}),
    ],
)
def test_a_wrong_value_path_or_error_is_noticed(description, path, status, body):
    assert description.findings(path, status, body) != []


def test_each_call_asks_for_the_roles_microsoft_publishes(published, microsoft):
    listed = published_roles(published)
    routes = [route for route in microsoft.control("/routes") if route["part"] == "graph"]
    ours = {route["template"]: set(route["roles"]) for route in routes}

    differing = {template for template, roles in ours.items() if roles != listed.get(key_of("GET", template), set())}

    assert differing == set(ROLE_EXCEPTIONS)
