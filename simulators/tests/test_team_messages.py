"""Messages of channels and chats: lists, feeds, what changes."""

import hashlib
import json

import pytest

from simulators.tests.clients import Graph

NEW_WORDS = {"Prefer": "include-unknown-enum-members"}
DAY = 86_400


@pytest.fixture
def general(microsoft, dental):
    """Return what the first channel of Acme Dental's team really holds, asked for when called."""

    first = microsoft.team(dental)["id"]

    def told() -> dict:
        team = microsoft.team(dental, first)
        return next(one for one in team["channels"] if one["name"] == "General") | {"team": team["id"]}

    return told


@pytest.fixture
def path(general):
    return f"/teams/{general()['team']}/channels/{general()['id']}/messages"


@pytest.fixture
def happens(microsoft, dental, general):
    """Let something happen in the first channel, and return what it touched."""
    return lambda op, **facts: microsoft.mutate(dental, {"op": op, "team": general()["team"]} | facts)[0]


def _round(graph, url: str) -> tuple[dict[str, dict], str, int]:
    """Read a round of a feed of messages; return the posts by id, the next link and the number of requests."""
    found, requests = {}, 0
    while True:
        answer = graph.get(url, **NEW_WORDS)
        assert answer.status_code == 200, answer.text
        requests += 1
        found |= {one["id"]: one for one in answer.json()["value"]}
        if "@odata.deltaLink" in answer.json():
            return found, answer.json()["@odata.deltaLink"], requests
        url = answer.json()["@odata.nextLink"]


def _digest(message: dict) -> str:
    plain = {name: value for name, value in message.items() if not name.startswith(("@", "replies"))}
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _all(posts: dict[str, dict]) -> dict[str, str]:
    """Return the hashes of posts and of the replies in them."""
    inner = {reply["id"]: reply for post in posts.values() for reply in post.get("replies", [])}
    return {key: _digest(one) for key, one in (posts | inner).items()}


def test_list_and_feed_with_replies_hold_everything_word_for_word(graph, general, path):
    listed = {post["id"]: post for post in graph.value(f"{path}?$top=50&$expand=replies", **NEW_WORDS)}
    told, _, requests = _round(graph, f"{path}/delta?$top=5&$expand=replies")

    truth = {message["id"]: message["record"] for message in general()["messages"]}
    assert _all(listed) == truth
    assert 0 < len(told) < len(listed)
    assert requests == -(-len(told) // 5)
    assert _all(told).items() <= truth.items()


def test_the_feed_ends_eight_months_ago_and_the_list_does_not(graph, general, path):
    told, _, _ = _round(graph, f"{path}/delta?$top=50&$expand=replies")
    listed = {post["id"]: post for post in graph.value(f"{path}?$top=50&$expand=replies")}

    latest = {key: max([post, *post["replies"]], key=_modified) for key, post in listed.items()}
    newest_left_out = max(_modified(one) for key, one in latest.items() if key not in told)
    oldest_told = min(_modified(latest[key]) for key in told)
    assert newest_left_out < oldest_told


def _modified(message: dict) -> str:
    return message["lastModifiedDateTime"]


def test_nothing_new_costs_one_request(graph, path):
    _, link, _ = _round(graph, f"{path}/delta?$top=50")

    told, _, requests = _round(graph, link)

    assert (told, requests) == ({}, 1)


def test_posts_edits_reactions_replies_and_deletions_are_told(graph, general, happens, path):
    _, link, _ = _round(graph, f"{path}/delta?$top=50&$expand=replies")
    old = [one for one in general()["messages"] if not one["reply_to"] and one["recipe"] in ("post", "card")]
    changes = {
        happens("post_message", body="<p>Lunch?</p>", subject="Today")["id"]: "new",
        happens("reply_to_post", message=old[0]["id"])["id"]: "reply",
        happens("edit_post", message=old[1]["id"], body="<p>Better</p>")["id"]: "edited",
        happens("react_to_post", message=old[2]["id"], kind="heart")["id"]: "liked",
    }

    told, link, _ = _round(graph, link)

    by_word = {word: key for key, word in changes.items()}
    assert set(told) == {by_word["new"], old[0]["id"], old[1]["id"], old[2]["id"]}
    assert told[by_word["new"]]["subject"] == "Today"
    assert by_word["reply"] in [reply["id"] for reply in told[old[0]["id"]]["replies"]]
    assert told[old[1]["id"]]["body"]["content"] == "<p>Better</p>"
    assert told[old[1]["id"]]["lastEditedDateTime"]
    assert told[old[2]["id"]]["reactions"][-1]["reactionType"] == "heart"
    happens("delete_post", message=old[1]["id"])
    gone = _round(graph, link)[0][old[1]["id"]]
    assert gone["deletedDateTime"]
    assert gone["body"] == {"contentType": "html", "content": ""}
    assert (
        _all(_round(graph, f"{path}/delta?$top=50&$expand=replies")[0]).items()
        <= {message["id"]: message["record"] for message in general()["messages"]}.items()
    )


def test_what_changes_during_a_round_is_told_again(graph, general, happens, path):
    first = graph.get(f"{path}/delta?$top=3", **NEW_WORDS).json()
    early = next(one["id"] for one in first["value"] if not one["deletedDateTime"] and one["eventDetail"] is None)
    happens("edit_post", message=early, body="<p>Later</p>")
    new = happens("post_message")["id"]

    rest, link, _ = _round(graph, first["@odata.nextLink"])
    later, _, _ = _round(graph, link)

    assert new not in rest
    assert set(later) == {early, new}


def test_more_than_a_thousand_replies_go_on_behind_a_link(graph, happens, path):
    post = happens("post_message", body="<p>Who comes?</p>")["id"]
    happens("reply_to_post", message=post, count=1003)

    told = _round(graph, f"{path}/delta?$top=50&$expand=replies")[0][post]
    others = graph.value(told["replies@odata.nextLink"])

    assert (told["replies@odata.count"], len(told["replies"])) == (1003, 1000)
    assert len(others) == 3
    assert len({one["id"] for one in [*told["replies"], *others]}) == 1003
    assert len(graph.value(f"{path}/{post}/replies?$top=50")) == 1003


def test_everything_of_a_team_is_asked_by_when_it_was_modified(graph, general, microsoft, dental):
    whole = f"/teams/{general()['team']}/channels/getAllMessages"
    truth = {one["id"]: one for channel in microsoft.team(dental)["channels"] for one in channel["messages"]}
    middle = sorted(one["modified"] for one in truth.values())[len(truth) // 2]

    early = graph.value(f"{whole}?$filter=lastModifiedDateTime lt {middle}&$top=50")
    late = graph.value(
        f"{whole}?$top=50&$filter=lastModifiedDateTime gt {middle} and lastModifiedDateTime lt 2990-01-01"
    )

    assert {one["id"] for one in early} == {key for key, one in truth.items() if one["modified"] < middle}
    assert {one["id"] for one in late} == {key for key, one in truth.items() if one["modified"] > middle}
    assert {one["channelIdentity"]["teamId"] for one in late} == {general()["team"]}


def test_filters_and_pages_that_make_no_sense_are_refused(graph, path):
    _, link, _ = _round(graph, f"{path}/delta?$top=50")
    refused = (
        f"{path}?$top=51",
        f"{path}/delta?$top=51",
        f"{path}/delta?$filter=lastModifiedDateTime lt 2026-01-01T00:00:00Z",
        f"{path}/delta?$filter=subject eq 'x'",
        f"{path}/delta?$expand=hostedContents",
        f"{path}/delta?$deltatoken=nonsense",
        link.replace(path.split("/")[4], "19:c73fa4c55d9b482dbca38b8d71493811@thread.tacv2"),
    )

    assert [graph.get(one).status_code for one in refused] == [400, 400, 400, 400, 400, 400, 404]


def test_only_what_is_newer_than_a_filter_says_is_told(graph, happens, microsoft, dental, path):
    _, link, _ = _round(graph, f"{path}/delta?$top=50")
    old = happens("post_message", days_ago=20)["id"]
    new = happens("post_message")["id"]
    since = graph.get(f"{path}/{new}").json()["createdDateTime"]

    told, _, _ = _round(graph, f"{path}/delta?$top=50&$filter=lastModifiedDateTime gt {since[:10]}T00:00:00Z")

    assert new in told
    assert old not in told
    assert set(_round(graph, link)[0]) == {old, new}


def test_an_answer_brings_an_old_post_to_the_top(graph, happens, path):
    old = happens("post_message", days_ago=400)["id"]
    since = graph.get(f"{path}/{happens('post_message')['id']}").json()["createdDateTime"]
    _, link, _ = _round(graph, f"{path}/delta?$top=50&$filter=lastModifiedDateTime gt {since}")
    happens("reply_to_post", message=old)

    first = graph.get(f"{path}?$top=1").json()["value"][0]

    assert first["id"] == old
    assert first["lastModifiedDateTime"] == first["createdDateTime"]
    assert set(_round(graph, link)[0]) == {old}


def test_no_post_is_lost_between_two_pages_of_the_same_moment(graph, general, microsoft, dental, path):
    posts = [one for one in general()["messages"] if one["kind"] == "message" and one["state"] == "live"]
    liked = [{"op": "react_to_post", "team": general()["team"], "message": one["id"]} for one in posts]
    microsoft.mutate(dental, *liked)

    listed = [post["id"] for post in graph.value(f"{path}?$top=2", **NEW_WORDS)]

    assert sorted(listed) == sorted(one["id"] for one in general()["messages"] if not one["reply_to"])


def test_a_link_is_forgotten_after_a_while(graph, microsoft, dental, path):
    _, link, _ = _round(graph, f"{path}/delta?$top=50")
    microsoft.advance(8 * DAY)

    answer = Graph(microsoft, dental).get(link)

    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "syncStateNotFound")


def test_links_are_forgotten_when_teams_loses_them(graph, happens, path):
    _, link, _ = _round(graph, f"{path}/delta?$top=50")
    happens("forget_team_cursors")

    assert graph.get(link).json()["error"]["code"] == "syncStateNotFound"
    assert _round(graph, f"{path}/delta?$top=50")[0]


def test_moods_lose_nothing(graph, microsoft, dental, general, path):
    calm, _, _ = _round(graph, f"{path}/delta?$top=5&$expand=replies")
    microsoft.moods(dental, seed=3, short=0.5, empty=0.3, duplicates=0.5, replays=0.5, shuffle=True)

    told, link, requests = _round(graph, f"{path}/delta?$top=5&$expand=replies")

    assert told == calm
    assert requests > len(calm) // 5


def test_messages_may_be_protected(graph, microsoft, dental, general, path):
    microsoft.mutate(dental, {"op": "protect_messages"})
    team = general()["team"]

    answers = [graph.get(one) for one in (path, f"{path}/delta", f"/teams/{team}/channels/getAllMessages")]

    assert [answer.status_code for answer in answers] == [403] * 3
    assert "Protected API" in answers[0].json()["error"]["message"]
    assert graph.get(f"/teams/{team}/channels").status_code == 200


def test_nasty_messages_are_there(general, graph, path):
    posts = {post["id"]: post for post in graph.value(f"{path}?$top=50&$expand=replies", **NEW_WORDS)}
    by_recipe = {one["recipe"]: posts[one["id"]] for one in general()["messages"] if one["id"] in posts}

    assert "<script>" in by_recipe["script"]["body"]["content"]
    assert by_recipe["emoji"]["body"]["content"].startswith("<p><emoji")
    assert by_recipe["event"]["eventDetail"]["@odata.type"] == "#microsoft.graph.membersAddedEventMessageDetail"
    assert by_recipe["event"]["messageType"] == "systemEventMessage"
    assert by_recipe["file"]["attachments"][0]["contentType"] == "reference"
    assert by_recipe["mention"]["mentions"][0]["mentionText"] in by_recipe["mention"]["body"]["content"]
    assert json.loads(by_recipe["card"]["attachments"][0]["content"])["type"] == "AdaptiveCard"
    assert max(len(post["replies"]) for post in posts.values()) == 30
    assert any(one["state"] == "deleted" for one in general()["messages"])


@pytest.fixture
def chatter(microsoft, dental):
    """Graph, in the eyes of an app that may read chats too."""
    app = microsoft.apps["backup"]
    app.roles = [*app.roles, "Chat.Read.All", "Chat.ReadBasic.All"]
    microsoft.apps.write()
    microsoft.consent(dental, app.client_id)
    return Graph(microsoft, dental)


def test_chats_are_told_to_those_in_them(chatter, microsoft, dental):
    truth = microsoft.team(dental, chats=True)["chats"]
    mine = [chat for chat in truth if dental["user_id"] in chat["members"]]
    user = f"/users/{dental['user_id']}/chats"

    listed = chatter.value(f"{user}?$expand=members")
    messages = chatter.value(f"{user}/getAllMessages?$top=50")
    _, link, _ = _round(chatter, f"{user}/getAllMessages/delta?$top=10")
    [said] = microsoft.mutate(dental, {"op": "send_chat_message", "user": dental["user_id"], "body": "<p>Hi</p>"})
    told, _, _ = _round(chatter, link)

    assert mine
    assert {chat["id"]: sorted(one["userId"] for one in chat["members"]) for chat in listed} == {
        chat["id"]: sorted(chat["members"]) for chat in mine
    }
    assert {one["id"]: _digest(one) for one in messages} == {
        message["id"]: message["record"] for chat in mine for message in chat["messages"]
    }
    assert {key: (one["chatId"], one["body"]["content"]) for key, one in told.items()} == {
        said["id"]: (said["chat_id"], "<p>Hi</p>")
    }
