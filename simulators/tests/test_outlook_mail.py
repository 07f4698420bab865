"""Mail, as a backup reads it."""

import email
import email.policy

import pytest

from simulators.tests.clients import Graph

IMMUTABLE = {"Prefer": 'IdType="ImmutableId", odata.maxpagesize=50'}


@pytest.fixture
def inbox(dental):
    """The inbox of Acme Dental's administrator, where the nasty mails are."""
    return f"/users/{dental['admin_id']}/mailFolders/inbox"


def messages_of(graph: Graph, folder: str, **headers) -> tuple[dict[str, dict], str]:
    """Read the messages of a folder as a round of its feed; return them by subject, and the next link."""
    told, link, _ = graph.round(f"{folder}/messages/delta?$select=subject,isRead,parentFolderId", 100)
    return {one["subject"]: one for one in told if "@removed" not in one}, link


def test_folders_are_listed_with_what_is_in_them(graph, dental, inbox):
    folders = graph.value(f"/users/{dental['admin_id']}/mailFolders?$top=100")
    hidden = graph.value(f"/users/{dental['admin_id']}/mailFolders?includeHiddenFolders=true&$top=100")
    found = graph.get(inbox).json()
    del found["@odata.context"]

    assert found in folders
    assert len(hidden) == len(folders) + 1
    assert found["totalItemCount"] == len(graph.value(f"{inbox}/messages?$top=100"))
    assert found["childFolderCount"] == len(graph.value(f"{inbox}/childFolders"))


def test_every_mail_is_served_as_the_same_bytes_each_time(graph, dental, inbox):
    told, _ = messages_of(graph, inbox)
    texts = {}
    for one in told.values():
        path = f"/users/{dental['admin_id']}/messages/{one['id']}/$value"
        first, again = graph.get(path), graph.get(path)
        if first.status_code == 200:
            texts[one["subject"]] = first.content
            assert first.content == again.content
            assert email.message_from_bytes(first.content, policy=email.policy.default).get("Subject", "") is not None

    assert len(texts["The whole log"]) > 10_000_000
    assert b"pkcs7-mime" in texts["Confidential"]
    assert len(email.message_from_bytes(texts["All the photos"]).get_payload()) == 41


def ids_of(told: list[dict]) -> set[str]:
    return {one["id"] for one in told}


def prefer(graph: Graph) -> Graph:
    """Let a client prefer immutable ids and small pages, as a backup does on every request."""
    graph.client.headers["Prefer"] = 'IdType="ImmutableId", odata.maxpagesize=7'
    return graph


@pytest.fixture
def user(dental):
    """Acme Dental's ordinary user."""
    return dental["user_id"]


def round_of(graph: Graph, path: str) -> tuple[list[dict], str]:
    """Read one round without touching the client's preferences."""
    told, url = [], path
    while True:
        answer = graph.get(url)
        assert answer.status_code == 200, answer.text
        told += answer.json()["value"]
        if "@odata.deltaLink" in answer.json():
            return told, answer.json()["@odata.deltaLink"]
        url = answer.json()["@odata.nextLink"]


def test_the_feeds_of_all_folders_tell_exactly_what_there_is(microsoft, dental, graph, user):
    truth = microsoft.mailbox(dental, user)
    folders, _ = round_of(prefer(graph), f"/users/{user}/mailFolders/delta?includeHiddenFolders=true")
    extra = graph.get(f"/users/{user}/mailFolders/recoverableitemsdeletions").json()
    told = []
    for folder in [*folders, extra]:
        told += round_of(graph, f"/users/{user}/mailFolders/{folder['id']}/messages/delta")[0]

    assert {one["id"]: one["parentFolderId"] for one in told} == {
        one["id"]: one["folder_id"] for one in truth["messages"]
    }
    assert [one for one in told if len(one["id"]) == 68] == told
    for one in truth["messages"]:
        [mine] = [entry for entry in told if entry["id"] == one["id"]]
        assert one["record"].items() <= mine.items()


def test_a_moved_mail_leaves_one_feed_and_comes_into_another_under_the_same_immutable_id(
    microsoft, dental, graph, user
):
    inbox, archive = (f"/users/{user}/mailFolders/{name}/messages/delta" for name in ("inbox", "archive"))
    ordinary, plain_link = round_of(graph, inbox)
    told, inbox_link = round_of(prefer(graph), inbox)
    _, archive_link = round_of(graph, archive)

    [moved] = microsoft.mutate(
        dental, {"op": "move_message", "user": user, "message": told[0]["id"], "folder": "archive"}
    )

    gone = {"id": told[0]["id"], "@removed": {"reason": "deleted"}}
    assert round_of(graph, inbox_link)[0] == [gone]
    assert ids_of(round_of(graph, archive_link)[0]) == {told[0]["id"]} == {moved["id"]}
    del graph.client.headers["Prefer"]
    [left] = round_of(graph, plain_link)[0]
    assert left["id"] in ids_of(ordinary)
    assert left["id"] != moved["ordinary_id"]
    path = f"/users/{user}/messages/"
    assert [graph.get(path + one).status_code for one in (left["id"], moved["ordinary_id"], moved["id"])] == [
        404,
        200,
        200,
    ]
