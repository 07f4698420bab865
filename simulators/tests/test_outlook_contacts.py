"""Contacts, as a backup reads them."""

import hashlib

import pytest

from simulators.tests.outlook import ids_of, prefer, removed, round_of


@pytest.fixture
def box(graph, dental):
    """The mailbox of Acme Dental's ordinary user, in the eyes of a client that prefers immutable ids."""
    prefer(graph, 2)
    return f"/users/{dental['user_id']}"


def change(microsoft, dental, op: str, **arguments) -> dict:
    """Let something happen to the ordinary user's contacts."""
    return microsoft.mutate(dental, {"op": op, "user": dental["user_id"]} | arguments)[0]


def test_all_folders_but_the_default_one_are_listed_and_all_feeds_together_tell_everything(
    microsoft, dental, graph, box
):
    truth = microsoft.mailbox(dental, dental["user_id"])
    folders, _ = round_of(graph, f"{box}/contactFolders/delta")
    told = round_of(graph, f"{box}/contacts/delta")[0]
    for folder in folders:
        told += round_of(graph, f"{box}/contactFolders/{folder['id']}/contacts/delta")[0]

    default = [one for one in truth["folders"] if one["well_known"] == "contacts"]
    assert ids_of(folders) | ids_of(default) == ids_of([one for one in truth["folders"] if one["kind"] == "contacts"])
    assert len(default) == 1
    assert ids_of(folders).isdisjoint(ids_of(default))
    by_id = {one["id"]: one for one in told}
    assert by_id.keys() == ids_of(truth["contacts"])
    for one in truth["contacts"]:
        assert one["record"].items() <= by_id[one["id"]].items()
    assert "" in {one["displayName"] for one in told}


def test_a_photo_has_an_etag_and_most_contacts_have_none(microsoft, dental, graph, box):
    for one in microsoft.mailbox(dental, dental["user_id"])["contacts"]:
        answer = graph.get(f"{box}/contacts/{one['id']}/photo/$value")
        if "photo" not in one:
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "ErrorItemNotFound")
            continue
        etag = answer.headers["etag"]
        assert hashlib.sha256(answer.content).hexdigest() == one["photo"]["sha256"]
        assert graph.get(f"{box}/contacts/{one['id']}/photo").json()["@odata.mediaEtag"] == etag
        assert graph.get(f"{box}/contacts/{one['id']}/photo/$value", If_None_Match=etag).status_code == 304
        change(microsoft, dental, "change_photo", contact=one["id"])
        assert graph.get(f"{box}/contacts/{one['id']}/photo/$value").headers["etag"] != etag


def test_the_feed_tells_of_new_changed_moved_and_deleted_contacts(microsoft, dental, graph, box):
    told, link = round_of(graph, f"{box}/contacts/delta")
    first, second, third = (one["id"] for one in told[:3])
    folder = graph.value(f"{box}/contactFolders")[0]["id"]
    _, other_link = round_of(graph, f"{box}/contactFolders/{folder}/contacts/delta")
    made = change(microsoft, dental, "create_contact", set={"displayName": "Ada"})
    change(microsoft, dental, "update_contact", contact=first, set={"jobTitle": "Dentist"})
    change(microsoft, dental, "move_contact", contact=second, folder=folder)
    change(microsoft, dental, "delete_contact", contact=third)

    told, _ = round_of(graph, link)

    assert [one for one in told if "@removed" in one] == [removed(second), removed(third)]
    assert {one["id"]: one["jobTitle"] for one in told if "@removed" not in one}[first] == "Dentist"
    assert made["id"] in ids_of(told)
    assert ids_of(round_of(graph, other_link)[0]) == {second}


def test_contact_folders_come_are_renamed_and_go(microsoft, dental, graph, box):
    _, link = round_of(graph, f"{box}/contactFolders/delta")
    made = change(microsoft, dental, "create_contact_folder", name="Dentists")
    change(microsoft, dental, "rename_contact_folder", folder=made["id"], name="Surgeons")
    told, link = round_of(graph, link)
    change(microsoft, dental, "delete_contact_folder", folder=made["id"])

    assert [one["displayName"] for one in told] == ["Surgeons"]
    assert round_of(graph, link)[0] == [removed(made["id"])]
