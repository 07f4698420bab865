"""Sites as they really are: with subsites that no list names, lists that are SharePoint's own, and closed doors."""

import pytest

from backups.connectors.base import CursorExpired, NotThere, PermissionMissing, UnexpectedAnswer
from backups.connectors.contract import Checkpoint, Feed, Source, Upsert
from backups.connectors.microsoft365.sharepoint import SharePointConnector
from backups.tests.connector_contract import Copy, graph_of
from backups.tests.connectors_drives import Site

REFUSED = {"status": 403, "body": {"error": {"code": "accessDenied", "message": "Access denied"}}}


@pytest.fixture
def site(microsoft):
    """A site of Acme Dental with a subsite."""
    tenant = microsoft.add_tenant("Acme Dental", size="tiny", seed="teeth")
    microsoft.consent(tenant, microsoft.apps["backup"].client_id)
    return Site(microsoft, tenant)


@pytest.fixture
def graph(microsoft, site):
    with graph_of(microsoft, site.tenant) as one:
        yield one


@pytest.fixture
def copy(site, graph):
    """An empty backup of the site."""
    return Copy(SharePointConnector(graph), site.source, site.compared)


@pytest.fixture
def feeds(copy):
    return list(copy.connector.feeds(copy.source))


def _one(feeds, kind, name, parent=None) -> Feed:
    return next(feed for feed in feeds if (feed.type, feed.name) == (kind, name) and parent in (None, feed.parent))


def _told(copy, feed) -> list[Upsert]:
    return [one for one in copy.connector.changes(copy.source, feed, "") if isinstance(one, Upsert)]


def test_a_site_consists_of_its_libraries_lists_and_pages_and_of_its_subsites(feeds, site):
    top, below = (feed for feed in feeds if feed.type == "site")

    assert (top.id, top.parent, below.parent) == (site.site, "", site.site)
    for one, libraries in ((top, {"Documents", "Policies"}), (below, {"Documents"})):
        of_it = [feed for feed in feeds if feed.parent == one.id]
        assert {feed.name for feed in of_it if feed.type == "library"} == libraries
        assert {feed.name for feed in of_it if feed.type == "list"} == {
            "Tasks", "Suppliers & partners", "Nothing in here", "User Information List",
        }  # fmt: skip
        assert [feed.has_delta for feed in of_it if feed.type == "pages"] == [False]


def test_a_list_brings_its_columns_and_a_library_too(feeds):
    tasks, documents = _one(feeds, "list", "Tasks"), _one(feeds, "library", "Documents")

    assert {"Title", "State", "Effort"} <= {column["name"] for column in tasks.record["columns"]}
    assert tasks.record["contentTypes"]
    assert documents.record["list"]["columns"]


def test_what_a_site_says_of_itself_does_not_change_with_its_files(copy, feeds, site):
    site.new()

    assert [(feed, feed.record) for feed in copy.connector.feeds(copy.source)] == [(one, one.record) for one in feeds]


def test_who_the_numbers_in_lists_are_can_be_told(copy, feeds, site):
    people = _told(copy, _one(feeds, "list", "User Information List", site.site))

    numbers = {one.record["id"] for one in people if one.facts["name"]}
    for task in _told(copy, _one(feeds, "list", "Tasks", site.site)):
        fields = task.record["fields"]
        assert {fields.get("AssignedLookupId", fields["AuthorLookupId"]), fields["AuthorLookupId"]} <= numbers


def test_one_list_or_library_that_is_refused_keeps_nobody_from_the_others(copy, feeds, microsoft):
    refused = [_one(feeds, "list", "Tasks"), _one(feeds, "library", "Policies"), _one(feeds, "pages", "Pages")]
    for feed in refused:
        path = {"pages": "/pages$"}.get(feed.type, feed.id)
        microsoft.fault(REFUSED, path=path)

    for feed in copy.connector.feeds(copy.source):
        if feed in refused or feed.type == "pages":
            with pytest.raises(PermissionMissing):
                _told(copy, feed)
        else:
            assert list(copy.connector.changes(copy.source, feed, ""))


def test_a_subsite_that_is_refused_says_so_and_the_site_is_read(copy, feeds, microsoft):
    below = [feed for feed in feeds if feed.type == "site"][1]
    microsoft.fault(REFUSED, path=below.id.rpartition(",")[2] + "/")

    after = list(copy.connector.feeds(copy.source))

    closed = next(feed for feed in after if feed.id == below.id)
    assert closed.is_closed
    assert [feed.id for feed in after] == [feed.id for feed in feeds if feed.parent != below.id]
    with pytest.raises(PermissionMissing):
        list(copy.connector.changes(copy.source, closed, ""))
    microsoft.heal()
    with pytest.raises(UnexpectedAnswer):
        list(copy.connector.changes(copy.source, closed, ""))


def test_a_site_that_does_not_tell_what_it_consists_of_is_not_taken_for_an_empty_one(copy, microsoft):
    microsoft.fault(REFUSED, path="/drives$")

    with pytest.raises(PermissionMissing):
        list(copy.connector.feeds(copy.source))


def test_a_site_without_a_place_for_pages_has_none(copy, feeds, microsoft):
    microsoft.fault({"status": 404, "body": {"error": {"code": "itemNotFound"}}}, path="/pages$")

    pages = _one(feeds, "pages", "Pages")

    assert list(copy.connector.changes(copy.source, pages, "")) == [Checkpoint("", is_end=True)]


def test_only_a_page_with_another_version_is_read(copy, site, microsoft):
    site.change("create_page", title="Holidays", text="Closed in May")
    copy.pass_over()
    site.change("edit_page", page="Holidays.aspx", text="Open in May")
    since = len(microsoft.log())

    copy.pass_over()

    read = [entry["path"] for entry in microsoft.log()[since:] if entry["path"].endswith("microsoft.graph.sitePage")]
    assert len(read) == copy.completed == 1
    assert copy.truth() == site.truth()


def test_a_list_that_forgot_where_we_were_is_listed_again(copy, feeds, site):
    copy.pass_over()
    site.change("forget_drive_cursors", list="Tasks")
    tasks = _one(feeds, "list", "Tasks", site.site)

    with pytest.raises(CursorExpired):
        list(copy.connector.changes(copy.source, tasks, copy.cursors[tasks.id]))
    copy.pass_over()

    assert copy.completed == 0


def test_what_lies_in_another_feed_is_not_there(copy, feeds):
    copy.pass_over()
    for kind, name in (("list", "Tasks"), ("library", "Documents"), ("pages", "Pages")):
        feed = _one(feeds, kind, name)
        for other in feeds:
            if other != feed:
                with pytest.raises(NotThere):
                    copy.connector.look(copy.source, other, f"{feed.id}/1")


def test_the_site_of_a_team_is_read_like_any_other(copy, site, microsoft):
    sites = microsoft.manifest(site.tenant)["sites"]
    site.site = next(one["id"] for one in sites if one["group_id"] and one["state"] == "live")
    copy.source = Source(site.site, "SITE")

    copy.pass_over()

    assert copy.truth() == site.truth()
