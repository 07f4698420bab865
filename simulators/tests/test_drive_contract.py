"""Drives, lists and pages against Microsoft's own description of Graph. Skipped where that is not at hand."""

import pytest

from simulators.tests.clients import Graph
from simulators.tests.published import NEEDS_DESCRIPTION, findings, key_of, published_roles

# What the simulator sends although the description does not have it, and why.
EXCEPTIONS = {
    "unknown property of microsoft.graph.identitySet: group": "sent by Graph for libraries of groups; an open type",
    "unknown property of microsoft.graph.Json: imageSourceType": "a web part's properties are free JSON",
    "unknown property of microsoft.graph.Json: captionText": "a web part's properties are free JSON",
    "unknown property of microsoft.graph.Json: altText": "a web part's properties are free JSON",
}
# Where the simulator asks for other application roles than the published list, and why.
ROLE_EXCEPTIONS = {
    "GET /drives/{}/root": "listed below users; the same as an item by its id",
    "GET /drives/{}/root/children": "listed below users; the same as the children of an item",
    "GET /drives/{}/items/{}:/{}": "the same as an item by its path below the root",
    "POST /drives/{}/root/children": "listed below users; the same as in a folder by its id",
    "PUT /drives/{}/root:/{}:/content": "listed below users; the same as below a folder by its id",
    "POST /drives/{}/items/{}:/{}:/createuploadsession": "listed below users; the same as for an item by its id",
    "POST /drives/{}/root:/{}:/createuploadsession": "listed below users; the same as for an item by its id",
    "GET /sites/{}/pages/microsoft.graph.sitepage": "the same as without the cast",
    "GET /sites/{}/pages/{}/microsoft.graph.sitepage": "the same as without the cast",
    "POST /sites/{}/pages/{}/microsoft.graph.sitepage/publish": "the same as without the cast",
}

pytestmark = NEEDS_DESCRIPTION


@pytest.fixture
def paths(graph, dental, truth):
    """One path for every call that reads, and some that are refused."""
    drive = f"/drives/{graph.get('/users/{user_id}/drive'.format(**dental)).json()['id']}"
    items = {entry["name"]: entry["id"] for entry in graph.round(f"{drive}/root/delta")[0]}
    group = next(group["id"] for group in truth()["groups"] if group["team"])
    site = next(site["id"] for site in truth()["sites"] if site["path"] == "/sites/intranet")
    shared = [entry["id"] for entry in graph.round(f"{drive}/root/delta")[0] if "shared" in entry]
    file, tasks = f"{drive}/items/{items['Often written.txt']}", f"/sites/{site}/lists/Tasks"
    page = graph.value(f"/sites/{site}/pages")[0]["id"]
    return [
        f"/users/{dental['user_id']}/drive", f"/groups/{group}/drive", f"/sites/{site}/drive", f"/sites/{site}/drives",
        f"/sites/{site}/drives?$select=*", drive, f"{drive}/root", f"{drive}/root/delta", f"{drive}/root/children",
        f"{drive}/root/delta?token=latest", f"{drive}/root/delta?$top=7", f"{drive}/root/delta?token=nonsense",
        f"{drive}/root/delta?$select=*", f"{drive}/root:/Strange things", f"{drive}/root:/Nowhere",
        *[f"{drive}/items/{item}" for item in items.values()], f"{file}?$select=*",
        f"{drive}/items/{items['Strange things']}/children", f"{drive}/items/{items['Strange things']}:/Film.mp4",
        f"{drive}/items/{items['Strange things']}/content", f"{drive}/items/{items['Invoice.pdf.exe']}/content",
        f"{file}/versions", f"{file}/versions/5.0/content", f"{file}/permissions", f"{drive}/items/nonsense",
        *[f"{drive}/items/{item}/permissions" for item in shared], "/drives/nonsense",
        f"/sites/{site}/sites", f"/sites/{site}/lists", f"/sites/{site}/lists?$select=*&$expand=columns,contentTypes",
        tasks, f"{tasks}/columns", f"{tasks}/contentTypes", f"{tasks}/items", f"{tasks}/items?$expand=fields",
        f"{tasks}/items/1", f"{tasks}/items/1?$expand=fields", f"{tasks}/items/delta?$expand=fields",
        f"{tasks}/items/x", f"/sites/{site}/pages",
        f"/sites/{site}/pages/microsoft.graph.sitePage?$expand=canvasLayout",
        f"/sites/{site}/pages/{page}", f"/sites/{site}/pages/{page}/microsoft.graph.sitePage?$expand=canvasLayout",
    ]  # fmt: skip


@pytest.fixture
def redirects(paths):
    """Paths that lead to a content."""
    file = next(path for path in paths if path.endswith("/versions")).removesuffix("/versions")
    return [f"{file}/content", f"{file}/versions/1.0/content"]


def test_every_answer_is_one_that_microsoft_describes(graph, description, paths):
    found = {path: findings(description, path, graph.get(path), EXCEPTIONS) for path in paths}

    assert {path: problems for path, problems in found.items() if problems} == {}


def test_changes_are_told_as_microsoft_describes(graph, description, microsoft, dental, paths):
    site = next(path for path in paths if path.endswith("/lists")).split("/")[2]
    feeds = [path for path in paths if path.endswith(("/root/delta", "/items/delta?$expand=fields"))]
    links = {path: graph.round(path)[1] for path in feeds}
    user = {"user": dental["user_id"]}
    microsoft.mutate(
        dental,
        {"op": "create_file", "name": "New.txt"} | user,
        {"op": "share_item", "item": "/New.txt", "scope": "anonymous", "days": 3} | user,
        {"op": "delete_item", "item": "/Strange things"} | user,
        {"op": "create_list_item", "site": site, "list": "Tasks", "fields": {"Title": "New"}},
        {"op": "delete_list_item", "site": site, "list": "Tasks", "item": "1"},
    )

    for path, link in links.items():
        answer = graph.get(link)
        assert findings(description, path, answer, EXCEPTIONS) == []
        assert len(answer.json()["value"]) > 1
    microsoft.mutate(dental, {"op": "forget_drive_cursors"} | user)
    assert findings(description, feeds[0], graph.get(links[feeds[0]]), {}) == []


def test_every_simulated_call_is_checked(graph, paths, redirects, microsoft):
    for path in (*paths, *redirects):
        graph.get(path)

    seen = {("GET", entry["template"]) for entry in microsoft.log() if entry["status"] < 400}
    routes = [route for route in microsoft.control("/routes") if route["part"] == "drives" and route["method"] == "GET"]
    assert {(route["method"], route["template"]) for route in routes} - seen == set()


def test_each_call_asks_for_the_roles_microsoft_publishes(published, microsoft):
    listed = published_roles(published)
    routes = [route for route in microsoft.control("/routes") if route["part"] == "drives"]
    ours = {key_of(route["method"], route["template"]): set(route["roles"]) for route in routes}

    differing = {call for call, roles in ours.items() if roles != listed.get(call, set())}

    assert differing == set(ROLE_EXCEPTIONS)


def test_a_token_without_the_roles_is_refused_everywhere(microsoft, dental, paths, redirects):
    microsoft.consent(dental, microsoft.apps["backup"].client_id, ["User.Read.All", "Mail.Read"])
    powerless = Graph(microsoft, dental)

    assert {powerless.get(path).status_code for path in (*paths, *redirects)} == {403}
