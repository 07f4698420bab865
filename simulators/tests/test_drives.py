"""Acme Dental's drives: what lies in them, how their feeds tell of it, and how contents are read."""

import base64
import hashlib
import random

import httpx
import pytest

from simulators.microsoft365.drives.content.blocks import hash_of_blocks, read_blocks
from simulators.microsoft365.drives.content.quick_xor import QuickXor, quick_xor_hash
from simulators.tests.clients import fetch


@pytest.fixture
def drive(graph, dental):
    """The OneDrive of Acme Dental's ordinary user, by its path."""
    return f"/drives/{graph.get('/users/{user_id}/drive'.format(**dental)).json()['id']}"


@pytest.fixture
def things(graph, drive):
    """The strange things in it, by name."""
    everything = graph.round(f"{drive}/root/delta")[0]
    return {entry["name"]: entry for entry in everything}


def plain_quick_xor(data: bytes) -> str:
    """The hash as Microsoft's page describes it, bit by bit and slowly."""
    ring = [0] * 160
    for index, byte in enumerate(data):
        for bit in range(8):
            ring[(index * 11 + bit) % 160] ^= byte >> bit & 1
    number = sum(value << place for place, value in enumerate(ring)) ^ len(data) << 96
    return base64.b64encode(number.to_bytes(20, "little")).decode()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        (b"\x4a", "SgAAAAAAAAAAAAAAAQAAAAAAAAA="),
        (b"\xb5\xb4", "taAFAAAAAAAAAAAAAgAAAAAAAAA="),
        (b"\xd2\x96\x4f", "0rDEEwAAAAAAAAAAAwAAAAAAAAA="),
    ],
)
def test_the_hash_of_drives_gives_the_known_answers(data, expected):
    assert (quick_xor_hash(data), plain_quick_xor(data)) == (expected, expected)


@pytest.mark.parametrize("length", [1, 19, 20, 159, 160, 161, 5000, 655_361])
def test_the_hash_is_the_same_in_pieces_and_as_described(length):
    data, pieces = random.Random(length).randbytes(length), QuickXor()
    for start in range(0, length, 777):
        pieces.update(data[start : start + 777])

    assert pieces.digest() == quick_xor_hash(data)
    if length <= 5000:
        assert quick_xor_hash(data) == plain_quick_xor(data)


@pytest.mark.parametrize("size", [0, 1, 163_839, 163_840, 163_841, 500_000, 1_000_007])
def test_a_file_of_blocks_has_the_true_hash_of_its_bytes(size):
    whole = b"".join(read_blocks("key", 0, size))

    assert len(whole) == size
    assert hash_of_blocks("key", size) == quick_xor_hash(whole)
    assert b"".join(read_blocks("key", size // 3, size // 2)) == whole[size // 3 : size // 2]


def test_a_first_round_tells_the_whole_tree_once(graph, drive):
    everything, link, _ = graph.round(f"{drive}/root/delta?$top=10")

    ids = {entry["id"] for entry in everything}
    assert len(ids) == len(everything)
    assert [entry["name"] for entry in everything if "root" in entry] == ["root"]
    assert {entry["parentReference"]["id"] for entry in everything if "root" not in entry} <= ids
    assert graph.round(link)[0] == []


def test_a_feed_tells_no_ctag_and_no_path_but_an_item_does(graph, drive, things):
    told = things["Empty.txt"]

    asked = graph.get(f"{drive}/items/{told['id']}").json()

    assert "cTag" not in told
    assert "path" not in told["parentReference"]
    assert asked["cTag"]
    assert asked["parentReference"]["path"].endswith("/root:/Strange things")
    assert asked["file"]["hashes"]["quickXorHash"] == told["file"]["hashes"]["quickXorHash"]


def test_content_is_read_on_another_host_and_has_the_size_and_hash_that_were_told(graph, drive, things):
    for name in ("Film.mp4", "Often written.txt", "~$minutes.docx", "Empty.txt"):
        redirect = graph.get(f"{drive}/items/{things[name]['id']}/content")
        answer = fetch(redirect.headers["location"])
        told = things[name]
        assert (redirect.status_code, answer.status_code) == (302, 200)
        assert (len(answer.content), quick_xor_hash(answer.content)) == (
            told["size"],
            told["file"]["hashes"]["quickXorHash"],
        )
        assert redirect.headers["location"].split("/")[2] != str(graph.base).split("/")[2]
        assert fetch(told["@microsoft.graph.downloadUrl"]).content == answer.content


def test_a_token_shown_to_the_host_of_contents_is_refused_and_counted(graph, drive, things, microsoft):
    address = graph.get(f"{drive}/items/{things['Film.mp4']['id']}/content").headers["location"]

    assert graph.get(address).status_code == 401
    assert microsoft.counters()["foreign_authorizations"] == 1


def test_contents_are_read_in_ranges(graph, drive, things):
    address = things["Film.mp4"]["@microsoft.graph.downloadUrl"]
    whole = fetch(address)
    size, etag = len(whole.content), whole.headers["etag"]

    for asked, (start, end) in {
        "bytes=5-9": (5, 10),
        f"bytes={size - 3}-": (size - 3, size),
        "bytes=-4": (size - 4, size),
        "bytes=0-99999999": (0, size),
    }.items():
        part = fetch(address, Range=asked, **{"If-Range": etag})
        assert (part.status_code, part.content) == (206, whole.content[start:end])
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
    assert fetch(address, Range=f"bytes={size}-").status_code == 416
    changed = fetch(address, Range="bytes=5-9", **{"If-Range": '"another"'})
    assert (changed.status_code, changed.content) == (200, whole.content)


def test_an_address_expires_and_one_file_gives_expired_ones_at_first(graph, drive, things, microsoft):
    path = f"{drive}/items/{things['Address expires at once.pdf']['id']}/content"

    told = fetch(things["Address expires at once.pdf"]["@microsoft.graph.downloadUrl"])
    first, second = (fetch(graph.get(path).headers["location"]) for _ in range(2))
    address = things["Film.mp4"]["@microsoft.graph.downloadUrl"]
    microsoft.advance(3601)

    assert [told.status_code, first.status_code, second.status_code] == [401, 401, 200]
    assert fetch(address).status_code == 401


def test_one_file_is_damaged_on_the_way_once(graph, drive, things):
    told = things["Damaged on the way once.txt"]

    first, second = (fetch(told["@microsoft.graph.downloadUrl"]).content for _ in range(2))

    assert quick_xor_hash(first) != told["file"]["hashes"]["quickXorHash"] == quick_xor_hash(second)
    assert hashlib.sha256(first).digest() != hashlib.sha256(second).digest()


def test_contents_can_be_made_to_fail_on_their_way(graph, drive, things, microsoft):
    told = things["Film.mp4"]
    address, expected = told["@microsoft.graph.downloadUrl"], told["file"]["hashes"]["quickXorHash"]
    where = f"/sharepoint/content/{told['id']}"

    microsoft.fault({"flip": True}, path=where, times=1)
    assert quick_xor_hash(fetch(address).content) != expected
    microsoft.fault({"status": 503, "retry_after": 3}, path=where, times=1)
    busy = fetch(address)
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "3")
    for fault in ("reset", "truncate"):
        microsoft.fault({fault: True}, path=where, times=1)
        with pytest.raises(httpx.TransportError):
            fetch(address)
    assert quick_xor_hash(fetch(address).content) == expected


def test_an_address_that_was_changed_or_whose_file_is_gone_leads_nowhere(graph, drive, things, microsoft, dental):
    address = things["Film.mp4"]["@microsoft.graph.downloadUrl"]
    microsoft.mutate(dental, {"op": "delete_item", "item": things["Film.mp4"]["id"]})

    assert fetch(address).status_code == 404
    assert fetch(address[:-4] + "abcd").status_code == 401
    assert fetch(address.partition("?")[0]).status_code == 401


def test_the_downloads_of_a_tenant_are_in_its_log(graph, drive, things, microsoft, dental):
    fetch(things["Film.mp4"]["@microsoft.graph.downloadUrl"])

    last = microsoft.log(tenant=dental["id"])[-1]
    assert (last["template"], last["status"], last["units"]) == ("/sharepoint/content", 200, 0)


def test_what_cannot_be_read_says_why(graph, drive, things):
    answers = {
        name: graph.get(f"{drive}/items/{things[name]['id']}/content")
        for name in ("Invoice.pdf.exe", "Notebook", "Strange things")
    }

    assert {name: (one.status_code, one.json()["error"]["code"]) for name, one in answers.items()} == {
        "Invoice.pdf.exe": (403, "malwareDetected"),
        "Notebook": (400, "notSupported"),
        "Strange things": (400, "notSupported"),
    }
    assert things["Notebook"]["package"] == {"type": "oneNote"}
    assert "file" not in things["Notebook"]


def test_old_versions_can_be_read_and_the_current_one_only_as_the_file(graph, drive, things):
    path = f"{drive}/items/{things['Often written.txt']['id']}"

    versions = graph.value(f"{path}/versions")
    contents = [graph.get(f"{path}/versions/{version['id']}/content") for version in versions]

    assert [version["id"] for version in versions] == ["5.0", "4.0", "3.0", "2.0", "1.0"]
    assert contents[0].status_code == 400
    read = [fetch(one.headers["location"]).content for one in contents[1:]]
    assert [len(data) for data in read] == [version["size"] for version in versions[1:]]
    assert len(set(read)) == 4


def test_the_strangest_places_can_be_reached_by_their_path(graph, drive, things):
    long = next(name for name in things if name.startswith("xx"))
    for name in (long, "At the bottom.txt", "🦷 Zähne 😀.md"):
        path = graph.get(f"{drive}/items/{things[name]['id']}").json()["parentReference"]["path"].partition(":")[2]
        found = graph.get(f"{drive}/root:{path}/{name}")
        assert found.json()["id"] == things[name]["id"]
    deepest = graph.get(f"{drive}/items/{things['At the bottom.txt']['id']}").json()["parentReference"]["path"]
    assert deepest.count("/Level ") == 30


def test_sharing_is_seen_on_the_item_and_its_permissions_are_its_own_or_inherited(graph, drive, things):
    shared = next(entry for entry in things.values() if entry.get("shared") and "folder" in entry)
    inside = graph.value(f"{drive}/items/{shared['id']}/children")

    own = graph.value(f"{drive}/items/{shared['id']}/permissions")

    assert [one["roles"] for one in own if "inheritedFrom" not in one] == [["write"]]
    for child in inside:
        inherited = graph.value(f"{drive}/items/{child['id']}/permissions")
        assert shared["id"] in [one.get("inheritedFrom", {}).get("id") for one in inherited]


def test_a_link_of_another_drive_with_other_options_or_changed_is_refused(graph, drive, dental):
    other = f"/drives/{graph.get('/sites/root/drive').json()['id']}"
    link = graph.round(f"{drive}/root/delta?$select=name")[1]
    token = link.partition("token=")[2]

    for wrong in (f"{other}/root/delta?token={token}", f"{link}&$select=size", link[:-3] + "abc"):
        assert graph.get(wrong).status_code == 400


def test_only_what_is_selected_is_shown(graph, drive):
    entries = graph.round(f"{drive}/root/delta?$select=id,name,file,content.downloadUrl")[0]

    assert {name for entry in entries for name in entry} == {"id", "name", "file", "@microsoft.graph.downloadUrl"}


def test_calls_cost_what_sharepoint_says(graph, drive, things, microsoft):
    link = graph.round(f"{drive}/root/delta")[1]
    path = f"{drive}/items/{things['Film.mp4']['id']}"
    since = microsoft.log()[-1]["id"]

    for one in (link, path, f"{path}/content", f"{drive}/root/delta", f"{drive}/root/children", f"{path}/permissions"):
        graph.get(one)

    assert [entry["units"] for entry in microsoft.log(since=since)] == [1, 1, 1, 2, 2, 5]


def test_who_comes_too_often_is_sent_away_with_the_limits_of_the_minute(graph, drive, microsoft):
    microsoft.limits(8 / 1250, "sharepoint")

    answers = [graph.get(f"{drive}/root/children") for _ in range(5)]

    assert [one.status_code for one in answers] == [200] * 4 + [429]
    assert answers[3].headers["ratelimit-remaining"] == "0"
    assert int(answers[4].headers["retry-after"]) > 0
