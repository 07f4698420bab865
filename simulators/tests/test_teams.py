"""Teams: channels, what hangs on them, and what Microsoft counts."""

import hashlib

import pytest

NEW_WORDS = {"Prefer": "include-unknown-enum-members"}


@pytest.fixture
def team(microsoft, dental):
    """Return what Acme Dental's team really holds, asked for when called."""
    first = microsoft.team(dental)["id"]
    return lambda: microsoft.team(dental, first)


def _live(told: dict) -> dict[str, dict]:
    return {one["name"]: one for one in told["channels"] if one["state"] == "live"}


def test_channels_are_told_with_those_that_are_private_or_shared(graph, team):
    path = f"/teams/{team()['id']}"

    told = graph.value(f"{path}/allChannels", **NEW_WORDS)
    private = graph.value(f"{path}/channels?$filter=membershipType eq 'private'")

    assert {one["displayName"]: one["membershipType"] for one in told} == {
        name: one["membership"] for name, one in _live(team()).items()
    }
    assert told[0]["displayName"] == "General"
    assert {"Projects", "projects"} <= {one["displayName"] for one in told}
    assert [one["displayName"] for one in private] == ["Leadership 🔒"]
    assert graph.get(f"{path}/primaryChannel").json()["id"] == told[0]["id"]


def test_who_does_not_ask_for_new_words_gets_old_ones(graph, team):
    told = graph.value(f"/teams/{team()['id']}/allChannels")
    posts = graph.value(f"/teams/{team()['id']}/channels/{_live(team())['General']['id']}/messages?$top=50")

    assert {one["membershipType"] for one in told} == {"standard", "private", "unknownFutureValue"}
    assert {one["messageType"] for one in posts} == {"message", "unknownFutureValue"}


def test_a_private_channel_has_people_and_a_site_of_its_own(graph, team):
    known, path = _live(team()), f"/teams/{team()['id']}/channels"
    private, general = known["Leadership 🔒"], known["General"]
    sites = {site["id"] for site in graph.value("/sites/getAllSites")}

    folders = {one["name"]: graph.get(f"{path}/{one['id']}/filesFolder").json() for one in (private, general)}
    members = graph.value(f"{path}/{private['id']}/members")

    assert folders["Leadership 🔒"]["parentReference"]["siteId"] == private["site_id"]
    assert folders["General"]["parentReference"]["siteId"] != private["site_id"]
    assert {folder["parentReference"]["siteId"] for folder in folders.values()} <= sites
    drive = graph.get(f"/sites/{private['site_id']}/drive").json()["id"]
    assert folders["Leadership 🔒"]["parentReference"]["driveId"] == drive
    assert sorted(one["userId"] for one in members) == sorted(private["members"])
    assert [one["roles"] for one in members].count(["owner"]) == 1
    assert graph.value(f"{path}/{general['id']}/members") == graph.value(f"/teams/{team()['id']}/members")


def test_tabs_and_apps_are_told_with_what_they_show(graph, microsoft, dental, team):
    general = f"/teams/{team()['id']}/channels/{_live(team())['General']['id']}"
    microsoft.mutate(dental, {"op": "add_tab", "team": team()["id"], "name": "Rota", "url": "https://rota.example/"})

    tabs = graph.value(f"{general}/tabs?$expand=teamsApp")
    apps = graph.value(f"/teams/{team()['id']}/installedApps?$expand=teamsApp,teamsAppDefinition")

    assert [(tab["displayName"], tab["teamsApp"]["displayName"]) for tab in tabs] == [
        ("Tasks", "Planner"),
        ("Rota", "Website"),
    ]
    assert tabs[1]["configuration"]["contentUrl"] == "https://rota.example/"
    assert [app["teamsApp"]["id"] for app in apps] == team()["apps"]
    assert "teamsApp" not in graph.value(f"{general}/tabs")[0]


def test_channels_come_are_renamed_and_go_with_their_site(graph, microsoft, dental, team):
    path = f"/teams/{team()['id']}/channels"
    operation = {"op": "create_channel", "team": team()["id"], "name": "Board", "membership": "private"}
    _, link, _ = graph.round("/sites/delta?token=latest")

    [made] = microsoft.mutate(dental, operation)
    site = _live(team())["Board"]["site_id"]
    told, link, _ = graph.round(link)
    microsoft.mutate(dental, {"op": "rename_channel", "team": team()["id"], "channel": "Board", "name": "The board"})
    renamed = graph.get(f"{path}/{made['id']}").json()["displayName"]
    microsoft.mutate(dental, {"op": "delete_channel", "team": team()["id"], "channel": made["id"]})

    assert [one["id"] for one in told] == [site]
    assert renamed == "The board"
    assert graph.get(f"{path}/{made['id']}").json()["error"]["code"] == "NotFound"
    assert graph.round(link)[0] == [{"id": site, "deleted": {"state": "deleted"}}]


def test_some_teams_do_not_tell_their_members(graph, microsoft, dental, team):
    microsoft.mutate(dental, {"op": "refuse_members", "team": team()["id"]})

    answer = graph.get(f"/teams/{team()['id']}/members")

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "Forbidden")
    assert graph.get(f"/teams/{team()['id']}/channels").status_code == 200


def test_a_bigger_tenant_has_an_archived_team_one_without_members_and_a_long_post(microsoft):
    demo = microsoft.add_tenant("Bolt Bakery", "bolt-bakery.example", "demo", seed=2)
    groups = [group for group in microsoft.manifest(demo)["groups"] if group["team"]]
    told = [microsoft.team(demo, group["id"]) for group in groups]

    assert sorted(one["archived"] for one in told) == [False, False, True]
    assert sorted(one["refuses_members"] for one in told) == [False, False, True]
    for one in told:
        replies = [message["reply_to"] for message in _live(one)["General"]["messages"] if message["reply_to"]]
        assert max(replies.count(post) for post in set(replies)) == 300


def test_the_same_tenant_is_furnished_the_same_twice(microsoft, dental, team):
    microsoft.day(dental)
    before = team()
    microsoft.control("/reset", {})
    again = microsoft.add_tenant("Acme Dental", "acme-dental.example", "tiny", seed=1)
    microsoft.team(again)
    microsoft.day(again)
    after = microsoft.team(again, before["id"])

    def pictures(told: dict) -> list:
        return [
            (one["name"], message["recipe"], message["state"], len(message["hosted"]))
            for one in told["channels"]
            for message in one["messages"]
        ]

    assert pictures(before) == pictures(after)
    assert {one["id"] for one in before["channels"]} == {one["id"] for one in after["channels"]}


def test_a_day_brings_posts_replies_edits_and_deletions(microsoft, dental, team):
    before = {message["id"]: message for message in _live(team())["General"]["messages"]}
    count = len([message for one in team()["channels"] for message in one["messages"]])
    microsoft.advance(86_400)
    microsoft.day(dental)

    after = team()
    old = [message for message in _live(after)["General"]["messages"] if message["id"] in before]

    assert len([message for one in after["channels"] for message in one["messages"]]) >= count + 2
    changed = [message for message in old if message["record"] != before[message["id"]]["record"]]
    assert [message["state"] for message in changed].count("deleted") == 1
    assert len(changed) == 3


# A thousandth of each limit lets one request through, and Retry-After tells how long the next one takes to come.
A_THOUSANDTH = 0.001


@pytest.mark.parametrize(
    ("path", "a_second"),
    [("/messages", 20), ("", 30), ("/tabs", 30), ("/members", 60)],
    ids=["messages", "channel", "tabs", "members"],
)
def test_a_tenant_is_asked_so_often_a_second_for_each_kind_of_thing(graph, microsoft, dental, path, a_second):
    first = _general(microsoft, dental, microsoft.team(dental)["id"])
    other = _general(microsoft, dental, microsoft.mutate(dental, {"op": "create_team", "display_name": "Van"})[0]["id"])
    microsoft.limits(A_THOUSANDTH, "teams")

    answers = [graph.get(f"{one}{path}") for one in (first, other)]

    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1].json()["error"]["code"] == "TooManyRequests"
    assert 0.5 < int(answers[1].headers["retry-after"]) / (1000 / a_second) <= 1.1


def test_one_team_is_asked_four_times_a_second_whatever_for(graph, microsoft, dental, team):
    path = _general(microsoft, dental, team()["id"])
    microsoft.limits(A_THOUSANDTH, "teams")

    answers = [graph.get(f"{path}{rest}") for rest in ("/messages", "/members")]

    assert [answer.status_code for answer in answers] == [200, 429]
    assert 0.5 < int(answers[1].headers["retry-after"]) / 250 <= 1.1


def _general(microsoft, dental, team: str) -> str:
    channels = microsoft.team(dental, team)["channels"]
    return f"/teams/{team}/channels/{next(one['id'] for one in channels if one['name'] == 'General')}"


def test_pictures_are_what_the_ground_truth_says(graph, team):
    general = _live(team())["General"]
    path = f"/teams/{team()['id']}/channels/{general['id']}/messages"
    for message in general["messages"]:
        post = message["reply_to"] or message["id"]
        where = f"{path}/{post}" + (f"/replies/{message['id']}" if message["reply_to"] else "")
        for one in message["hosted"]:
            data = graph.get(f"{where}/hostedContents/{one['id']}/$value").content
            assert (hashlib.sha256(data).hexdigest(), len(data)) == (one["sha256"], one["size"])
            assert f"/hostedContents/{one['id']}/$value" in graph.get(where).json()["body"]["content"]
        if message["hosted"]:
            listed = graph.value(f"{where}/hostedContents")
            assert [one["id"] for one in listed] == [one["id"] for one in message["hosted"]]
