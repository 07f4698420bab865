"""What drives, lists and pages now and then answer, and what must not be made of it."""

import pytest

from backups.connectors.base import NotThere
from backups.connectors.contract import Source, Upsert
from backups.connectors.microsoft365.drive_items import item_in
from backups.connectors.microsoft365.lists import list_item_in
from backups.connectors.microsoft365.sharepoint import SharePointConnector
from backups.tests.connector_contract import graph_of
from backups.tests.connectors_drives import Site

DENIED = {"status": 404, "body": {"error": {"code": "itemNotFound", "message": "The resource could not be found."}}}


@pytest.fixture
def site(microsoft):
    """A site of Acme Dental, with a page about its holidays."""
    tenant = microsoft.add_tenant("Acme Dental", size="tiny", seed="teeth")
    microsoft.consent(tenant, microsoft.apps["backup"].client_id)
    one = Site(microsoft, tenant)
    one.change("create_page", title="Holidays", text="Closed in May")
    return one


@pytest.fixture
def told(site, microsoft):
    """What the pages of the site tell, listed anew each time."""
    with graph_of(microsoft, site.tenant) as graph:
        connector, source = SharePointConnector(graph), Source(site.site, "SITE")
        pages = next(one for one in connector.feeds(source) if one.type == "pages" and one.parent == site.site)
        yield lambda: [one.id for one in connector.changes(source, pages, "") if isinstance(one, Upsert)]


def test_pages_that_are_denied_once_are_not_taken_for_deleted(told, microsoft):
    before = told()
    microsoft.fault(DENIED, path="/pages$", times=1)

    assert told() == before != []


def test_a_list_of_pages_that_breaks_off_is_not_taken_for_a_whole_one(told, microsoft, site):
    operation = {"op": "create_page", "site": site.path, "text": "Closed"}
    site.mutate(*(operation | {"title": f"Week {number}"} for number in range(100)))
    microsoft.fault(DENIED, path="/pages$", when={"nth": 2})

    with pytest.raises(NotThere):
        told()


def test_how_much_lies_in_a_folder_of_a_list_is_no_news_of_the_folder():
    folder = {"id": "1", "eTag": "1", "webUrl": "https://acme.example/Lists/Tasks/Old", "fields": {"Title": "Old"}}
    fuller = folder | {"fields": {"Title": "Old", "ItemChildCount": "3", "FolderChildCount": "0"}}
    elsewhere = folder | {"webUrl": "https://acme.example/Lists/Chores/Old"}

    assert list_item_in("1", fuller) == list_item_in("1", folder) == list_item_in("1", elsewhere)
    assert list_item_in("1", fuller).record == list_item_in("1", folder).record
    assert list_item_in("1", folder | {"fields": {"Title": "New"}}).tag != list_item_in("1", folder).tag


def test_a_file_that_no_link_leads_to_any_more_but_that_follows_no_folder_is_asked_who_may_see_it():
    """Microsoft tells it by a facet with nothing in it."""
    file = {"id": "1", "name": "Pay.xlsx", "file": {}}

    whole = [item_in("1", file | facet).is_whole for facet in ({}, {"shared": None}, {"shared": {}})]

    assert whole == [True, True, False]
    assert item_in("1", file | {"shared": {}}).facts["is_shared"] is False


def test_a_site_says_that_older_versions_are_kept_only_to_whom_they_are_kept(site, microsoft):
    with graph_of(microsoft, site.tenant) as graph:
        kept = [SharePointConnector(graph, with_versions=wanted).capabilities.versions for wanted in (False, True)]

    assert kept == [False, True]
