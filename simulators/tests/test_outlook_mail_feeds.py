"""The feeds of mail: what they tell, what they do not, and when their links are lost."""

import pytest

from simulators.tests.clients import Graph
from simulators.tests.outlook import happen, ids_of, prefer, removed, round_of


@pytest.fixture
def inbox(dental):
    """The inbox of Acme Dental's administrator, where the nasty mails are."""
    return f"/users/{dental['admin_id']}/mailFolders/inbox"


@pytest.fixture
def user(dental):
    """Acme Dental's ordinary user."""
    return dental["user_id"]


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

    assert round_of(graph, inbox_link)[0] == [removed(told[0]["id"])]
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


def test_what_comes_changes_and_goes_is_told_once_and_what_came_and_went_is_not(microsoft, dental, graph, user):
    prefer(graph, 1)
    told, link = round_of(graph, f"/users/{user}/mailFolders/inbox/messages/delta?$select=isRead")
    known = [one["id"] for one in told]
    was_read = told[0]["isRead"]
    new = happen(microsoft, dental, user, "receive_mail", subject="Hello")
    happen(microsoft, dental, user, "mark_read", message=known[0], read=not was_read)
    happen(microsoft, dental, user, "delete_message", message=known[1])
    brief = happen(microsoft, dental, user, "receive_mail")
    happen(microsoft, dental, user, "delete_message", message=brief["id"], how="purge")

    told, link = round_of(graph, link)

    assert {one["id"]: one.get("isRead") for one in told} == {new["id"]: False, known[0]: not was_read, known[1]: None}
    assert removed(known[1]) in told
    assert round_of(graph, link)[0] == []


def test_a_mail_that_arrives_during_a_round_comes_in_the_next(microsoft, dental, graph, user):
    prefer(graph, 1)
    first = graph.get(f"/users/{user}/mailFolders/inbox/messages/delta").json()
    new = happen(microsoft, dental, user, "receive_mail")

    told, link = round_of(graph, first["@odata.nextLink"])

    assert new["id"] not in ids_of(told)
    assert ids_of(round_of(graph, link)[0]) == {new["id"]}


def test_top_caps_what_a_round_tells_at_all(graph, dental, inbox):
    prefer(graph, 2)

    capped, _ = round_of(graph, f"{inbox}/messages/delta?$top=3")
    whole, _ = round_of(graph, f"{inbox}/messages/delta")

    assert (len(capped), len(whole) > 3) == (3, True)


def test_a_link_holds_the_options_of_its_first_request(graph, dental, inbox):
    _, link = round_of(graph, f"{inbox}/messages/delta?$select=subject")
    other = f"/users/{dental['admin_id']}/mailFolders/archive/messages/delta"

    for path in (f"{link}&$select=body", f"{other}?{link.partition('?')[2]}", f"{link}x"):
        assert graph.get(path).status_code == 400, path
    assert graph.get(f"{inbox}/messages/delta?$select=nonsense").status_code == 400


def test_links_are_lost_when_they_are_old_or_when_exchange_forgets_them(microsoft, dental, graph, user):
    _, link = round_of(graph, f"/users/{user}/mailFolders/inbox/messages/delta")
    happen(microsoft, dental, user, "forget_cursors")
    forgotten = graph.get(link)
    _, link = round_of(graph, f"/users/{user}/mailFolders/inbox/messages/delta")
    microsoft.advance(31 * 86_400)

    old = Graph(microsoft, dental).get(link)

    for answer in (forgotten, old):
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "SyncStateNotFound")


def test_the_feed_of_a_folder_that_is_gone_is_gone(microsoft, dental, graph, user):
    made = happen(microsoft, dental, user, "create_mail_folder", name="Clients of May")
    _, folders = round_of(graph, f"/users/{user}/mailFolders/delta")
    _, link = round_of(graph, f"/users/{user}/mailFolders/{made['id']}/messages/delta")
    happen(microsoft, dental, user, "receive_mail", folder=made["id"])
    happen(microsoft, dental, user, "delete_mail_folder", folder=made["id"], hard=True)

    answer = graph.get(link)

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "ErrorSyncFolderNotFound")
    assert round_of(graph, folders)[0] == [removed(made["id"])]


def test_moods_change_nothing_in_the_end(microsoft, dental, graph, user):
    path = f"/users/{user}/mailFolders/inbox/messages/delta?$select=isRead"
    plain, link = round_of(prefer(graph, 2), path)
    microsoft.moods(dental, seed=3, short=0.5, empty=0.3, duplicates=0.5, replays=0.5, shuffle=True)

    moody, link = round_of(graph, path)
    happen(microsoft, dental, user, "mark_read", message=plain[0]["id"], read=not plain[0]["isRead"])
    changes, _ = round_of(graph, link)

    assert {one["id"]: one["isRead"] for one in moody} == {one["id"]: one["isRead"] for one in plain}
    assert {one["id"]: one["isRead"] for one in changes}[plain[0]["id"]] is not plain[0]["isRead"]


def test_a_mood_tells_of_a_mail_that_was_read_only_that(microsoft, dental, graph, user):
    told, link = round_of(prefer(graph), f"/users/{user}/mailFolders/inbox/messages/delta")
    first, second = told[0], told[1]
    happen(microsoft, dental, user, "mark_read", message=first["id"], read=not first["isRead"])
    happen(microsoft, dental, user, "mark_read", message=second["id"])
    happen(microsoft, dental, user, "update_message", message=second["id"], set={"categories": ["Red"]})
    microsoft.moods(dental, halves=0.999)

    changes = {one["id"]: one for one in round_of(graph, link)[0]}

    assert changes[first["id"]] == {"id": first["id"], "isRead": not first["isRead"]}
    assert changes[second["id"]]["categories"] == ["Red"]


def test_working_days_bring_the_same_to_every_mailbox_whenever_one_looks(microsoft, dental, graph, user):
    _, link = round_of(prefer(graph), f"/users/{user}/mailFolders/inbox/messages/delta")
    microsoft.day(dental)
    told, _ = round_of(graph, link)
    microsoft.day(dental)
    early = {one["id"] for one in microsoft.mailbox(dental, user, with_bytes=False)["messages"]}
    microsoft.control("/reset", {})
    microsoft.add_tenant("Acme Dental", "acme-dental.example", "tiny", seed=1)
    microsoft.day(dental)
    microsoft.day(dental)

    late = {one["id"] for one in microsoft.mailbox(dental, user, with_bytes=False)["messages"]}

    assert [one for one in told if "@removed" not in one]
    assert [one for one in told if "@removed" in one]
    assert early == late


def test_an_emptied_tenant_has_mailboxes_with_nothing_in_them(microsoft, dental, graph, user):
    feed = f"/users/{user}/mailFolders/inbox/messages/delta"
    told, link = round_of(graph, feed)
    microsoft.mutate(dental, {"op": "empty"})
    lists = ("mailFolders", "messages", "events", "calendars", "contacts", "contactFolders", "mailFolders/delta")

    emptied = {path: graph.get(f"/users/{user}/{path}").json()["value"] for path in lists}
    changes, _ = round_of(graph, link)
    microsoft.mutate(dental, {"op": "empty", "empty": False})

    assert emptied == dict.fromkeys(lists, [])
    assert changes == []
    assert ids_of(round_of(graph, feed)[0]) == ids_of(told)
