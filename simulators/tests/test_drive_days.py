"""Working days and a bad one in Acme Dental's drives and lists."""

import pytest

from simulators.tests.clients import fetch


@pytest.fixture
def user(dental):
    return dental["user_id"]


@pytest.fixture
def drive(graph, user):
    """The OneDrive of Acme Dental's ordinary user, by its path."""
    return f"/drives/{graph.get(f'/users/{user}/drive').json()['id']}"


def items_of(microsoft, tenant, **which) -> dict[str, tuple]:
    """The ground truth of all files and folders: where each is, and what it holds."""
    drives = microsoft.drives(tenant, **which)["drives"]
    return {item["id"]: (item["path"], item.get("sha256")) for drive in drives for item in drive["items"]}


def test_days_bring_the_same_to_those_who_look_daily_and_those_who_look_later(microsoft, dental):
    for _ in range(2):
        microsoft.day(dental)
        daily = microsoft.drives(dental)
    microsoft.control("/reset", {})
    again = microsoft.add_tenant("Acme Dental", "acme-dental.example", "tiny", seed=1)
    for _ in range(2):
        microsoft.day(again)
    later = microsoft.drives(again)

    def told(truth):
        return [(item["id"], item["path"], item.get("sha256")) for drive in truth["drives"] for item in drive["items"]]

    assert told(daily) == told(later)
    # Names of people are those of the day somebody looked.
    rows = [
        [[(one["id"], one["fields"]) for one in each["items"]] for each in truth["lists"] if not each["hidden"]]
        for truth in (daily, later)
    ]
    assert rows[0] == rows[1]


def test_a_catalogue_that_follows_the_feeds_is_the_ground_truth_after_each_day(graph, microsoft, dental, drive):
    site = next(site["id"] for site in microsoft.manifest(dental)["sites"] if site["path"] == "/sites/intranet")
    feeds = [f"{drive}/root/delta"]
    feeds += [f"/drives/{one['id']}/root/delta" for one in graph.value(f"/sites/{site}/drives")]
    catalogue, links, kinds = {}, {feed: feed for feed in feeds}, set()
    for _ in range(4):
        for feed, link in links.items():
            entries, links[feed], _ = graph.round(link)
            for entry in entries:
                kinds.add("deleted" in entry)
                catalogue.pop(entry["id"], None)
                if "deleted" not in entry:
                    hashes = entry.get("file", {}).get("hashes", {})
                    catalogue[entry["id"]] = (
                        entry["name"],
                        entry["parentReference"].get("id"),
                        hashes.get("quickXorHash"),
                    )
        truth = microsoft.drives(dental, user=dental["user_id"])["drives"]
        truth += [
            one for one in microsoft.drives(dental, site=site)["drives"] if f"/drives/{one['id']}/root/delta" in feeds
        ]
        wanted = {
            item["id"]: (item["name"], item["parent"], item.get("quick_xor_hash"))
            for one in truth
            for item in one["items"]
        }
        assert catalogue == wanted
        microsoft.day(dental)
    assert kinds == {True, False}


def test_days_leave_the_strange_things_alone(microsoft, dental, user):
    def strange():
        found = items_of(microsoft, dental, user=user)
        return {item: facts for item, facts in found.items() if facts[0].startswith("/Strange things")}

    before = strange()
    for _ in range(5):
        microsoft.day(dental)

    assert strange() == before


def test_ransomware_renames_and_rewrites_every_file_and_old_versions_are_still_there(
    graph, microsoft, dental, user, drive
):
    before = items_of(microsoft, dental, user=user)
    link = graph.round(f"{drive}/root/delta")[1]

    done = microsoft.mutate(dental, {"op": "ransomware", "user": user})[0]

    after = items_of(microsoft, dental, user=user)
    files = {item: facts for item, facts in before.items() if facts[1]}
    assert done["encrypted"] == len(files)
    for item, (path, sha256) in files.items():
        assert after[item][0] == f"{path}.locked"
        assert after[item][1] != sha256 or sha256.startswith("e3b0c442")
    told = {entry["id"] for entry in graph.round(link)[0]}
    assert set(files) <= told
    notes = [path for path, _ in after.values() if path.endswith("HOW TO GET YOUR FILES BACK.txt")]
    assert notes
    film = next(item for item, (path, _) in files.items() if path.endswith("/Film.mp4"))
    old = graph.get(f"{drive}/items/{film}/versions/1.0/content").headers["location"]
    assert len(fetch(old).content) == 600_000


def test_a_user_who_came_later_has_an_empty_drive(graph, microsoft, dental):
    new = microsoft.mutate(dental, {"op": "create_user", "display_name": "Nia New", "drive": True, "licensed": True})[0]
    drive = graph.get(f"/users/{new['id']}/drive").json()["id"]

    assert [entry["name"] for entry in graph.round(f"/drives/{drive}/root/delta")[0]] == ["root"]
