"""A site of Acme Dental comes back: lists with whom and what they point to, pages with what can be written."""

import json
from dataclasses import replace

import pytest

from backups.connectors.base import CannotBeRestored, DamagedOnTheWay, Obstacle, OutcomeUnclear, ProviderBusy
from backups.connectors.microsoft365.restore_sharepoint import SharePointRestorer
from backups.connectors.microsoft365.sharepoint import SharePointConnector
from backups.connectors.microsoft365.writing import Writer
from backups.connectors.restoring import Conflict, Less, lying
from backups.tests.connector_contract import graph_of
from backups.tests.looks import Clock
from backups.tests.restorer_contract import key_of, put_back, put_surely
from backups.tests.restorers_drives import Site
from backups.tests.restoring import MemoryTree, assignment_of, saved_tree

FOLDER = "Restored 22 Nov 2026"
PLAIN = {"AUTHOR", "COLUMNS"}
STRANGE_PART = {"@odata.type": "#microsoft.graph.standardWebPart", "id": "1", "webPartType": "0-events", "data": {}}


@pytest.fixture
def site(microsoft):
    tenant = microsoft.add_tenant("Acme Dental", size="tiny", seed="teeth")
    for name in ("backup", "restore"):
        microsoft.consent(tenant, microsoft.apps[name].client_id)
    return Site(microsoft, tenant)


@pytest.fixture
def graph(microsoft, site):
    with graph_of(microsoft, site.tenant, "restore", clock=Clock(microsoft)) as one:
        yield one


@pytest.fixture
def restorer(graph):
    return SharePointRestorer(graph)


@pytest.fixture
def make(graph, site):
    """Make something in the site."""
    return lambda path, body: Writer(graph).post(f"sites/{site.site}/{path}", body, counted_by="sharepoint")


@pytest.fixture
def read(microsoft, site):
    """Return what is saved of a site now, of this one unless told."""

    def _read(source=None):
        with graph_of(microsoft, site.tenant) as graph:
            return saved_tree(SharePointConnector(graph), source or site.source)

    return _read


def part(tree, *kinds):
    """Return what can be put back of these parts of the site itself."""
    objects = {
        key: one for key, one in tree.objects.items()
        if one.feed.type in kinds and one.feed.parent == tree.all_feeds[0].id
        and one.feed.record.get("list", {}).get("template") != "userInfo"
    }  # fmt: skip
    return MemoryTree(tree.all_feeds, objects)


def items(site, name):
    """Return the fields of a list's items, by their titles."""
    told = site.simulator.drives(site.tenant, site=site.site)["lists"]
    found = [one["items"] for one in told if one["name"] == name and one["site"] == site.site]
    return [one["fields"] for one in found[0]] if found else None


def pages(site):
    told = site.simulator.drives(site.tenant, site=site.site)["pages"]
    return {one["name"]: one for one in told if one["container"] == site.site}


def titled(tree, title):
    return next(one for one in tree.objects.values() if one.record.get("fields", {}).get("Title") == title)


def put(restorer, order, saved, there=None):
    return restorer.put(order, saved, key_of(order, saved), there)


def test_items_come_back_pointing_to_whom_and_what_they_pointed_to(read, restorer, site, make, microsoft):
    text = {"text": {}}
    rooms = make("lists", {"displayName": "Rooms", "columns": [{"name": "Floor"} | text], "list": {}})
    columns = [
        {"name": "Room", "lookup": {"listId": rooms["id"], "columnName": "Title"}},
        {"name": "Rooms", "lookup": {"listId": rooms["id"], "columnName": "Title", "allowMultipleValues": True}},
        {"name": "Who", "personOrGroup": {"chooseFromType": "peopleOnly"}},
        {"name": "Link", "hyperlinkOrPicture": {"isPicture": False}},
        {"name": "Sum", "readOnly": True, "calculated": {"formula": "=1"}},
        {"name": "Colours", "choice": {"choices": ["red", "blue"]}},
    ]
    visits = make("lists", {"displayName": "Visits", "columns": columns, "list": {"template": "genericList"}})
    for number, title in enumerate(("Blue", "Red"), 1):
        make(f"lists/{rooms['id']}/items", {"fields": {"Title": title, "Floor": str(number)}})
    fields = {"Title": "Mrs Pain", "RoomLookupId": "2", "WhoLookupId": "1", "Colours": ["red", "blue"]}
    make(f"lists/{visits['id']}/items", {"fields": fields | {"RoomsLookupId": [{"LookupId": 1}, {"LookupId": 2}]}})
    make(f"lists/{visits['id']}/items", {"fields": {"Title": "Mr Gone", "RoomLookupId": "9", "WhoLookupId": "99"}})
    make(f"lists/{visits['id']}/items", {"fields": {"Title": "Ms Link", "Link": {"Url": "https://x.example"}}})
    tree = read()
    pain, gone, link = (titled(tree, title) for title in ("Mrs Pain", "Mr Gone", "Ms Link"))
    red = titled(tree, "Red")
    microsoft.mutate(site.tenant, {"op": "delete_list_item", "site": site.path, "list": "Rooms", "item": "2"})
    turns = [restorer.turn(one.feed, one.facts) for one in (red, pain)]
    here, there = (
        assignment_of(site.source, tree),
        assignment_of(site.source, tree, target=site.other, folder="", key="there"),
    )
    back = assignment_of(site.source, tree, folder="", key="back")

    put(restorer, back, red)
    outcomes = [put(restorer, here, one) for one in (pain, gone, link)]
    elsewhere = [put(restorer, there, one) for one in (red, pain)]
    lost = put(
        restorer,
        back,
        replace(
            pain,
            record=pain.record | {"fields": {"Title": "Old", "Dropped": "x", "Attachments": True}},
            feed=replace(
                pain.feed, record=pain.feed.record | {"columns": [{"name": "Title"} | text, {"name": "Dropped"} | text]}
            ),
        ),
    )

    assert turns[0] < turns[1]
    # Room 2 is number 3 since it came back; where it is the first of a new list, it is number 1.
    copied = items(site, f"Visits {FOLDER}")
    assert copied[0] == fields | {"RoomLookupId": "3", "RoomsLookupId": [1, 3]}
    assert copied[1:] == [{"Title": "Mr Gone"}, {"Title": "Ms Link"}]
    assert items(site, f"Rooms {FOLDER}") is None
    assert [set(one.less) - PLAIN for one in outcomes] == [set(), {Less.LOOKUPS}, {Less.VALUES}]
    told = {one["name"]: one["items"] for one in microsoft.drives(site.tenant, site=site.other.remote_id)["lists"]}
    assert told["Visits"][0]["fields"]["RoomLookupId"] == "1"
    assert told["Visits"][0]["fields"]["RoomsLookupId"] == [1]
    assert [set(one.less) - PLAIN for one in elsewhere] == [set(), {Less.LOOKUPS}]
    assert set(lost.less) - PLAIN == {Less.COLUMNS_GONE, Less.ATTACHMENTS}
    assert (
        restorer.turn(
            next(one for one in tree.all_feeds if one.record.get("list", {}).get("template") == "userInfo"), {}
        )
        < 0
    )


def test_twins_are_two_again_and_a_second_restore_adds_nothing(read, graph, restorer, site, make, microsoft):
    twins = [{"op": "create_list_item", "site": site.path, "list": "Tasks", "fields": {"Title": "Twin"}}] * 2
    microsoft.mutate(site.tenant, *twins)
    tree = part(read(), "list")
    titles = sorted(str(one) for one in items(site, "Tasks"))
    site.destroy()
    microsoft.fault({"reset": True}, path="/items$", method="POST", when={"every": 2})
    order = assignment_of(site.source, tree, folder="")

    put_back(restorer, order)

    microsoft.heal()
    assert sorted(str(one) for one in items(site, "Tasks")) == titles
    # Another restore finds them by what stands in them, though their numbers are others.
    other = assignment_of(site.source, tree, folder="", key="other")
    again = SharePointRestorer(graph)
    marks = {feed.id: again.marks_there(other, feed) for feed in tree.feeds()}
    assert all(lying(marks[one.feed.id], again.mark(other, one)) for one in tree.objects.values())


def test_an_item_is_replaced_when_the_new_one_is_there(read, graph, restorer, site, microsoft):
    tree = part(read(), "list")
    task = next(one for one in tree.objects.values() if one.feed.name == "Tasks")
    number = task.id.rpartition("/")[2]
    change = {"op": "update_list_item", "site": site.path, "list": "Tasks", "item": number, "fields": {"Title": "Pay"}}
    microsoft.mutate(site.tenant, change)
    order = assignment_of(site.source, tree, folder="", conflict=Conflict.REPLACE)
    there = restorer.marks_there(order, task.feed)[restorer.mark(order, task).name]
    microsoft.fault({"status": 429, "retry_after": 900}, path="/items/", method="DELETE")
    before = items(site, "Tasks")

    with pytest.raises(ProviderBusy):
        put(restorer, order, task, there)
    assert len(items(site, "Tasks")) == len(before) + 1
    microsoft.heal()
    graph.http.sleep(1000)
    found = SharePointRestorer(graph).find(order, task, key_of(order, task))

    after = items(site, "Tasks")
    assert found.rpartition("/")[0] == task.feed.id
    assert len(after) == len(before)
    assert [one["Title"] for one in after].count("Pay") == 0
    folder = replace(task, record=task.record | {"contentType": {"id": "0x0120D5"}})
    with pytest.raises(CannotBeRestored) as problem:
        put(restorer, order, folder)
    assert problem.value.obstacle == Obstacle.NOT_RESTORABLE


def test_pages_come_back_with_what_can_be_written(read, graph, restorer, site, microsoft):
    tree = part(read(), "pages")
    home, news = (
        next(one for one in tree.objects.values() if one.record["promotionKind"] == kind)
        for kind in ("page", "newsPost")
    )
    section = {"id": "9", "layout": "oneColumn", "columns": [{"id": "1", "width": 12, "webparts": [STRANGE_PART]}]}
    layout = home.record["canvasLayout"]
    odd = {"canvasLayout": layout | {"horizontalSections": [*layout["horizontalSections"], section]}}
    draft = replace(home, record=home.record | odd | {"publishingState": {"level": "checkout"}})
    order = assignment_of(site.source, tree)
    refused = {
        "status": 400,
        "body": {"error": {"code": "invalidRequest", "message": "A part of it is not supported."}},
    }
    since = len(microsoft.log())

    outcome = put(restorer, order, draft)
    published = [one for one in microsoft.log()[since:] if one["path"].endswith("/publish")]
    microsoft.fault(refused, path="/pages$", method="POST", times=1)
    texts = put(restorer, order, news)

    live = pages(site)
    assert set(outcome.less) == {Less.AUTHOR, Less.WEB_PARTS}
    assert published == []
    assert set(texts.less) == {Less.AUTHOR, Less.WEB_PARTS, Less.SETTINGS}
    copy = live["Home-Restored-22-Nov-2026.aspx"]
    assert copy["canvas"]["horizontalSections"][:-1] == layout["horizontalSections"]
    assert "0-events" not in json.dumps(copy["canvas"])
    text = json.dumps(live[news.record["name"].replace(".aspx", "-Restored-22-Nov-2026.aspx")]["canvas"])
    assert "innerHtml" in text
    assert "webPartType" not in text
    assert restorer.find(order, news, key_of(order, news)) == texts.id
    link = replace(home, record=home.record | {"@odata.type": "#microsoft.graph.newsLinkPage"})
    with pytest.raises(CannotBeRestored, match="a link"):
        put(restorer, order, link)


def test_a_page_is_copied_or_replaced_and_is_never_missing(read, graph, restorer, site, microsoft):
    tree = part(read(), "pages")
    home = next(one for one in tree.objects.values() if one.record["name"] == "Home.aspx")
    microsoft.mutate(site.tenant, {"op": "edit_page", "site": site.path, "page": "Home.aspx", "text": "Give us money"})
    order = assignment_of(site.source, tree, folder="", conflict=Conflict.REPLACE)
    there = restorer.marks_there(order, home.feed)["home.aspx"]
    number = len(pages(site))
    microsoft.fault({"reset": True}, path="/pages$", method="POST", when={"nth": 2})
    copies = assignment_of(site.source, tree, folder="", conflict=Conflict.COPY, key="copy")
    since = len(microsoft.log())

    with pytest.raises(OutcomeUnclear):
        put(restorer, order, home, there)
    done = [one["method"] for one in microsoft.log()[since:] if one["method"] != "GET"]
    found = SharePointRestorer(graph).find(order, home, key_of(order, home))
    beside = put_surely(restorer, copies, home, there)

    live = pages(site)
    assert done == ["POST", "DELETE", "POST"]
    assert (live["Home.aspx"]["id"], live["Home.aspx"]["canvas"]) == (found, home.record["canvasLayout"])
    assert live["Home-restored.aspx"]["id"] == beside.id
    assert len(live) == number + 1


def test_a_library_is_made_where_it_is_missing_and_room_is_told(read, restorer, site, microsoft):
    tree = part(read(), "library")
    file = next(one for one in tree.objects.values() if one.feed.name == "Policies" and "content" in one.parts)
    order = assignment_of(site.source, tree, target=site.other)
    microsoft.fault({"reset": True}, path="/lists$", method="POST", times=1)

    put(restorer, order, file)

    drives = microsoft.drives(site.tenant, site=site.other.remote_id)["drives"]
    assert sorted(one["name"] for one in drives if not one["system"]) == ["Documents", "Policies"]
    made = next(one for one in drives if one["name"] == "Policies")
    assert any(one["path"].endswith(f"/{file.record['name']}") for one in made["items"])
    assert restorer.check(order).free > 1 << 30


@pytest.mark.parametrize("facts", [{}, {"changing": True}], ids=["the same each time", "others each time"])
def test_office_files_that_sharepoint_writes_into_are_no_damaged_ones(read, restorer, site, microsoft, facts):
    library = {"site": site.path, "library": "Documents"}
    microsoft.mutate(
        site.tenant,
        {"op": "create_file", "name": "Rota.docx"} | library,
        {"op": "create_file", "name": "Plan.txt", "text": "Plan"} | library,
    )
    tree = part(read(), "library")
    rota, plan = (
        next(one for one in tree.objects.values() if one.record["name"] == name) for name in ("Rota.docx", "Plan.txt")
    )
    microsoft.mutate(site.tenant, {"op": "enrich_uploads"} | facts)
    order = assignment_of(site.source, tree)
    put(restorer, order, plan)
    microsoft.fault({"reset": True}, path="/content$", method="PUT", times=1)

    found = put_surely(restorer, order, rota)
    again = put(restorer, assignment_of(site.source, tree, key="again"), rota)
    other = replace(rota, id="other", record=rota.record | {"name": "Others.docx"})
    microsoft.mutate(site.tenant, {"op": "create_file", "name": "Others.docx", "parent": f"/{FOLDER}"} | library)
    beside = put(restorer, order, other)
    with pytest.raises(DamagedOnTheWay):
        put(
            restorer,
            order,
            replace(
                rota,
                id="odd",
                record=rota.record | {"name": "Odd.docx", "file": {"hashes": {"quickXorHash": "x" * 27 + "="}}},
            ),
        )

    drives = microsoft.drives(site.tenant, site=site.site)["drives"]
    held = next(one["items"] for one in drives if one["name"] == "Documents" and one["site"] == site.site)
    names = sorted(one["name"] for one in held if one["path"].startswith(f"/{FOLDER}/"))
    assert names == ["Others (restored).docx", "Others.docx", "Plan.txt", "Rota.docx"]
    assert found.id == again.id
    assert Less.REWRITTEN in again.less
    assert Less.REWRITTEN in beside.less
