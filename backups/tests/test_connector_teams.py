"""Teams as they really are: asked once a day, with a past that no feed tells, and parts that are refused."""

import json
from dataclasses import replace

import pytest

from backups.connectors.base import CannotBeSaved, CursorExpired, ForeignAddress, NotThere, PermissionMissing
from backups.connectors.contract import Feed, Upsert
from backups.connectors.microsoft365.message_fields import latest_in, post_in
from backups.connectors.microsoft365.team_calls import object_id_in
from backups.connectors.microsoft365.teams import TeamsConnector
from backups.tests.connector_contract import Copy, graph_of
from backups.tests.connectors_teams import Teams


@pytest.fixture
def team(microsoft):
    """The team of Acme Dental."""
    tenant = microsoft.add_tenant("Acme Dental", size="tiny", seed="teeth")
    microsoft.consent(tenant, microsoft.apps["backup"].client_id)
    return Teams(microsoft, tenant)


@pytest.fixture
def graph(microsoft, team):
    with graph_of(microsoft, team.tenant) as one:
        yield one


@pytest.fixture
def copy(team, graph):
    """An empty backup of the team."""
    return Copy(TeamsConnector(graph), team.source, team.compared)


@pytest.fixture
def general(copy):
    """The feed of the first channel."""
    return next(feed for feed in copy.connector.feeds(copy.source) if feed.name == "General")


def _asked(microsoft) -> list[str]:
    return [entry["path"] for entry in microsoft.log() if entry["path"].startswith("/graph/")]


def _feed(copy, kind: str) -> Feed:
    return next(feed for feed in copy.connector.feeds(copy.source) if feed.type == kind and not feed.parent)


def test_nothing_is_asked_more_often_than_once_a_day(copy):
    assert {feed.seldom for feed in copy.connector.feeds(copy.source)} == {86_400}


def test_channels_bring_their_tabs_and_private_ones_their_people(copy):
    feeds = list(copy.connector.feeds(copy.source))

    names = {feed.id: feed.name for feed in feeds if feed.type == "channel"}
    own = {names[feed.parent] for feed in feeds if feed.type == "members" and feed.parent}
    assert own == {"Leadership 🔒", "Partners"}
    assert {feed.parent for feed in feeds if feed.type == "tabs"} == set(names)
    shared = next(feed for feed in feeds if feed.name == "Partners")
    assert shared.record["membershipType"] == "shared"


def test_a_pass_without_news_asks_once_for_each_feed(copy, microsoft):
    copy.pass_over()
    feeds = len(list(copy.connector.feeds(copy.source)))
    before = len(_asked(microsoft))

    copy.pass_over()

    assert len(_asked(microsoft)) - before == feeds + 1


def test_the_first_pass_reads_no_post_twice_but_those_of_the_first_page(copy, general, team, microsoft):
    for number in range(60):
        team.change("post_message", body=f"<p>{number}</p>", days_ago=number)
    before = len(_asked(microsoft))

    told = [change for change in copy.connector.changes(copy.source, general, "") if isinstance(change, Upsert)]

    asked = [path.rpartition("/")[2] for path in _asked(microsoft)[before:]]
    assert asked == ["messages", "messages", "delta"]
    assert len({post.id for post in told}) == len(told) > 60


def test_what_is_said_while_the_list_is_read_is_told(copy, general, team):
    for number in range(60):
        team.change("post_message", body=f"<p>{number}</p>", days_ago=number)
    changes = copy.connector.changes(copy.source, general, "")
    told = [next(changes)]
    new = team.change("post_message", body="<p>Meanwhile</p>")["id"]
    old = team.change("reply_to_post", message=told[0].record["id"])["id"]

    told += [change for change in changes if isinstance(change, Upsert)]

    latest = {post.record["id"]: post for post in told}
    assert new in latest
    assert old in [reply["id"] for reply in latest[told[0].record["id"]].record["replies"]]


def test_an_answer_to_a_post_of_years_ago_is_told(copy, team):
    post = team.change("post_message", body="<p>Does this still work?</p>", days_ago=900)["id"]
    copy.pass_over()
    reply = team.change("reply_to_post", message=post)["id"]

    copy.pass_over()

    kept = next(one for one in copy.objects.values() if one.found.record.get("id") == post)
    assert [one["id"] for one in kept.found.record["replies"]] == [reply]
    assert copy.truth() == team.truth()


def test_more_than_a_thousand_answers_are_all_kept_and_fetched_once(copy, team):
    post = team.change("post_message", body="<p>Who comes?</p>")["id"]
    team.change("reply_to_post", message=post, count=1005)
    copy.pass_over()
    first = copy.completed

    copy.cursors.clear()
    copy.pass_over()

    kept = next(one for one in copy.objects.values() if one.found.record.get("id") == post)
    assert len(kept.found.record["replies"]) == kept.found.facts["replies"] == 1005
    assert (first, copy.completed) == (len(copy.objects), 0)
    assert copy.truth() == team.truth()


def test_a_deleted_post_is_kept_as_one_that_was_deleted(copy, team):
    copy.pass_over()
    team.deleted()
    deleted = team.change("post_message", recipe="images")["id"]
    team.change("delete_post", message=deleted)

    copy.pass_over()

    kept = next(one for one in copy.objects.values() if one.found.record.get("id") == deleted)
    assert kept.found.record["body"]["content"] == ""
    assert (kept.found.facts["name"], kept.found.facts["is_deleted"], kept.parts) == ("Deleted message", True, {})


def test_what_the_system_says_is_known_as_that(copy):
    copy.pass_over()

    events = [one.found for one in copy.objects.values() if one.found.record.get("eventDetail")]
    assert {event.record["messageType"] for event in events} == {"systemEventMessage"}
    assert all(event.record["eventDetail"]["members"] for event in events)


def test_messages_that_microsoft_protects_are_said_to_be_refused_and_the_rest_is_read(copy, general, team):
    team.mutate({"op": "protect_messages"})

    with pytest.raises(PermissionMissing):
        list(copy.connector.changes(copy.source, general, ""))
    assert list(copy.connector.changes(copy.source, _feed(copy, "members"), ""))


def test_people_who_are_not_told_keep_nobody_from_the_messages(copy, general, team):
    team.change("refuse_members")

    with pytest.raises(PermissionMissing):
        list(copy.connector.changes(copy.source, _feed(copy, "members"), ""))
    assert len(list(copy.connector.changes(copy.source, general, ""))) > 10


def test_an_archived_team_is_read_like_any_other(copy, team):
    team.mutate({"op": "archive_team", "group": team.team})

    copy.pass_over()

    assert copy.truth() == team.truth()
    assert copy.objects[f"settings/{team.team}"].found.record["isArchived"] is True


def test_a_picture_that_is_lost_cannot_be_saved_and_a_post_that_is_lost_is_not_there(copy, general, microsoft):
    posts = copy.connector.changes(copy.source, general, "")
    post = next(one for one in posts if isinstance(one, Upsert) and one.parts and not one.parts[0].facts["reply"])
    lost = {"status": 404, "body": {"error": {"code": "NotFound", "message": "Not found."}}}

    microsoft.fault(lost, path=r"/hostedContents/[^/]+/\$value")
    with pytest.raises(CannotBeSaved), copy.connector.open(copy.source, general, post, post.parts[0]) as stream:
        stream.read()
    microsoft.fault(lost, path=r"/messages/\d+$")
    with pytest.raises(NotThere), copy.connector.open(copy.source, general, post, post.parts[0]) as stream:
        stream.read()


def test_a_place_in_the_list_is_gone_on_from(copy, general, team, microsoft):
    for number in range(60):
        team.change("post_message", body=f"<p>{number}</p>", days_ago=number)
    told = list(copy.connector.changes(copy.source, general, ""))
    places = [(number, change.cursor) for number, change in enumerate(told) if not isinstance(change, Upsert)]
    everything = {change.id for change in told if isinstance(change, Upsert)}

    assert len(places) == 3
    first = [latest_in(change.record) for change in told[: places[0][0]]]
    assert json.loads(places[0][1])["since"] == min(first) < max(first)
    for number, cursor in places[:2]:
        rest = copy.connector.changes(copy.source, general, cursor)
        assert {one.id for one in (*told[:number], *rest) if isinstance(one, Upsert)} == everything
    before = len(_asked(microsoft))
    list(copy.connector.changes(copy.source, general, places[1][1]))
    assert [path.rpartition("/")[2] for path in _asked(microsoft)[before:]] == ["delta"]


def test_a_conversation_is_kept_with_its_mails_and_their_files(copy, team):
    thread = team.change("write_to_team", topic="Keys", body="Who has them?", file=True)["id"]
    team.change("write_to_team", thread=thread, body="I <do>")

    copy.pass_over()

    kept = copy.objects[f"conversations/{thread}"]
    bodies = [post["body"]["content"] for post in kept.found.record["posts"]]
    assert (kept.found.facts["name"], len(bodies), len(kept.parts)) == ("Keys", 2, 1)
    assert "I &lt;do&gt;" in bodies[1]
    assert all("contentBytes" not in file for file in kept.found.record["posts"][0]["attachments"])
    assert copy.truth() == team.truth()


def test_a_file_of_a_conversation_that_is_not_there_is_said_to_be_gone(copy, team):
    team.change("write_to_team", file=True)
    copy.pass_over()
    kept = next(one for one in copy.objects.values() if one.parts and one.feed == "conversations")
    part = kept.found.parts[0]
    feed = _feed(copy, "conversations")

    with pytest.raises(NotThere):
        copy.connector.open(copy.source, feed, kept.found, replace(part, facts=part.facts | {"file": "other"}))
    team.change("delete_thread", thread=kept.found.record["id"])
    with pytest.raises(NotThere):
        copy.connector.open(copy.source, feed, kept.found, part)


def test_cursors_that_make_no_sense_lead_nowhere(copy, general):
    foreign = json.dumps({"since": "", "list": "https://evil.example/v1.0/teams"})

    for cursor, problem in (("{broken", CursorExpired), ("nonsense", CursorExpired), (foreign, ForeignAddress)):
        with pytest.raises(problem):
            list(copy.connector.changes(copy.source, general, cursor))


def test_an_id_that_no_row_could_hold_is_left_out():
    channel = "19:" + "a" * 200

    assert object_id_in(channel, {"id": "1"}, "message") == f"{channel}/1"
    assert object_id_in(channel, {"id": "1" * 250}, "message") is None
    assert object_id_in(channel, {}, "message") is None


def test_pictures_are_found_wherever_a_message_shows_them():
    address = "https://graph.example/v1.0/teams/t/channels/c/messages/1/hostedContents"
    reply = {"id": "2", "attachments": [{"content": None, "thumbnailUrl": f"{address}/card%2F7%3D/$value"}, 7]}
    body = {"contentType": "html", "content": f'<img src="{address}/a/$value"><img src="{address}/a/$value">'}

    post = post_in("c/1", {"id": "1", "body": body, "replies": [reply, None, "text"]})

    assert [part.facts["hosted"] for part in post.parts] == ["a", "card/7="]
    assert [(part.name, part.facts["message"], part.facts["reply"]) for part in post.parts] == [
        ("hosted:a", "1", ""),
        ("hosted:card%2F7=", "1", "2"),
    ]


def test_a_post_is_another_one_when_a_reply_is_and_not_when_they_only_come_in_another_order():
    replies = [{"id": "2", "etag": "2"}, {"id": "13", "etag": "3"}]
    post = post_in("c/1", {"id": "1", "replies": replies})

    assert post_in("c/1", {"id": "1", "replies": replies[::-1], "replies@odata.count": 2}) == post
    assert post_in("c/1", {"id": "1", "replies": [replies[0] | {"etag": "9"}, replies[1]]}).tag != post.tag
    assert post_in("c/1", {"id": "1"}).tag != post.tag


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ({"contentType": "html", "content": "<p>Salt &amp; <b>pepper</b></p>"}, "Salt &  pepper"),
        ({"contentType": "text", "content": "1 < 2 > 0"}, "1 < 2 > 0"),
        ({"contentType": "html", "content": '<p><emoji alt="x"></emoji></p>'}, ""),
        (None, ""),
        ({"content": 7}, ""),
    ],
)
def test_a_post_is_named_by_its_first_words(content, name):
    assert post_in("c/1", {"id": "1", "body": content}).facts["name"] == name


def test_the_latest_news_of_a_post_may_be_a_reply():
    reply = {"lastModifiedDateTime": "2026-10-25T12:00:00.5Z"}
    post = {"createdDateTime": "2026-10-24T00:00:00Z", "replies": [reply, "nonsense"]}

    assert latest_in(post) == "2026-10-25T12:00:00Z"
    assert latest_in("nonsense") == ""
