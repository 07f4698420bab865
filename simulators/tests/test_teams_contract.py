"""Teams against Microsoft's own description of Graph. Skipped where that description is not at hand."""

import pytest

from simulators.tests.clients import Graph
from simulators.tests.published import NEEDS_DESCRIPTION, findings, key_of, published_roles

# What the simulator sends although the description does not have it, and why.
EXCEPTIONS: dict[str, str] = {}
# Where the simulator asks for other application roles than the published list, and why.
ROLE_EXCEPTIONS = {
    "GET /users/{user}/chats/getAllMessages/delta": "not listed; roles of the call's page",
    "GET /teams/{team}/operations/{operation}": "not listed; whoever may create a team may ask how it goes",
    "GET /teams/{team}/channels/{channel}/messages/{message}/hostedContents/{hosted}/$value": "not listed with $value",
    "GET /teams/{team}/channels/{channel}/messages/{message}/replies/{reply}/hostedContents/{hosted}/$value": "same",
}
NEW_WORDS = {"Prefer": "include-unknown-enum-members"}

pytestmark = NEEDS_DESCRIPTION


@pytest.fixture
def reader(microsoft, dental):
    """Graph, in the eyes of an app that may read chats too."""
    app = microsoft.apps["backup"]
    app.roles = [*app.roles, "Chat.Read.All", "Chat.ReadBasic.All"]
    microsoft.apps.write()
    microsoft.consent(dental, app.client_id)
    return Graph(microsoft, dental)


@pytest.fixture
def paths(microsoft, dental, truth):
    """One path for every call that is simulated, and some that are refused."""
    team = microsoft.team(dental)
    channel = next(one for one in team["channels"] if one["name"] == "General")
    own = [one for one in team["channels"] if one["membership"] != "standard"]
    at = f"/teams/{team['id']}/channels"
    general = f"{at}/{channel['id']}"
    messages = [f"{general}/messages/{one['id']}" for one in channel["messages"] if one["reply_to"] is None]
    pictured = [one for one in channel["messages"] if one["hosted"]]
    reply = next(one for one in pictured if one["reply_to"])
    post = next(one for one in pictured if not one["reply_to"])
    hosted = [
        f"{general}/messages/{post['id']}/hostedContents",
        f"{general}/messages/{reply['reply_to']}/replies/{reply['id']}/hostedContents",
    ]
    pictures = [f"{path}/{one['hosted'][0]['id']}" for path, one in zip(hosted, (post, reply), strict=True)]
    thread, told = next((key, one) for key, one in team["records"]["threads"].items() if one["files"])
    threads = f"/groups/{team['id']}/threads"
    user = f"/users/{dental['admin_id']}/chats"
    return [
        f"/teams/{team['id']}/members", f"/teams/{team['id']}/allChannels", f"/teams/{team['id']}/primaryChannel",
        f"/teams/{team['id']}/installedApps", f"/teams/{team['id']}/installedApps?$expand=teamsApp,teamsAppDefinition",
        at, f"{at}?$select=id,displayName", f"{at}?$filter=membershipType eq 'private'",
        f"{at}/getAllMessages?$top=50", f"{at}/getAllMessages?$filter=lastModifiedDateTime gt 2020-01-01T00:00:00Z",
        *[f"{at}/{one['id']}{rest}" for one in [channel, *own] for rest in ("", "/members", "/tabs", "/filesFolder")],
        f"{general}/tabs?$expand=teamsApp", f"{general}/messages?$top=50", f"{general}/messages?$expand=replies",
        f"{general}/messages/delta", f"{general}/messages/delta?$expand=replies&$top=50", *messages,
        f"{general}/messages/{reply['reply_to']}/replies?$top=50",
        f"{general}/messages/{reply['reply_to']}/replies/{reply['id']}", *hosted, *pictures,
        threads, f"{threads}/{thread}", f"{threads}/{thread}/posts", f"{threads}/nonsense",
        *[f"{threads}/{thread}/posts/{one}?$expand=attachments" for one in told["posts"]],
        user, f"{user}?$expand=members", f"{user}/getAllMessages", f"{user}/getAllMessages/delta?$top=50",
        f"/teams/{dental['admin_id']}/channels", f"{at}/19:nothing@thread.tacv2", f"{general}/messages/7",
        f"{at}?$select=everything", f"{general}/messages?$top=51",
    ]  # fmt: skip


def test_every_answer_is_one_that_microsoft_describes(reader, description, paths):
    answers = {path: reader.get(path, **NEW_WORDS) for path in paths}
    found = {path: findings(description, path, answer, EXCEPTIONS) for path, answer in answers.items()}

    assert {path: problems for path, problems in found.items() if problems} == {}
    assert sum(answer.status_code >= 400 for answer in answers.values()) == 6


def test_every_simulated_call_is_checked(reader, paths, microsoft):
    for path in paths:
        reader.get(path)
        if "/hostedContents/" in path:
            assert reader.get(f"{path}/$value").headers["content-type"] == "image/png"

    seen = {(entry["method"], entry["template"]) for entry in microsoft.log()}
    routes = [one for one in microsoft.control("/routes") if one["part"] == "teams" and one["method"] == "GET"]
    # How an operation goes is asked, and checked, where one is begun.
    assert {(route["method"], route["template"]) for route in routes} - seen == {
        ("GET", "/teams/{team}/operations/{operation}")
    }
    assert microsoft.unknown_calls() == []


def test_each_call_asks_for_the_roles_microsoft_publishes(published, microsoft):
    listed = published_roles(published)
    routes = [route for route in microsoft.control("/routes") if route["part"] == "teams"]
    ours = {f"{route['method']} {route['template']}": route for route in routes}

    differing = {
        call for call, one in ours.items() if set(one["roles"]) != listed.get(key_of(one["method"], one["template"]))
    }

    assert differing == set(ROLE_EXCEPTIONS)
