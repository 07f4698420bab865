"""Contacts with and without a photo, in the folder that no list shows and in others."""

import pytest

from backups.connectors.base import CursorExpired, NotThere
from backups.connectors.contract import Feed, Source
from backups.connectors.http import Http
from backups.connectors.microsoft365.contacts import ContactsConnector
from backups.connectors.microsoft365.graph import Graph
from backups.tests.connector_contract import graph_of
from backups.tests.connectors_outlook import Contacts
from backups.tests.scripted_provider import Clock, say

FULL = {"status": 403, "body": {"error": {"code": "ErrorQuotaExceeded", "message": "Quota exceeded."}}}
BOOK = Feed("book-id", "Contacts", "folder")
MIA = Source("mia", "USER")


@pytest.fixture
def contacts(microsoft):
    """The contacts of an ordinary person at Acme Dental."""
    tenant = microsoft.add_tenant("Acme Dental", size="tiny", seed="teeth")
    microsoft.consent(tenant, microsoft.apps["backup"].client_id)
    return Contacts(microsoft, tenant)


@pytest.fixture
def graph(microsoft, contacts):
    with graph_of(microsoft, contacts.tenant) as one:
        yield one


@pytest.fixture
def copy(contacts, graph):
    """A backup of the contacts, made a moment ago."""
    return contacts.copy(graph).pass_over()


@pytest.fixture
def told(provider):
    """The connector of a mailbox at that server."""
    clock = Clock()
    with Http(provider.url, token=lambda fresh: "secret", sleep=clock.sleep, clock=clock) as http:
        yield ContactsConnector(Graph(http, tenant="t"))


def test_the_strangest_contacts_are_all_there(microsoft, contacts, graph):
    ada = Contacts(microsoft, contacts.tenant, contacts.tenant["admin_id"])

    copy = ada.copy(graph).pass_over()

    assert copy.truth() == ada.truth()
    assert any(kept.found.facts["name"] == "" for kept in copy.objects.values())


def test_the_folder_that_no_list_shows_is_there(copy):
    first, *_ = copy.connector.feeds(copy.source)

    assert first.record["wellKnownName"] == "contacts"
    assert any(kept.feed == first.id for kept in copy.objects.values())


def test_a_photo_is_read_again_only_when_it_is_another_one(contacts, copy):
    contact = contacts.change("create_contact", photo=True)["id"]
    copy.pass_over()
    assert copy.opened == 1
    contacts.change("update_contact", contact=contact, set={"jobTitle": "Dentist"})
    copy.pass_over()
    assert (copy.completed, copy.opened) == (1, 0)
    contacts.change("change_photo", contact=contact)
    copy.pass_over()
    assert copy.opened == 1
    contacts.change("change_photo", contact=contact, remove=True)

    copy.pass_over()

    assert copy.objects[contact].parts == {}
    assert copy.truth() == contacts.truth()


def test_a_full_mailbox_is_listed_instead(contacts, copy):
    contacts.simulator.fault(FULL, path=contacts.changes_path)

    for mutation in ("new", "changed", "moved", "deleted"):
        getattr(contacts, mutation)()
        copy.pass_over()

    assert copy.truth() == contacts.truth()
    assert set(copy.cursors.values()) == {""}


def test_a_contact_that_moved_is_not_found_in_its_old_folder(contacts, copy):
    contact = contacts.some_contact()
    contacts.moved()
    feeds = {feed.name: feed for feed in copy.connector.feeds(copy.source)}
    old = next(feed for feed in feeds.values() if feed.id == copy.objects[contact].feed)

    with pytest.raises(NotThere):
        copy.connector.look(copy.source, old, contact)
    assert copy.connector.look(copy.source, feeds["Suppliers"], contact).is_whole


def test_where_only_its_name_is_answered_the_default_folder_has_no_other_id(provider, told):
    say(provider, value=[{"id": "book-2", "displayName": "Suppliers", "parentFolderId": "unknown"}])
    say(provider, 404, error={"code": "ErrorItemNotFound", "message": "No."})
    say(provider, value=[])

    assert [(feed.id, feed.parent) for feed in told.feeds(MIA)] == [("contacts", ""), ("book-2", "")]


def test_a_mailbox_that_is_none_has_no_default_folder_either(provider, told):
    say(provider, 404, error={"code": "MailboxNotEnabledForRESTAPI", "message": "No."})

    with pytest.raises(NotThere):
        list(told.feeds(MIA))


def test_a_contact_that_is_half_told_is_asked_for(provider, told):
    link = f"{provider.url}/v1.0/next"
    say(provider, value=[{"id": "c1", "changeKey": "k"}], **{"@odata.deltaLink": link})
    say(
        provider,
        id="c1",
        changeKey="k",
        createdDateTime="2026-10-25T10:00:00Z",
        displayName="Ben",
        emailAddresses=[None],
    )
    say(provider, 404, error={"code": "ErrorItemNotFound", "message": "No photo."})

    half, _ = told.changes(MIA, BOOK, link)
    whole = told.complete(MIA, BOOK, half)

    assert (whole.facts["name"], whole.facts["addresses"], whole.parts) == ("Ben", [], ())
    assert whole.is_whole


def test_a_cursor_that_is_none_starts_again(told):
    with pytest.raises(CursorExpired):
        list(told.changes(MIA, BOOK, "nonsense"))
