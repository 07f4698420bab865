"""Mail, as a backup reads it."""

import email
import email.policy

import pytest

from simulators.tests.clients import Graph
from simulators.tests.outlook import ids_of, prefer, removed, round_of


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


def happen(microsoft, dental, user, op: str, **arguments) -> dict:
    """Let something happen in a mailbox."""
    return microsoft.mutate(dental, {"op": op, "user": user} | arguments)[0]


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


def test_ids_tell_capital_from_small_letters(graph, dental):
    for size in (None, prefer(graph)):
        path = f"/users/{dental['admin_id']}/messages"
        ids = [one["id"] for one in graph.value(f"{path}?$select=id&$top=100")]
        assert len({one.lower() for one in ids}) == len(ids) - 1, size
        assert graph.get(f"{path}/{ids[0].swapcase()}").status_code == 400


def test_who_has_no_mailbox_in_the_cloud_has_none(graph, dental, truth):
    people = {one["kind"]: one["id"] for one in truth()["users"] if one["state"] == "live"}
    for kind in ("guest", "on_premises"):
        answer = graph.get(f"/users/{people[kind]}/mailFolders/delta")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "MailboxNotEnabledForRESTAPI")
    for kind in ("shared", "room", "equipment", "disabled"):
        assert graph.get(f"/users/{people[kind]}/mailFolders/inbox/messages").json()["value"], kind


def test_a_corrupt_mail_stays_so_and_a_hidden_one_comes_the_second_time(microsoft, dental, graph, inbox):
    box, admin = f"/users/{dental['admin_id']}", dental["admin_id"]
    messages = {one["recipe"]: one["id"] for one in microsoft.mailbox(dental, admin, with_bytes=False)["messages"]}
    corrupt, hidden = (f"{box}/messages/{messages[recipe]}/$value" for recipe in ("corrupt", "hidden_once"))

    answers = [graph.get(path) for path in (corrupt, corrupt, hidden, hidden)]

    assert [answer.status_code for answer in answers] == [500, 500, 404, 200]
    assert answers[0].json()["error"]["code"] == "ErrorCorruptData"


def test_what_is_expanded_is_there_and_what_is_not_selected_is_not(microsoft, dental, graph, inbox):
    admin = dental["admin_id"]
    truth = microsoft.mailbox(dental, admin, with_bytes=False)["messages"]
    nested = next(one["id"] for one in truth if one["recipe"] == "nested")
    path = f"/users/{admin}/messages/{nested}"

    [one] = graph.get(f"{path}/attachments?$expand=microsoft.graph.itemAttachment/item").json()["value"]
    sized = graph.get(f"{path}?$select=subject&$expand=singleValueExtendedProperties($filter=id eq 'Long 0x0E08')")

    assert (one["@odata.type"], one["item"]["@odata.type"]) == (
        "#microsoft.graph.itemAttachment",
        "#microsoft.graph.message",
    )
    inner = email.message_from_bytes(graph.get(f"{path}/attachments/{one['id']}/$value").content)
    assert inner["Message-ID"] == one["item"]["internetMessageId"]
    whole = sized.json()
    assert set(whole) == {"@odata.context", "@odata.etag", "id", "subject", "singleValueExtendedProperties"}
    [size] = whole["singleValueExtendedProperties"]
    assert (size["id"], int(size["value"]) > one["size"]) == ("Long 0xe08", True)
    assert graph.get(f"{path}?$expand=nonsense").status_code == 400


def test_many_attachments_must_be_listed_without_their_bytes_first(microsoft, dental, graph, user):
    made = happen(microsoft, dental, user, "receive_mail", recipe="many_files", files=300)
    path = f"/users/{user}/messages/{made['id']}/attachments"

    assert graph.get(path).status_code == 504
    assert len(graph.value(f"{path}?$select=name,size")) == 300


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


def test_moods_change_nothing_in_the_end(microsoft, dental, graph, user):
    path = f"/users/{user}/mailFolders/inbox/messages/delta?$select=isRead"
    plain, link = round_of(prefer(graph, 2), path)
    microsoft.moods(dental, seed=3, short=0.5, empty=0.3, duplicates=0.5, replays=0.5, shuffle=True)

    moody, link = round_of(graph, path)
    happen(microsoft, dental, user, "mark_read", message=plain[0]["id"], read=not plain[0]["isRead"])
    changes, _ = round_of(graph, link)

    assert {one["id"]: one["isRead"] for one in moody} == {one["id"]: one["isRead"] for one in plain}
    assert {one["id"]: one["isRead"] for one in changes}[plain[0]["id"]] is not plain[0]["isRead"]


def test_a_ransomware_day_takes_most_mails_and_leaves_notes(microsoft, dental, user):
    before = microsoft.mailbox(dental, user, with_bytes=False)["messages"]

    [answer] = microsoft.mutate(dental, {"op": "ransomware", "user": user})

    after = microsoft.mailbox(dental, user, with_bytes=False)["messages"]
    notes = [one for one in after if one["recipe"] == "ransom"]
    assert len(after) - len(notes) == len(before) - answer["messages_gone"]
    assert (answer["messages_gone"] > len(before) / 2, len(notes) > 1) == (True, True)


def test_what_could_run_is_taken_out_of_texts_unless_one_prefers_to_have_it(microsoft, dental, graph, user):
    made = happen(microsoft, dental, user, "receive_mail", recipe="script")
    path = f"/users/{user}/messages/{made['id']}"

    safe, plain, unsafe = (
        graph.get(path, Prefer=preference).json()["body"]
        for preference in ("", 'outlook.body-content-type="text"', "outlook.allow-unsafe-html")
    )

    assert "alert" not in safe["content"]
    assert (plain["contentType"], "<" in plain["content"]) == ("text", False)
    assert "<script>" in unsafe["content"]
    assert b"<script>" in graph.get(f"{path}/$value").content


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
