"""What happens in Acme Dental's drives, as their feeds and the ground truth tell it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from simulators.tests.clients import Graph, fetch


@pytest.fixture
def user(dental):
    return dental["user_id"]


@pytest.fixture
def drive(graph, user):
    """The OneDrive of Acme Dental's ordinary user, by its path."""
    return f"/drives/{graph.get(f'/users/{user}/drive').json()['id']}"


@pytest.fixture
def change(microsoft, dental, user):
    """Let something happen in the user's OneDrive, and return what it touched."""
    return lambda op, **facts: microsoft.mutate(dental, {"op": op, "user": user} | facts)[0]


@pytest.fixture
def link(graph, drive):
    return graph.round(f"{drive}/root/delta")[1]


def told(graph, link) -> dict[str, dict]:
    """What a feed tells of changed items alone, by id."""
    answer = graph.get(link, deltaExcludeParent="true")
    assert answer.status_code == 200, answer.text
    return {entry["id"]: entry for entry in answer.json()["value"]}


def test_the_ground_truth_is_what_the_feeds_tell(graph, microsoft, dental):
    truth = microsoft.drives(dental)

    assert sorted(drive["name"] for drive in truth["drives"] if drive["owner_id"]) == ["OneDrive"] * 2
    for drive in truth["drives"]:
        entries = {entry["id"]: entry for entry in graph.round(f"/drives/{drive['id']}/root/delta")[0]}
        assert set(entries) == {item["id"] for item in drive["items"]}
        for item in drive["items"]:
            entry = entries[item["id"]]
            hashes = entry.get("file", {}).get("hashes", {})
            assert (entry["name"], hashes.get("quickXorHash")) == (item["name"], item.get("quick_xor_hash"))
            assert entry["parentReference"].get("id") == item["parent"]


def test_the_same_seed_makes_the_same_drives(microsoft, dental):
    before = microsoft.drives(dental, user=dental["user_id"])
    microsoft.control("/reset", {})
    again = microsoft.add_tenant("Acme Dental", "acme-dental.example", "tiny", seed=1)
    after = microsoft.drives(again, user=again["user_id"])

    def told(truth):
        return [(item["id"], item["path"], item.get("sha256")) for item in truth["drives"][0]["items"]]

    assert told(before) == told(after)


def test_a_new_and_a_changed_file_are_told_with_their_new_hash(graph, drive, change, link):
    made = change("create_file", parent="/Strange things", name="New.txt", text="first")
    first = told(graph, link)
    change("change_file", item=made["id"], text="second")
    second = told(graph, link)

    assert list(first) == list(second) == [made["id"]]
    assert first[made["id"]]["file"] != second[made["id"]]["file"]
    assert fetch(second[made["id"]]["@microsoft.graph.downloadUrl"]).content == b"second"
    old = graph.get(f"{drive}/items/{made['id']}/versions/1.0/content").headers["location"]
    assert fetch(old).content == b"first"
    # The address that was handed out before still leads to what it was handed out for.
    assert fetch(first[made["id"]]["@microsoft.graph.downloadUrl"]).content == b"first"


def test_without_a_wish_to_be_spared_the_folders_above_are_told_as_well(graph, drive, change, link):
    made = change("create_file", parent="/Strange things/One", name="New.txt")

    entries, _, _ = graph.round(link)

    assert [entry["name"] for entry in entries if entry["id"] == made["id"]] == ["New.txt"]
    assert {entry["name"] for entry in entries} == {"New.txt", "One", "Strange things", "root"}


def test_a_folder_that_is_renamed_moved_or_deleted_is_told_alone(graph, drive, change, link):
    renamed = change("rename_item", item="/Strange things", name="Odd things")
    assert [entry["name"] for entry in told(graph, link).values()] == ["Odd things"]
    one = change("move_item", item="/Odd things/One", to="/Odd things/Two")
    link = graph.round(link)[1]

    change("delete_item", item=renamed["id"])

    gone = told(graph, link)
    assert set(gone) == {renamed["id"]}
    assert gone[renamed["id"]]["deleted"] == {"state": "deleted"}
    assert "name" not in gone[renamed["id"]]
    inside = graph.get(f"{drive}/items/{one['id']}")
    assert (inside.status_code, inside.json()["error"]["code"]) == (404, "itemNotFound")


def test_what_comes_back_from_the_bin_is_told_with_all_it_holds(graph, microsoft, dental, user, change, link):
    before = microsoft.drives(dental, user=user)
    folder = change("delete_item", item="/Strange things")
    link = graph.round(link)[1]

    change("restore_item", item=folder["id"])

    back = told(graph, link)
    inside = [item for item in before["drives"][0]["items"] if item["path"].startswith("/Strange things")]
    assert set(back) == {item["id"] for item in inside}
    assert microsoft.drives(dental, user=user) == before


def test_what_changes_while_a_round_is_read_is_told_again_in_the_next(graph, drive, change):
    first = graph.get(f"{drive}/root/delta?$top=20").json()
    changed = change("change_file", item="/Strange things/Often written.txt")
    made = change("create_file", name="New.txt")
    gone = change("delete_item", item="/Strange things/Film.mp4")

    rest, link, _ = graph.round(first["@odata.nextLink"])

    ids = [entry["id"] for entry in (*first["value"], *rest)]
    assert len(ids) == len(set(ids))
    assert made["id"] not in ids
    later = told(graph, link)
    assert set(later) == {changed["id"], made["id"], gone["id"]}
    assert "deleted" in later[gone["id"]]


def test_many_who_look_into_a_site_at_once_see_the_same(graph, microsoft, dental):
    drive = f"/drives/{graph.get('/users/{admin_id}/drive'.format(**dental)).json()['id']}"
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: graph.get(f"{drive}/root/delta"), range(8)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({str(sorted(entry["id"] for entry in answer.json()["value"])) for answer in answers}) == 1


def test_an_emptied_tenant_has_empty_drives_and_lists(graph, microsoft, dental, drive, truth):
    site = next(site["id"] for site in truth()["sites"] if site["path"] == "/sites/intranet")
    microsoft.mutate(dental, {"op": "empty"})

    for path in (f"{drive}/root/delta", f"{drive}/root/children", f"/sites/{site}/drives", f"/sites/{site}/lists"):
        assert graph.get(path).json()["value"] == [], path
    microsoft.mutate(dental, {"op": "empty", "empty": False})
    assert len(graph.round(f"{drive}/root/delta")[0]) > 50


def test_a_drive_goes_with_its_owner_and_is_not_there_for_who_never_had_one(graph, microsoft, dental, drive, truth):
    without = next(one["id"] for one in truth()["users"] if one["kind"] == "member" and not one["drive"])
    owner = dental["user_id"]

    microsoft.mutate(dental, {"op": "delete_user", "user": owner}, {"op": "purge_user", "user": owner})
    for person in (without, owner):
        assert graph.get(f"/users/{person}/drive").status_code == 404
    assert graph.get(f"{drive}/root/delta").status_code == 404


def test_what_came_and_went_before_anybody_looked_is_never_told(graph, change, link):
    made = change("create_file", name="Short-lived.txt")
    change("delete_item", item=made["id"])

    assert told(graph, link) == {}


def test_sharing_is_told_although_the_content_is_the_same(graph, drive, dental, change, link):
    path = "/Strange things/Empty.txt"
    shared = change("share_item", item=path, **{"with": dental["admin_upn"]}, role="write")
    entry = told(graph, link)[shared["id"]]
    own = graph.value(f"{drive}/items/{shared['id']}/permissions")[0]
    change("unshare_item", item=path)

    assert entry["shared"]["scope"] == "users"
    assert (own["roles"], own["grantedToV2"]["user"]["id"]) == (["write"], dental["admin_id"])
    assert "shared" not in told(graph, link)[shared["id"]]


def test_a_link_from_now_on_or_from_a_moment_tells_only_what_came_later(graph, drive, microsoft, change):
    change("create_file", name="Before.txt")
    latest = graph.get(f"{drive}/root/delta?token=latest").json()
    now = microsoft.control("/clock")["now"].replace("+00:00", "Z")
    microsoft.advance(10)
    made = change("create_file", name="Later.txt")

    assert latest["value"] == []
    assert set(told(graph, latest["@odata.deltaLink"])) == {made["id"]}
    assert set(told(graph, f"{drive}/root/delta?token={now}")) == {made["id"]}


@pytest.mark.parametrize(
    ("how", "code"), [("apply", "resyncChangesApplyDifferences"), ("upload", "resyncChangesUploadDifferences")]
)
def test_a_forgotten_link_says_what_to_do_and_where_to_begin_anew(graph, change, link, how, code):
    change("forget_drive_cursors", how=how)

    answer = graph.get(link)

    assert (answer.status_code, answer.json()["error"]["code"]) == (410, code)
    assert len(graph.round(answer.headers["location"])[0]) > 50


def test_links_grow_old(graph, microsoft, link):
    microsoft.advance(61 * 86_400)

    assert Graph(microsoft, microsoft.control("/tenants")[0]).get(link).status_code == 410


def test_feeds_may_be_short_doubled_shuffled_and_replayed_and_still_tell_the_truth(
    graph, microsoft, dental, user, drive, change
):
    microsoft.moods(dental, seed=5, short=0.5, empty=0.3, duplicates=0.5, replays=0.5, shuffle=True)
    catalogue, link = {}, f"{drive}/root/delta?$top=15"
    for number in range(4):
        entries, link, _ = graph.round(link)
        for entry in entries:
            catalogue.pop(entry["id"], None)
            if "deleted" not in entry:
                catalogue[entry["id"]] = entry["name"]
        truth = {item["id"]: item["name"] for item in microsoft.drives(dental, user=user)["drives"][0]["items"]}
        assert catalogue == truth
        change("create_file", name=f"Round {number}.txt")
        if number:
            change("delete_item", item=f"/Round {number - 1}.txt")


def test_a_file_of_five_gigabytes_can_be_read_anywhere_without_reading_it_all(graph, drive, change, link):
    size = 5 << 30
    made = change("create_file", name="Huge.vhdx", size=size)
    entry = told(graph, link)[made["id"]]

    address = graph.get(f"{drive}/items/{made['id']}/content").headers["location"]
    near_the_end = fetch(address, Range=f"bytes={size - 10}-")
    twice = fetch(address, Range=f"bytes={size - 163_850}-{size - 163_841}")

    assert (entry["size"], near_the_end.status_code, len(near_the_end.content)) == (size, 206, 10)
    assert near_the_end.headers["content-range"] == f"bytes {size - 10}-{size - 1}/{size}"
    assert len(twice.content) == 10


def test_an_operation_that_cannot_be_is_refused_and_changes_nothing(graph, microsoft, dental, user, drive, link):
    wrong = (
        {"op": "create_file", "user": user, "parent": "/Strange things", "name": "EMPTY.txt"},
        {"op": "move_item", "user": user, "item": "/Strange things", "to": "/Strange things/One"},
        {"op": "delete_item", "user": user, "item": "/"},
        {"op": "restore_item", "user": user, "item": "/Strange things"},
        {"op": "change_file", "user": user, "item": "/Nowhere"},
        {"op": "create_file", "user": user, "size": -1},
        {"op": "share_item", "user": user, "item": "/Strange things", "role": "king"},
    )
    for operation in wrong:
        answer = microsoft.client.post(f"/tenants/{dental['id']}/mutate", json=[operation])
        assert answer.status_code == 400, operation
    assert told(graph, link) == {}
