"""Acme Dental's SharePoint: subsites, lists and their feeds, pages."""

import pytest


@pytest.fixture
def site(truth):
    """The intranet of Acme Dental."""
    return next(site["id"] for site in truth()["sites"] if site["path"] == "/sites/intranet")


@pytest.fixture
def tasks(graph, site):
    """The path of its list of tasks."""
    lists = graph.value(f"/sites/{site}/lists")
    return f"/sites/{site}/lists/{next(one['id'] for one in lists if one['displayName'] == 'Tasks')}"


@pytest.fixture
def change(microsoft, dental, site):
    """Let something happen in the intranet, and return what it touched."""
    return lambda op, **facts: microsoft.mutate(dental, {"op": op, "site": site} | facts)[0]


def test_a_subsite_is_found_below_its_site_only_and_holds_things_of_its_own(graph, site):
    [subsite] = graph.value(f"/sites/{site}/sites")

    assert subsite["id"] not in {one["id"] for one in graph.value("/sites/getAllSites")}
    assert graph.get(f"/sites/{subsite['id']}").json()["displayName"] == subsite["displayName"]
    assert "root" not in subsite
    for what in ("drives", "lists", "pages"):
        here, above = ({one["id"] for one in graph.value(f"/sites/{one}/{what}")} for one in (subsite["id"], site))
        assert here
        assert not here & above
    assert graph.value(f"/sites/{subsite['id']}/sites") == []


def test_lists_and_libraries_of_sharepoint_itself_are_for_those_who_ask(graph, site):
    usual = graph.value(f"/sites/{site}/lists")
    every = graph.value(f"/sites/{site}/lists?$select=id,displayName,list,system")
    libraries = graph.value(f"/sites/{site}/drives?$select=name,system")

    assert sorted(one["displayName"] for one in usual) == sorted(
        ["Documents", "Policies", "Tasks", "Suppliers & partners", "Nothing in here", "TaxonomyHiddenList"]
    )
    assert [one["displayName"] for one in usual if one["list"]["hidden"]] == ["TaxonomyHiddenList"]
    system = {one["displayName"]: one["list"]["hidden"] for one in every if "system" in one}
    assert system == {"User Information List": True, "Style Library": True}
    assert [one["name"] for one in libraries if "system" in one] == ["Style Library"]
    assert {one["name"] for one in graph.value(f"/sites/{site}/drives")} == {"Documents", "Policies"}


def test_a_list_says_what_its_columns_and_content_types_are(graph, tasks):
    expanded = graph.get(f"{tasks}?$expand=columns,contentTypes").json()

    assert expanded["columns"] == graph.value(f"{tasks}/columns")
    assert expanded["contentTypes"] == graph.value(f"{tasks}/contentTypes")
    own = {one["name"]: one for one in expanded["columns"] if not one["readOnly"]}
    assert own["State"]["choice"]["choices"] == ["Open", "In progress", "Done"]
    assert "personOrGroup" in own["Assigned"]
    assert [one["name"] for one in expanded["contentTypes"]] == ["Item", "Folder"]


def test_items_show_their_fields_only_when_expanded_and_as_the_ground_truth_says(graph, microsoft, dental, site, tasks):
    plain, whole = graph.value(f"{tasks}/items"), graph.value(f"{tasks}/items?$expand=fields&$top=4")
    some = graph.value(f"{tasks}/items?$expand=fields($select=Title)")

    truth = next(one for one in microsoft.drives(dental, site=site)["lists"] if tasks.endswith(one["id"]))
    assert all("fields" not in item for item in plain)
    shown = {item["id"]: item["fields"] for item in whole}
    assert set(shown) == {item["id"] for item in truth["items"]}
    for item in truth["items"]:
        assert shown[item["id"]].items() >= item["fields"].items()
    assert {name for item in some for name in item["fields"]} == {"@odata.etag", "Title"}


def test_the_feed_of_a_list_tells_new_changed_and_deleted_items(graph, tasks, change):
    every, link, _ = graph.round(f"{tasks}/items/delta?$expand=fields&$top=4")
    assert len(every) == 6
    new = change("create_list_item", list="Tasks", fields={"Title": "Order gloves", "Effort": 2.5})
    told = graph.round(link)
    assert [(item["id"], item["fields"]["Title"]) for item in told[0]] == [(new["id"], "Order gloves")]
    change("update_list_item", list="Tasks", item=new["id"], fields={"Title": "Order masks", "Effort": None})
    change("delete_list_item", list="Tasks", item="1")

    told = {item["id"]: item for item in graph.round(told[1])[0]}

    assert told["1"] == {"id": "1", "deleted": {"state": "deleted"}}
    assert told[new["id"]]["fields"]["Title"] == "Order masks"
    assert "Effort" not in told[new["id"]]["fields"]
    assert graph.get(f"{tasks}/items/1").status_code == 404


def test_a_forgotten_link_of_a_list_is_gone_and_one_of_another_list_refused(graph, site, tasks, change):
    link = graph.round(f"{tasks}/items/delta")[1]
    other = graph.value(f"/sites/{site}/lists/Suppliers/items")
    foreign = link.replace(tasks.rpartition("/")[2], "Suppliers")

    assert other
    assert graph.get(foreign).status_code == 400
    change("forget_drive_cursors", list="Tasks")
    gone = graph.get(link)
    assert gone.status_code == 410
    assert len(graph.round(gone.headers["location"])[0]) == 6


def test_pages_are_listed_plainly_and_show_their_canvas_when_cast_and_expanded(graph, microsoft, dental, site):
    listed = graph.value(f"/sites/{site}/pages")
    cast = graph.value(f"/sites/{site}/pages/microsoft.graph.sitePage?$expand=canvasLayout")

    truth = {page["id"]: page for page in microsoft.drives(dental, site=site)["pages"]}
    assert {page["@odata.type"] for page in listed} == {"#microsoft.graph.sitePage"}
    for page in cast:
        path = f"/sites/{site}/pages/{page['id']}"
        assert (
            graph.get(f"{path}/microsoft.graph.sitePage?$expand=canvasLayout").json()["canvasLayout"]
            == (truth[page["id"]]["canvas"])
            == page["canvasLayout"]
        )
        assert "canvasLayout" not in graph.get(f"{path}/microsoft.graph.sitePage").json()
    assert {page["id"] for page in listed} <= set(truth)


def test_a_page_that_is_edited_has_another_etag_and_later_moment(graph, microsoft, site, change):
    before = {page["id"]: page for page in graph.value(f"/sites/{site}/pages")}
    microsoft.advance(60)
    change("edit_page", page="Home.aspx", text="Closed on Friday")
    made = change("create_page", title="Opening hours", text="Nine to five")
    after = {page["id"]: page for page in graph.value(f"/sites/{site}/pages")}

    changed = [page for page in after.values() if page["id"] in before and page["eTag"] != before[page["id"]]["eTag"]]
    assert [page["name"] for page in changed] == ["Home.aspx"]
    assert changed[0]["lastModifiedDateTime"] > before[changed[0]["id"]]["lastModifiedDateTime"]
    assert set(after) - set(before) == {made["id"]}
    change("delete_page", page=made["id"])
    assert graph.get(f"/sites/{site}/pages/{made['id']}").status_code == 404
