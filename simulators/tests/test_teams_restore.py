"""What a restore does at Teams: whole teams, and old messages brought into channels."""

import base64

import pytest

from simulators.tests.clients import Graph, fetch
from simulators.tests.published import NEEDS_DESCRIPTION, findings

ROLES = [
    "Team.Create", "Channel.Create", "TeamMember.ReadWrite.All", "Teamwork.Migrate.All", "TeamsTab.Create",
    "TeamsAppInstallation.ReadWriteForTeam.All", "ChannelMember.ReadWrite.All", "Group.Read.All",
    "ChannelMember.Read.All", "TeamMember.Read.All", "TeamSettings.ReadWrite.All", "TeamsTab.ReadWriteForTeam.All",
]  # fmt: skip
STANDARD = "https://graph.microsoft.com/v1.0/teamsTemplates('standard')"
PICTURE = b"\x89PNG not really"


@pytest.fixture
def restorer(microsoft, dental):
    """Graph, in the eyes of the restore app."""
    app = microsoft.apps["restore"]
    app.roles = sorted({*app.roles, *ROLES})
    microsoft.apps.write()
    microsoft.consent(dental, app.client_id)
    return Graph(microsoft, dental, "restore")


@pytest.fixture
def general(microsoft, dental):
    """The path of the first channel of Acme Dental's team."""
    team = microsoft.team(dental)
    channel = next(one for one in team["channels"] if one["name"] == "General")
    return f"/teams/{team['id']}/channels/{channel['id']}"


def _post(graph: Graph, path: str, body: dict | None = None):
    return graph.client.post(f"{graph.base}{path}", **({} if body is None else {"json": body}))


def _member(user: str, *roles: str) -> dict:
    return {
        "@odata.type": "#microsoft.graph.aadUserConversationMember",
        "roles": list(roles),
        "user@odata.bind": f"https://graph.microsoft.com/v1.0/users('{user}')",
    }


def _message(dental: dict, at: str, text: str = "<p>Once</p>", **facts) -> dict:
    user = {"id": dental["user_id"], "displayName": "Siobhan of old", "userIdentityType": "aadUser"}
    return {"createdDateTime": at, "from": {"user": user}, "body": {"contentType": "html", "content": text}} | facts


def test_a_team_is_there_when_its_operation_says_so(restorer, dental):
    body = {"template@odata.bind": STANDARD, "displayName": "Reborn", "description": "Again"}

    answer = _post(restorer, "/teams", body | {"members": [_member(dental["user_id"], "owner")]})
    place, target = answer.headers["location"], answer.headers["content-location"]
    early = restorer.get(target).status_code
    asked = [restorer.get(place) for _ in range(2)]
    statuses = [one.json()["status"] for one in asked]

    assert (answer.status_code, answer.content, early) == (202, b"", 404)
    assert statuses == ["inProgress", "succeeded"]
    assert restorer.get(target).json()["displayName"] == "Reborn"
    assert [one["userId"] for one in restorer.value(f"{target}/members")] == [dental["user_id"]]
    assert [one["displayName"] for one in restorer.value(f"{target}/channels")] == ["General"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"displayName": "Reborn"},
        {"displayName": "Reborn", "template@odata.bind": STANDARD},
        {"displayName": "Reborn", "template@odata.bind": STANDARD, "@microsoft.graph.teamCreationMode": "migration"},
    ],
)
def test_a_team_is_refused_without_name_template_owner_or_date(restorer, body):
    assert _post(restorer, "/teams", body).status_code == 400


def test_a_whole_team_is_brought_in_with_its_past(restorer, dental):
    long_ago = "2020-03-14T11:22:17.043Z"
    migration = {"@microsoft.graph.teamCreationMode": "migration", "createdDateTime": long_ago}
    made = _post(restorer, "/teams", migration | {"template@odata.bind": STANDARD, "displayName": "Old"})
    for _ in range(2):
        restorer.get(made.headers["location"])
    team = made.headers["content-location"].split("'")[1]
    path = f"/teams/{team}/channels"
    facts = {"@microsoft.graph.channelCreationMode": "migration", "createdDateTime": long_ago}
    channel = _post(restorer, path, facts | {"displayName": "Trips", "membershipType": "standard"}).json()

    post = _post(restorer, f"{path}/{channel['id']}/messages", _message(dental, "2020-05-01T08:00:00.5Z")).json()
    early = _post(restorer, f"/teams/{team}/completeMigration").status_code
    for one in restorer.value(path):
        assert _post(restorer, f"{path}/{one['id']}/completeMigration").status_code == 204

    assert (channel["migrationMode"], channel["createdDateTime"]) == ("inProgress", "2020-03-14T11:22:17Z")
    assert (post["createdDateTime"], post["from"]["user"]["displayName"]) == (
        "2020-05-01T08:00:00.5Z",
        "Siobhan of old",
    )
    assert early == 400
    assert _post(restorer, f"/teams/{team}/completeMigration").status_code == 204
    assert (
        _post(restorer, f"{path}/{channel['id']}/messages", _message(dental, "2020-05-01T08:00:01Z")).status_code == 403
    )


def test_old_messages_come_into_a_channel_that_exists(restorer, dental, general):
    start = {"conversationCreationDateTime": "2019-01-01T00:00:00Z"}
    before = _post(restorer, f"{general}/messages", _message(dental, "2019-02-01T00:00:00Z")).status_code
    statuses = [_post(restorer, f"{general}/startMigration", start).status_code for _ in range(2)]
    html = '<p>Look <img src="../hostedContents/1/$value"></p>'
    encoded = base64.b64encode(PICTURE).decode()
    hosted = [{"@microsoft.graph.temporaryId": "1", "contentBytes": encoded, "contentType": "image/png"}]

    post = _post(restorer, f"{general}/messages", _message(dental, "2019-02-01T00:00:00Z", html, hostedContents=hosted))
    reply = _post(restorer, f"{general}/messages/{post.json()['id']}/replies", _message(dental, "2019-02-01T00:01:00Z"))
    path = f"{general}/messages/{post.json()['id']}"
    [picture] = restorer.value(f"{path}/hostedContents")
    data = restorer.get(f"{path}/hostedContents/{picture['id']}/$value")

    assert (before, statuses) == (403, [204, 400])
    assert (post.status_code, reply.status_code, reply.json()["replyToId"]) == (201, 201, post.json()["id"])
    assert (data.content, data.headers["content-type"]) == (PICTURE, "image/png")
    assert f"/hostedContents/{picture['id']}/$value" in restorer.get(path).json()["body"]["content"]
    told = {one["id"] for one in restorer.value(f"{general}/messages?$top=50")}
    assert post.json()["id"] in told


@pytest.mark.parametrize(
    ("spoil", "status"),
    [
        ({"createdDateTime": "2990-01-01T00:00:00Z"}, 400),
        ({"createdDateTime": "2018-01-01T00:00:00Z"}, 400),
        ({"createdDateTime": None}, 400),
        ({"from": None}, 400),
        ({"from": {"user": {"id": "00000000-0000-4000-8000-000000000000"}}}, 400),
        ({"body": {}}, 400),
        ({"body": {"contentType": "html", "content": "x" * 30_000}}, 413),
        ({"mentions": [{"id": 0}]}, 400),
        ({"hostedContents": [{}]}, 400),
        ({}, 409),
    ],
)
def test_messages_that_cannot_have_been_are_refused(restorer, dental, general, spoil, status):
    _post(restorer, f"{general}/startMigration", {"conversationCreationDateTime": "2019-01-01T00:00:00Z"})
    good = _message(dental, "2019-02-01T00:00:00Z")
    if status == 409:
        assert _post(restorer, f"{general}/messages", good).status_code == 201

    assert _post(restorer, f"{general}/messages", good | spoil).status_code == status


def test_only_the_app_that_began_a_migration_goes_on_with_it(restorer, microsoft, dental, general):
    _post(restorer, f"{general}/startMigration")
    microsoft.consent(dental, microsoft.apps["restore"].client_id)
    app = microsoft.apps["backup"]
    app.roles = [*app.roles, "Teamwork.Migrate.All"]
    microsoft.apps.write()
    microsoft.consent(dental, app.client_id)
    other = Graph(microsoft, dental)

    assert _post(other, f"{general}/completeMigration").status_code == 403
    assert _post(restorer, f"{general}/completeMigration").status_code == 204
    assert _post(restorer, f"{general}/completeMigration").status_code == 403


def test_channels_people_tabs_and_apps_are_put_back(restorer, dental, general, truth):
    team = general.split("/")[2]
    owner, other = dental["user_id"], dental["admin_id"]
    app = {"teamsApp@odata.bind": "https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/11111111-2222"}
    private = {"displayName": "Again", "membershipType": "private", "members": [_member(owner, "owner")]}

    channel = _post(restorer, f"/teams/{team}/channels", private)
    path = f"/teams/{team}/channels/{channel.json()['id']}"
    member = _post(restorer, f"{path}/members", _member(other))
    uninstalled = _post(restorer, f"{path}/tabs", app | {"displayName": "Board"}).status_code
    installed = [_post(restorer, f"/teams/{team}/installedApps", app).status_code for _ in range(2)]
    tab = _post(restorer, f"{path}/tabs", app | {"displayName": "Board", "configuration": {"entityId": "7"}})
    joined = _post(restorer, f"/teams/{team}/members", _member(other, "owner"))

    assert (channel.status_code, member.status_code, tab.status_code, joined.status_code) == (201, 201, 201, 201)
    assert (uninstalled, installed) == (404, [201, 409])
    assert {one["userId"]: one["roles"] for one in restorer.value(f"{path}/members")} == {owner: ["owner"], other: []}
    assert [(one["displayName"], one["configuration"]["entityId"]) for one in restorer.value(f"{path}/tabs")] == [
        ("Board", "7")
    ]
    assert other in next(group["owners"] for group in truth()["groups"] if group["id"] == team)
    assert _post(restorer, f"/teams/{team}/channels", private).status_code == 400
    shared = _post(restorer, f"/teams/{team}/channels", private | {"displayName": "Us", "membershipType": "shared"})
    assert shared.status_code == 202
    assert restorer.get(shared.headers["location"]).json()["operationType"] == "createChannel"


def test_settings_roles_and_tabs_are_changed(restorer, dental, general, truth):
    path, channel = general.split("/channels")[0], general
    owner, other = dental["user_id"], dental["admin_id"]
    members = {one["userId"]: f"{path}/members/{one['id']}" for one in restorer.value(f"{path}/members")}
    tab = restorer.value(f"{channel}/tabs")[0]["id"]

    def patch(where: str, body: dict):
        return restorer.client.patch(f"{restorer.base}{where}", json=body)

    settings = {"funSettings": {"allowGiphy": False}, "visibility": "public", "description": None}
    changed = patch(path, {"displayName": "Dentists"} | settings).json()
    refused = [{"isArchived": True}, {"visibility": "sometimes"}, {"funSettings": {"x": 1}}, {"displayName": ""}]

    assert (changed["displayName"], changed["visibility"], changed["description"]) == ("Dentists", "public", None)
    assert changed["funSettings"] == {
        "allowGiphy": False, "giphyContentRating": "moderate", "allowStickersAndMemes": True, "allowCustomMemes": True,
    }  # fmt: skip
    assert restorer.get(path).json() == changed
    assert [patch(path, one).status_code for one in refused] == [400] * 4
    roles = [[patch(members[one], {"roles": to}).json()["roles"] for to in (["owner"], [])] for one in (owner, other)]
    assert roles[0][0] == ["owner"]
    assert patch(f"{path}/members/nobody", {"roles": []}).status_code == 404
    assert patch(members[owner], {}).status_code == 400
    assert [restorer.client.delete(f"{restorer.base}{channel}/tabs/{tab}").status_code for _ in range(2)] == [204, 404]
    assert tab not in [one["id"] for one in restorer.value(f"{channel}/tabs")]


def test_nothing_is_made_in_an_archived_team(restorer, microsoft, dental, general):
    microsoft.mutate(dental, {"op": "archive_team", "group": general.split("/")[2]})

    assert _post(restorer, f"{general.rpartition('/')[0]}", {"displayName": "More"}).status_code == 403
    assert restorer.get(f"{general}/messages").status_code == 200


def test_who_may_only_read_makes_nothing(graph, dental, general):
    for path in ("/teams", general.rpartition("/")[0], f"{general}/startMigration", f"{general}/messages"):
        assert _post(graph, path, {"displayName": "No"}).status_code == 403
    assert fetch(f"{graph.base}{general}").status_code == 401


@NEEDS_DESCRIPTION
def test_what_a_restore_is_answered_is_what_microsoft_describes(restorer, dental, general, description):
    team = general.rpartition("/channels")[0]
    body = {"template@odata.bind": STANDARD, "displayName": "Reborn", "members": [_member(dental["user_id"], "owner")]}
    _post(restorer, f"{general}/startMigration", {"conversationCreationDateTime": "2019-01-01T00:00:00Z"})
    wiki = {"teamsApp@odata.bind": ".../teamsApps('com.microsoft.teamspace.tab.wiki')", "displayName": "Notes"}
    message = _message(dental, "2019-02-01T00:00:00Z")

    answers = {
        "/teams/key/operations/key": restorer.get(_post(restorer, "/teams", body).headers["location"]),
        "/teams/key/channels/key": _post(restorer, f"{team}/channels", {"displayName": "More"}),
        "/teams/key/members/key": _post(restorer, f"{team}/members", _member(dental["user_id"])),
        "/teams/key/channels/key/tabs/key": _post(restorer, f"{general}/tabs", wiki),
        "/teams/key/channels/key/messages/key": _post(restorer, f"{general}/messages", message),
        "/teams/x": _post(restorer, "/teams", {}),
    }

    assert {path: findings(description, path, answer, {}) for path, answer in answers.items()} == dict.fromkeys(
        answers, []
    )
    assert [answer.status_code for answer in answers.values()] == [200, 201, 201, 201, 201, 400]
