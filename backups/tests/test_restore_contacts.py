"""Contacts that are hard to put back: in another mailbox, with a photo nobody takes, in folders within folders."""

import pytest

from backups.connectors.contract import Feed, Source
from backups.connectors.microsoft365.restore_contacts import ContactsRestorer
from backups.connectors.microsoft365.restore_mailbox import Mailbox
from backups.connectors.restoring import Less, Saved, lying
from backups.tests.connector_contract import graph_of
from backups.tests.looks import Clock
from backups.tests.restoring import MemoryTree, assignment_of

BOOK = Feed("book", "Kontakte", "folder", record={"wellKnownName": "contacts"})
OWN = Feed("own", "Suppliers", "folder", parent="book")
INNER = Feed("inner", "Teeth / Gold", "folder", parent="own")


@pytest.fixture
def dental(microsoft):
    tenant = microsoft.add_tenant("Acme Dental", size="tiny", seed="teeth")
    microsoft.consent(tenant, microsoft.apps["restore"].client_id)
    return tenant


@pytest.fixture
def graph(microsoft, dental):
    with graph_of(microsoft, dental, "restore", clock=Clock(microsoft)) as one:
        yield one


@pytest.fixture
def otto(dental):
    return Source(dental["user_id"], "USER")


def kept(key="c1", feed=BOOK, photo=b"", **record):
    facts = {"id": key, "displayName": "Rita Rival", "emailAddresses": [{"name": "Rita", "address": "r@rival.example"}]}
    facts |= {"createdDateTime": "2019-01-01T00:00:00Z", "lastModifiedDateTime": "2020-01-01T00:00:00Z"}
    parts = {"photo": len(photo)} if photo else {}
    return Saved(key, facts | record, {}, feed, "", parts, lambda part: iter([photo]))


def order(otto, *saved, **choices):
    tree = MemoryTree([BOOK, OWN, INNER], {one.id: one for one in saved})
    return assignment_of(otto, tree, **({"folder": ""} | choices))


def test_folders_within_folders_are_made_once_and_found_again(graph, otto):
    one, two = kept("c1", INNER), kept("c2", INNER)
    first = ContactsRestorer(graph)

    first.put(order(otto, one, two), one, "k1", None)
    ContactsRestorer(graph).put(order(otto, one, two), two, "k2", None)

    mailbox = Mailbox(graph, otto)
    tops = {entry["displayName"]: entry["id"] for entry in mailbox.get("contactFolders")["value"]}
    inner = mailbox.get(f"contactFolders/{tops['Suppliers']}/childFolders")["value"]
    assert [entry["displayName"] for entry in inner] == ["Teeth / Gold"]
    assert len(mailbox.get(f"contactFolders/{inner[0]['id']}/contacts")["value"]) == 2


def test_a_contact_is_known_by_its_id_and_elsewhere_by_what_it_says(graph, otto):
    restorer, saved = ContactsRestorer(graph), kept()
    made = restorer.put(order(otto, saved), saved, "k", None)
    # The same card from another mailbox, one that somebody changed since, and a stranger's.
    same, changed = kept("c9"), kept("c1", displayName="Rita Rich", emailAddresses=[])
    nameless = kept("c8", displayName="", emailAddresses=[])

    there = restorer.marks_there(order(otto, saved), BOOK)

    known = [lying(there, restorer.mark(order(otto), one)) for one in (saved, same, changed, nameless)]
    assert [one and one.id for one in known] == [made.id, made.id, made.id, None]
    assert known[0].content != restorer.mark(order(otto), saved).content


def test_a_photo_that_is_refused_is_missed(microsoft, graph, otto):
    microsoft.fault({"status": 400, "body": {"error": {"code": "ErrorNoPicture"}}}, path="/photo/", method="PUT")
    restorer, saved = ContactsRestorer(graph), kept(photo=b"BM no photo", title=None, children=[])

    outcome = restorer.put(order(otto, saved), saved, "k", None)

    assert outcome.less == (Less.PHOTO,)
    assert restorer.find(order(otto, saved), saved, "k") == outcome.id
