"""Mail, as a backup reads it."""

import email
import email.policy
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from simulators.tests.clients import Graph
from simulators.tests.outlook import happen, ids_of, prefer


@pytest.fixture
def inbox(dental):
    """The inbox of Acme Dental's administrator, where the nasty mails are."""
    return f"/users/{dental['admin_id']}/mailFolders/inbox"


@pytest.fixture
def user(dental):
    """Acme Dental's ordinary user."""
    return dental["user_id"]


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


def test_ids_tell_capital_from_small_letters(graph, dental):
    for size in (None, prefer(graph)):
        path = f"/users/{dental['admin_id']}/messages"
        ids = [one["id"] for one in graph.value(f"{path}?$select=id&$top=100")]
        assert len({one.lower() for one in ids}) == len(ids) - 1, size
        assert graph.get(f"{path}/{ids[0].swapcase()}").status_code == 400
        # The last letter holds bits that mean nothing, and still there is one way to write an id.
        assert not ids[0].endswith("=") or graph.get(f"{path}/{ids[0][:-2]}B=").status_code == 400


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


def test_several_may_look_first_at_the_same_time(microsoft, dental, user):
    clients = [Graph(microsoft, dental) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda graph: graph.get(f"/users/{user}/mailFolders/inbox"), clients))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1


def test_a_mail_is_found_by_its_message_id(microsoft, dental, graph, user):
    happen(microsoft, dental, user, "receive_mail", folder="archive")
    for message in graph.value(f"/users/{user}/messages?$top=100"):
        wanted = quote(f"internetMessageId eq '{message['internetMessageId']}'", safe="")
        assert ids_of(graph.value(f"/users/{user}/messages?$filter={wanted}")) == {message["id"]}
    assert graph.value(f"/users/{user}/messages?$filter=internetMessageId eq 'nobody'") == []


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
