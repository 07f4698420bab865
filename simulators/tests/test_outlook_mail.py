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
