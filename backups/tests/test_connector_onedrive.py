"""OneDrives as they really are: told by ids, without names above, with sharing that is no news of the bytes."""

import hashlib

import pytest

from backups.connectors.base import CannotBeSaved, CursorExpired, DamagedOnTheWay, NotThere, Refusal
from backups.connectors.contract import Upsert
from backups.connectors.microsoft365.drive_items import item_in
from backups.connectors.microsoft365.onedrive import OneDriveConnector
from backups.tests.connector_contract import Copy, graph_of
from backups.tests.connectors_drives import STRANGE, OneDrive

FILE = {
    "id": "1",
    "name": "Pay.xlsx",
    "size": 5,
    "eTag": "1",
    "file": {"hashes": {"quickXorHash": "abc"}},
    "parentReference": {"id": "0", "driveId": "d"},
    "lastModifiedDateTime": "2026-11-01T08:00:00Z",
}


@pytest.fixture
def onedrive(microsoft):
    """The OneDrive of Acme Dental's ordinary user."""
    tenant = microsoft.add_tenant("Acme Dental", size="tiny", seed="teeth")
    microsoft.consent(tenant, microsoft.apps["backup"].client_id)
    return OneDrive(microsoft, tenant)


@pytest.fixture
def graph(microsoft, onedrive):
    with graph_of(microsoft, onedrive.tenant) as one:
        yield one


@pytest.fixture
def copy(onedrive, graph):
    """An empty backup of it."""
    return Copy(OneDriveConnector(graph), onedrive.source, onedrive.compared)


@pytest.fixture
def drive(copy):
    """Its one feed."""
    (feed,) = copy.connector.feeds(copy.source)
    return feed


def _asked(microsoft, since):
    return [entry["path"].rpartition("/")[2] for entry in microsoft.log()[since:]]


def test_an_idle_pass_asks_for_the_drive_and_once_for_news(copy, microsoft):
    copy.pass_over()
    since = len(microsoft.log())

    copy.pass_over()

    assert _asked(microsoft, since) == ["drive", "delta"]


def test_a_folder_that_is_renamed_or_moved_is_all_that_is_told(copy, onedrive, microsoft):
    for operation in (onedrive.a_folder, onedrive.a_folder_renamed, onedrive.a_folder_moved):
        copy.pass_over()
        operation()
        since = len(microsoft.log())

    copy.pass_over()

    assert (copy.completed, copy.opened, _asked(microsoft, since)) == (1, 0, ["drive", "delta"])
    assert copy.truth() == onedrive.truth()


def test_a_file_that_is_shared_is_asked_for_who_sees_it_and_for_nothing_else(copy, onedrive, microsoft):
    copy.pass_over()
    onedrive.shared()
    since = len(microsoft.log())

    copy.pass_over()

    assert _asked(microsoft, since) == ["drive", "delta", "permissions"]
    (permission,) = copy.objects[onedrive.shared_file].found.record["permissions"]
    assert (permission["roles"], permission["link"]["scope"]) == (["write"], "anonymous")


def test_what_lies_in_a_shared_folder_keeps_only_grants_of_its_own(copy, onedrive):
    onedrive.a_folder()
    onedrive.change("share_item", item="/Plans", scope="organization")
    inside = onedrive.change("share_item", item="/Plans/A.txt", **{"with": onedrive.tenant["admin_id"]})["id"]

    copy.pass_over()

    record = copy.objects[inside].found.record
    assert [list(one["grantedToV2"]) for one in record["permissions"]] == [["user"]]


def test_a_file_that_only_somebody_else_may_see_now_is_news_again_and_again(drive):
    """Who may see a file can change without anything else of it; then its feed says only that."""
    said = FILE | {"@microsoft.graph.sharedChanged": "True"}

    tags = [item_in("1", FILE).tag, *(item_in("1", said, told_by=link).tag for link in ("a", "b"))]

    assert len(set(tags)) == 3
    assert item_in("1", said).record == FILE


def test_bytes_that_are_damaged_once_come_right_the_second_time(copy, drive, onedrive):
    found = _named(copy, drive, "Damaged on the way once.txt")
    onedrive.change("trouble_item", item=f"{STRANGE}/Damaged on the way once.txt", damaged=1)

    with pytest.raises(DamagedOnTheWay):
        _read(copy, drive, found)
    assert len(_read(copy, drive, found)) == 5000


def test_an_address_that_has_expired_is_asked_for_again(copy, drive, microsoft):
    found = _named(copy, drive, "Address expires at once.pdf")
    since = len(microsoft.log())

    _read(copy, drive, found)

    assert _asked(microsoft, since).count("content") == 2
    assert microsoft.counters()["foreign_authorizations"] == 0


def test_what_microsoft_does_not_hand_out_is_refused_with_the_reason(copy, drive, microsoft, onedrive):
    for name, reason in (("Notebook", Refusal.NOT_A_FILE), ("Invoice.pdf.exe", Refusal.MALWARE)):
        with pytest.raises(CannotBeSaved) as refused:
            _read(copy, drive, _named(copy, drive, name))
        assert refused.value.reason == reason
    # Malware that was found after the drive was listed.
    found = _named(copy, drive, "Empty.txt")
    onedrive.change("trouble_item", item=f"{STRANGE}/Empty.txt", malware=True)
    with pytest.raises(CannotBeSaved) as refused:
        _read(copy, drive, found)
    assert refused.value.reason == Refusal.MALWARE


@pytest.mark.parametrize("how", ["apply", "upload"])
def test_a_drive_that_forgot_where_we_were_is_listed_again(copy, drive, onedrive, how):
    copy.pass_over()
    onedrive.change("forget_drive_cursors", how=how)

    with pytest.raises(CursorExpired):
        list(copy.connector.changes(copy.source, drive, copy.cursors[drive.id]))
    with pytest.raises(CursorExpired):
        list(copy.connector.changes(copy.source, drive, "no address"))


def test_a_file_that_was_deleted_meanwhile_is_not_there(copy, drive, onedrive):
    found = _named(copy, drive, "~$minutes.docx")
    onedrive.change("delete_item", item=found.id)

    with pytest.raises(NotThere):
        _read(copy, drive, found)


def test_ransomware_is_told_file_by_file(copy, onedrive):
    copy.pass_over()
    onedrive.change("ransomware")

    copy.pass_over()

    assert copy.opened > 10
    assert copy.truth() == onedrive.truth()


def test_older_versions_are_kept_for_whom_they_are_wanted(onedrive, graph, drive):
    connector = OneDriveConnector(graph, with_versions=True)
    copy = Copy(connector, onedrive.source, onedrive.compared)
    file = onedrive.change("create_file", name="Draft.txt", text="one")["id"]
    for text in ("two", "three"):
        onedrive.change("change_file", item=file, text=text)

    copy.pass_over()

    kept = copy.objects[file]
    old = [digest for name, digest in kept.parts.items() if name.startswith("version:")]
    assert sorted(old) == sorted(hashlib.sha256(text).hexdigest() for text in (b"one", b"two"))
    assert kept.parts["content"] == hashlib.sha256(b"three").hexdigest()
    assert connector.capabilities.versions
    assert not OneDriveConnector.capabilities.versions
    onedrive.change("change_file", item=file, text="four")
    copy.pass_over()
    # The new content, and "three" as a version.
    assert (copy.completed, copy.opened) == (1, 2)
    copy.cursors.clear()
    copy.pass_over()
    assert (copy.completed, copy.opened) == (0, 0)


def test_what_lies_in_a_folder_and_what_it_is_called_above_is_no_news_of_it():
    folder = {"id": "1", "name": "Plans", "folder": {"childCount": 3, "view": {}}, "size": 7}
    place = {"path": "/drive/root:/Old", "name": "Old"}

    fuller = folder | {"folder": {"childCount": 4, "view": {}}, "size": 9}
    elsewhere = FILE | {"parentReference": FILE["parentReference"] | place}

    assert item_in("1", folder) == item_in("1", fuller)
    assert item_in("1", folder).facts["is_folder"] is True
    assert item_in("1", elsewhere) == item_in("1", FILE)
    assert item_in("1", FILE | {"parentReference": {"id": "9"}}).tag != item_in("1", FILE).tag


def test_bytes_are_known_by_their_hash_and_without_one_by_their_time_and_size():
    def part(**facts):
        (one,) = item_in("1", FILE | facts).parts
        return one

    assert part().tag == part(eTag="2", name="Other.xlsx", shared={"scope": "users"}).tag
    assert part().tag != part(file={"hashes": {"quickXorHash": "abd"}}).tag
    assert part().tag != part(size=6).tag
    bare = part(file={})
    assert bare.tag == part(file={"hashes": None}, eTag="2").tag != part(file={}, size=6).tag
    assert bare.tag != part(file={}, lastModifiedDateTime="2026-11-02T08:00:00Z").tag
    assert part(file={}, lastModifiedDateTime=None).tag == ""


@pytest.mark.parametrize("facet", [{"remoteItem": {"id": "9"}}, {"file": None}, {"file": 7}])
def test_a_shortcut_and_what_is_no_file_has_no_bytes(facet):
    assert item_in("1", FILE | facet).parts == ()


def _named(copy, drive, name) -> Upsert:
    told = copy.connector.changes(copy.source, drive, "")
    return next(one for one in told if isinstance(one, Upsert) and one.facts["name"] == name)


def _read(copy, drive, found) -> bytes:
    with copy.connector.open(copy.source, drive, found, found.parts[0]) as stream:
        return stream.read()
