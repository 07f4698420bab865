"""Files of Acme Dental's ordinary user come back: by name and bytes, beside what is live, seen by who saw them."""

import io
from dataclasses import replace

import pytest

from backups.connectors.base import CannotBeRestored, DamagedOnTheWay, Obstacle, ProviderBusy
from backups.connectors.contract import Source
from backups.connectors.microsoft365.onedrive import OneDriveConnector
from backups.connectors.microsoft365.restore_onedrive import OneDriveRestorer
from backups.connectors.restoring import Conflict, Less
from backups.tests.connector_contract import graph_of
from backups.tests.looks import Clock
from backups.tests.restorer_contract import key_of, put_surely
from backups.tests.restoring import MemoryTree, assignment_of, saved_tree

FOLDER = "Restored 22 Nov 2026"
DEEP = "At the bottom.txt"


@pytest.fixture
def dental(microsoft):
    tenant = microsoft.add_tenant("Acme Dental", size="tiny", seed="teeth")
    for name in ("backup", "restore"):
        microsoft.consent(tenant, microsoft.apps[name].client_id)
    return tenant


@pytest.fixture
def let(microsoft, dental):
    """Let something happen in the OneDrive of the ordinary user."""
    return lambda op, **facts: microsoft.mutate(dental, {"op": op, "user": dental["user_id"]} | facts)[0]


@pytest.fixture
def told(microsoft, dental):
    """Return what lies in somebody's OneDrive, the ordinary user's unless told, by its path."""

    def _told(user=None):
        drives = microsoft.drives(dental, user=user or dental["user_id"])["drives"]
        return {one["path"]: one for one in drives[0]["items"]}

    return _told


@pytest.fixture
def source(dental):
    return Source(dental["user_id"], "USER")


@pytest.fixture
def read(microsoft, dental, source, let):
    """Read what is saved of the OneDrive now."""
    let("trouble_item", item="/Strange things/Damaged on the way once.txt", damaged=0)

    def _read(**options):
        with graph_of(microsoft, dental) as graph:
            return saved_tree(OneDriveConnector(graph, **options), source)

    return _read


@pytest.fixture
def graph(microsoft, dental):
    with graph_of(microsoft, dental, "restore", clock=Clock(microsoft)) as one:
        yield one


@pytest.fixture
def restorer(graph):
    return OneDriveRestorer(graph)


def named(tree, name):
    return next(one for one in tree.objects.values() if one.record["name"] == name)


def called(tree, saved, **record):
    """Return a saved object with other properties, and put it into the tree."""
    tree.objects[saved.id] = changed = replace(saved, record=saved.record | record)
    return changed


def put(restorer, order, saved, there=None):
    return restorer.put(order, saved, key_of(order, saved), there)


def test_one_file_brings_the_folders_it_lay_in_with_names_that_microsoft_takes(read, restorer, source, told):
    tree = read()
    deep, order = named(tree, DEEP), assignment_of(source, tree)
    called(tree, named(tree, "Level 2"), name="aux")
    called(tree, named(tree, "Level 3"), name="Pay: 2026?")
    twin = replace(deep, id="odd", record=deep.record | {"name": "con.txt"})
    long = replace(deep, id="long", record=deep.record | {"name": f"{'x' * 240}.txt"})

    outcomes = [put(restorer, order, one) for one in (deep, twin, long)]

    above = f"/{FOLDER}/Strange things/Level 1/_aux/Pay_ 2026_/{'/'.join(f'Level {n}' for n in range(4, 31))}"
    found = {path.removeprefix(f"{above}/"): one for path, one in told().items() if path.startswith(f"{above}/")}
    shortened = next(name for name in found if name.startswith("xxx"))
    assert found.keys() == {DEEP, "_con.txt", shortened}
    assert shortened.endswith("x.txt")
    assert len(f"{above}/{shortened}") < 400 < len(f"{above}/{'x' * 240}.txt")
    assert [Less.NAME in one.less for one in outcomes] == [False, True, True]
    assert found[DEEP]["modified"] == deep.record["fileSystemInfo"]["lastModifiedDateTime"]
    assert restorer.mark(order, twin).also.endswith("/_con.txt")
    # The next restore finds them there, by the names they have now.
    marks = restorer.marks_there(order, deep.feed)
    assert marks[restorer.mark(order, deep).also].content == restorer.mark(order, deep).content


def test_a_large_file_goes_up_in_ranges_whatever_is_lost_on_the_way(read, restorer, source, let, told, microsoft):
    let("create_file", name="Film.mkv", size=(10 << 20) + 7)
    tree = read()
    film, order, sent_early = named(tree, "Film.mkv"), assignment_of(source, tree), []

    def pieces(part):
        content = io.BytesIO(film.read(part))
        while piece := content.read(300_001):
            yield piece
        # Most of it is at Microsoft by now, and is not kept here until the last byte is read.
        sent_early.append(sum(one["path"].startswith("/sharepoint/uploads") for one in microsoft.log()))

    for number in (1, 2):
        microsoft.fault({"reset": True}, path="/uploads", method="PUT", when={"nth": number})
    # The first session is lost as a whole.
    microsoft.fault({"status": 404}, path="/uploads", method="PUT", when={"nth": 1})
    let("create_items_folder", name=FOLDER)
    let("create_file", parent=f"/{FOLDER}", name="Film.mkv", text="Somebody's own")
    own = told()[f"/{FOLDER}/Film.mkv"]
    outcome = put_surely(restorer, order, replace(film, stream=pieces))

    live = told()[f"/{FOLDER}/Film (restored).mkv"]
    assert told()[f"/{FOLDER}/Film.mkv"] == own
    assert outcome.id == live["id"]
    assert (live["quick_xor_hash"], live["size"]) == (told()["/Film.mkv"]["quick_xor_hash"], (10 << 20) + 7)
    assert live["modified"] == film.record["fileSystemInfo"]["lastModifiedDateTime"]
    assert min(sent_early) >= 1
    assert sum(path.startswith(f"/{FOLDER}/") for path in told()) == 2
    assert microsoft.counters()["foreign_authorizations"] == 0


def test_bytes_that_arrive_damaged_are_sent_once_more_and_then_left_out(read, restorer, source, told, microsoft):
    tree = read()
    file, order = named(tree, "Empty.txt"), assignment_of(source, tree)
    strange = {"id": "01" + "A" * 32, "size": 9, "file": {"hashes": {"quickXorHash": "xxx"}}, "name": "Empty.txt"}
    microsoft.fault({"status": 201, "body": strange}, path="/content", method="PUT", times=1)

    put(restorer, order, file)
    file = called(tree, file, name="Else.txt", file={"hashes": {"quickXorHash": "x" * 27 + "="}})
    with pytest.raises(DamagedOnTheWay):
        put(restorer, order, file)

    names = {path.rpartition("/")[2] for path in told() if path.startswith(f"/{FOLDER}/")}
    assert names == {"Strange things", "Empty.txt"}


def test_a_file_is_replaced_when_the_new_one_is_there_and_a_kill_between_costs_nothing(
    read, graph, restorer, source, let, told, microsoft
):
    tree = read()
    file = named(tree, "Often written.txt")
    order = assignment_of(source, tree, folder="", conflict=Conflict.REPLACE)
    let("change_file", item=file.id, text="Give us money")
    there = restorer.marks_there(order, file.feed)[restorer.mark(order, file).name]
    microsoft.fault({"status": 429, "retry_after": 900}, path="/items/[^/]+$", method="PATCH")
    since = len(microsoft.log())

    with pytest.raises(ProviderBusy):
        put(restorer, order, file, there)
    done = [one["method"] for one in microsoft.log()[since:] if one["method"] != "GET"]
    microsoft.heal()
    graph.http.sleep(1000)
    after_a_kill = OneDriveRestorer(graph)
    assert after_a_kill.find(order, file, key_of(order, file)) is None
    outcome = put(after_a_kill, order, file, there)

    assert done == ["PUT", "DELETE", "PATCH"]
    assert outcome.replaced
    live = told()
    mine = live["/Strange things/Often written.txt"]
    assert (mine["id"], mine["quick_xor_hash"]) == (outcome.id, file.record["file"]["hashes"]["quickXorHash"])
    assert mine["modified"] == file.record["fileSystemInfo"]["lastModifiedDateTime"]
    assert not any("restoring" in path for path in live)
    assert after_a_kill.find(order, file, key_of(order, file)) == outcome.id
    # The old one lies in the recycle bin.
    let("delete_item", item=outcome.id)
    assert let("restore_item", item=there.id)


def test_a_file_that_somebody_has_open_is_not_replaced(read, restorer, source, let, told, microsoft):
    tree = read()
    file = named(tree, "Often written.txt")
    let("change_file", item=file.id, text="Somebody writes")
    order, before = assignment_of(source, tree, folder="", conflict=Conflict.REPLACE), told()
    there = restorer.marks_there(order, file.feed)[restorer.mark(order, file).name]
    locked = {"status": 423, "body": {"error": {"code": "resourceLocked", "message": "It is open."}}}
    microsoft.fault(locked, path="/items/", method="DELETE", times=1)

    with pytest.raises(CannotBeRestored, match="has the file that lies there open") as refusal:
        put(restorer, order, file, there)
    assert refusal.value.obstacle == Obstacle.LOCKED

    assert told().keys() == before.keys()
    assert told()["/Strange things/Often written.txt"] == before["/Strange things/Often written.txt"]


def test_what_is_live_stays_as_it_is(read, restorer, source, let, told):
    tree = read()
    file, folder = named(tree, "Often written.txt"), named(tree, "Strange things")
    order = assignment_of(source, tree, folder="", conflict=Conflict.REPLACE)
    there = restorer.marks_there(order, file.feed)
    # What lies in the place of a file has been moved, renamed or exchanged for a folder since it was counted.
    let("move_item", item=file.id, to="/")
    let("create_file", parent="/Strange things", name="often written.TXT", text="Somebody's own")
    before = told()

    # Folders are used as they are, whatever they are to be replaced by.
    assert put(restorer, order, folder, there["strange things"]).id == folder.id
    outcome = put(restorer, order, file, there[restorer.mark(order, file).name])

    after = told()
    assert {path: after[path] for path in before if path != "/"} == {
        path: before[path] for path in before if path != "/"
    }
    assert after.keys() - before.keys() == {"/Strange things/Often written (restored).txt"}
    assert not outcome.replaced


def test_who_saw_a_file_sees_it_again_and_nobody_is_mailed_unless_asked_for(
    read, graph, restorer, source, let, told, microsoft, dental
):
    users = {one["display_name"]: one["id"] for one in microsoft.manifest(dental)["users"] if one["kind"] == "member"}
    first, second = [one for one in users.values() if one != dental["user_id"]][:2]
    let("create_file", name="Plan.txt", text="Plan")
    for who, role in ((first, "write"), (second, "read")):
        let("share_item", item="/Plan.txt", role=role, **{"with": who})
    let("share_item", item="/Plan.txt", scope="organization", days=3)
    let("share_item", item="/Plan.txt", scope="anonymous", days=300)
    let("create_file", name="Secret.txt", text="Secret")
    let("share_item", item="/Secret.txt", scope="anonymous", password=True)
    tree = read(with_versions=True)
    plan, secret, often = (named(tree, name) for name in ("Plan.txt", "Secret.txt", "Often written.txt"))
    microsoft.mutate(dental, {"op": "delete_user", "user": second})
    graph.http.sleep(5 * 86_400)
    order = assignment_of(source, tree, sharing=True)

    shared, hidden, old = (put(restorer, order, one) for one in (plan, secret, often))
    again = restorer.find(order, plan, key_of(order, plan))
    quiet = put(restorer, assignment_of(source, tree, folder="Unshared", key="quiet"), plan)

    live = told()
    assert live[f"/{FOLDER}/Plan.txt"]["permissions"] == ["read link anonymous", f"write user {first}"]
    assert live[f"/{FOLDER}/Secret.txt"]["permissions"] == live["/Unshared/Plan.txt"]["permissions"] == []
    assert set(shared.less) == {Less.AUTHOR, Less.PERSON_GONE}
    assert set(hidden.less) == {Less.AUTHOR, Less.SHARING, Less.LINK_PASSWORD}
    assert set(old.less) == {Less.AUTHOR, Less.VERSIONS}
    assert set(quiet.less) == {Less.AUTHOR, Less.SHARING}
    assert again == shared.id
    assert microsoft.control(f"/tenants/{dental['id']}/invitations") == []

    loud = assignment_of(source, tree, folder="Loud", key="loud", sharing=True, notifies=True)
    put(restorer, loud, plan)
    [sent] = microsoft.control(f"/tenants/{dental['id']}/invitations")
    assert len(sent["recipients"]) == 1


def test_what_is_no_file_or_has_no_room_or_place_is_said(read, graph, restorer, source, let, told, microsoft, dental):
    tree = read()
    order = assignment_of(source, tree)
    empty = replace(named(tree, "Empty.txt"), parts={})
    for facet, word in (("remoteItem", "another drive"), ("package", "notebook"), ("malware", "not saved")):
        with pytest.raises(CannotBeRestored, match=word) as problem:
            put(restorer, order, replace(empty, record=empty.record | {facet: {}}))
        assert problem.value.obstacle == Obstacle.NOT_RESTORABLE

    # Somebody deletes the folder while the restore goes on.
    often = named(tree, "Often written.txt")
    put(restorer, order, named(tree, "Nothing in here"))
    let("delete_item", item=f"/{FOLDER}")
    put(restorer, order, often)
    assert f"/{FOLDER}/Strange things/Often written.txt" in told()

    assert restorer.check(order).free > 1 << 30
    let("limit_drive", bytes=10)
    assert restorer.check(order).free == 0
    with pytest.raises(CannotBeRestored) as problem:
        put(restorer, assignment_of(source, tree, folder="Full", key="full"), often)
    assert problem.value.obstacle == Obstacle.NO_ROOM

    microsoft.mutate(
        dental, {"op": "delete_user", "user": dental["user_id"]}, {"op": "purge_user", "user": dental["user_id"]}
    )
    for fails in (restorer.check, lambda order: put(OneDriveRestorer(graph), order, often)):
        with pytest.raises(CannotBeRestored) as problem:
            fails(order)
        assert problem.value.obstacle == Obstacle.TARGET_GONE
    assert OneDriveRestorer(graph).marks_there(order, often.feed) == {}
    assert OneDriveRestorer(graph).find(order, often, "key") is None


def test_objects_that_lost_their_folder_lie_at_the_top(read, restorer, source, told):
    tree = read()
    file = named(tree, "Often written.txt")

    put(restorer, assignment_of(source, MemoryTree(tree.all_feeds, {file.id: file})), file)

    assert f"/{FOLDER}/Often written.txt" in told()
