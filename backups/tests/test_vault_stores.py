"""What every store promises, written once and run against every store: Acme Dental's and Bolt Bakery's objects."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from backups.vault.errors import AlreadyThere, NotInStore
from backups.vault.stores.base import BadName, CutShort, TooLarge, get_ranges, in_pieces

pytest_plugins = ["backups.tests.store_places"]

ACME, BOLT = "0d9f8a52-acde", "7be1c0f4-b017"
PACK = f"{ACME}/packs/ab/abcd"
SIZES = [0, 1, 511, 512, 513, 70_000, 2**20 + 1]
NOT_NAMES = [
    "", "/", ".", "..", "../escape", "a/../b", "a/./b", "/etc/passwd", "a//b", "a/", "a\\b", "C:/x", "a\0b", "a\nb",
    "A", "ä", "%2e%2e/a", ".tmp/a", "a/.portico-store", "~root", "a b", "a" * 201, "a/" * 300 + "a", b"a", None, 7,
]  # fmt: skip


def some_bytes(size: int, seed: int = 7) -> bytes:
    return random.Random(seed).randbytes(size)


@pytest.mark.parametrize("size", SIZES)
def test_what_acme_stores_comes_back_byte_for_byte_whole_and_in_parts(store, size):
    content = some_bytes(size)

    store.put_if_absent(PACK, content)

    assert store.get(PACK) == content
    assert b"".join(in_pieces(store, PACK, size, piece=300_000)) == content
    assert store.get_range(PACK, size // 3, size - size // 3) == content[size // 3 :]
    assert store.get_range(PACK, 0, 0) == b""


@pytest.mark.parametrize("kind", [bytearray, memoryview, lambda content: [content[:9], b"", content[9:]]])
def test_bytes_may_come_in_any_form(store, kind):
    content = some_bytes(5000)

    store.put_if_absent(PACK, kind(content))

    assert store.get(PACK) == content


def test_a_stream_is_kept_as_one_object(store):
    pieces = [some_bytes(70_001, seed) for seed in range(9)]
    # An iterator can be read once, so a store that fails on its first call could not be asked again.
    data = pieces if hasattr(store, "attempts") else iter(pieces)

    store.put_if_absent(PACK, data)

    assert store.get(PACK) == b"".join(pieces)


def test_a_second_write_never_replaces_the_first(store):
    store.put_if_absent(PACK, b"first")

    for later in (b"second", b"", [b"x" * 70_000]):
        with pytest.raises(AlreadyThere) as refused:
            store.put_if_absent(PACK, later)
        assert refused.value.name == PACK

    assert store.get(PACK) == b"first"
    assert [(entry.name, entry.size) for entry in store.list()] == [(PACK, 5)]


def test_another_process_finds_what_this_one_wrote(open_place):
    open_place().put_if_absent(PACK, b"sealed")

    other = open_place()

    assert other.get(PACK) == b"sealed"
    with pytest.raises(AlreadyThere):
        other.put_if_absent(PACK, b"other")


def test_of_sixteen_writers_of_one_name_exactly_one_wins(open_place):
    start, stores = Barrier(16), [open_place() for _ in range(4)]

    def write(number: int) -> bytes | None:
        content = bytes([number]) * 40_000
        start.wait()
        try:
            stores[number % 4].put_if_absent(PACK, content)
        except AlreadyThere:
            return None
        return content

    with ThreadPoolExecutor(16) as threads:
        winners = [content for content in threads.map(write, range(16)) if content]

    assert len(winners) == 1
    assert {store.get(PACK) for store in stores} == set(winners)


def test_sixteen_writers_of_different_names_do_not_disturb_each_other(store):
    names = [f"{ACME}/packs/{number % 3:02}/{number:04}" for number in range(48)]

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda name: store.put_if_absent(name, name.encode() * 99), names))

    assert [entry.name for entry in store.list(f"{ACME}/packs")] == sorted(names)
    assert all(store.get(name) == name.encode() * 99 for name in names)


def test_a_range_that_the_object_does_not_have_is_an_error_and_not_fewer_bytes(store):
    store.put_if_absent(PACK, b"0123456789")

    for offset, length in ((5, 6), (10, 1), (400, 3), (0, 11)):
        with pytest.raises(CutShort):
            store.get_range(PACK, offset, length)
    for offset, length in ((-1, 2), (3, -1)):
        with pytest.raises(ValueError):
            store.get_range(PACK, offset, length)
    assert store.get_range(PACK, 9, 1) == b"9"


def test_what_is_not_there_is_said_to_be_not_there(store):
    store.put_if_absent(PACK, b"sealed")

    for name in (f"{ACME}/packs/ab/abce", f"{BOLT}/packs/ab/abcd", f"{ACME}/packs/ab", f"{ACME}/packs/a"):
        with pytest.raises(NotInStore) as missing:
            store.get(name)
        assert missing.value.name == name
        with pytest.raises(NotInStore):
            store.get_range(name, 0, 1)


def test_a_listing_has_names_sizes_and_times_in_order_and_nothing_of_the_neighbours(store):
    inside = [f"{ACME}/{rest}" for rest in ("a", "a-b", "b/c", "b.d", "b/c-d", "b0", "commits/0001.ab", "packs/00/ff")]
    for name in (*reversed(inside), f"{ACME}-copy/a", f"{BOLT}/a"):
        store.put_if_absent(name, name.encode())
    before = datetime.now(UTC)

    entries = list(store.list(ACME))

    assert [entry.name for entry in entries] == sorted(inside)
    assert [entry.size for entry in entries] == [len(entry.name) for entry in entries]
    assert all(abs(entry.modified_at - before) < timedelta(days=400) for entry in entries)
    assert [entry.name for entry in store.list(f"{ACME}/b/")] == [f"{ACME}/b/c", f"{ACME}/b/c-d"]
    assert [entry.name for entry in store.list(f"{ACME}/nothing/")] == []
    assert len(list(store.list())) == len(inside) + 2


def test_a_deleted_object_is_gone_and_its_name_is_free(store):
    slip = f"{ACME}/keys/0001/ff"
    store.put_if_absent(slip, b"old")
    store.put_if_absent(f"{ACME}/keys/0001/fe", b"stays")

    store.delete(slip)
    store.delete(slip)
    store.delete(f"{ACME}/never/there")

    with pytest.raises(NotInStore):
        store.get(slip)
    assert [entry.name for entry in store.list()] == [f"{ACME}/keys/0001/fe"]
    store.put_if_absent(slip, b"new")
    assert store.get(slip) == b"new"


def test_another_handle_notices_that_a_name_was_deleted_and_written_again(open_place):
    first, second = open_place(), open_place()
    slip = f"{ACME}/keys/0001/ff"
    first.put_if_absent(slip, b"old")
    assert second.get(slip) == b"old"

    first.delete(slip)
    first.put_if_absent(slip, b"new")

    assert second.get(slip) == b"new"
    assert second.get_range(slip, 1, 2) == b"ew"


def test_a_name_made_for_an_attack_is_refused_by_every_method(store):
    store.put_if_absent(PACK, b"sealed")
    calls = [lambda name: store.put_if_absent(name, b"x"), store.get, store.delete]
    calls += [lambda name: store.get_range(name, 0, 1)]

    for name in NOT_NAMES:
        # Nothing and a slash at the end are ways to name a folder.
        asked = calls if name in ("", "a/") else [*calls, store.list]
        for call in asked:
            with pytest.raises(BadName):
                call(name)

    assert [entry.name for entry in store.list()] == [PACK]


def test_a_source_that_breaks_off_leaves_nothing(store):
    class SourceGone(Exception):
        pass

    def breaking():
        yield b"x" * 100_000
        raise SourceGone

    with pytest.raises(SourceGone):
        store.put_if_absent(PACK, _Again(breaking))

    assert list(store.list()) == []
    store.put_if_absent(PACK, b"whole")
    assert store.get(PACK) == b"whole"


def test_an_object_above_the_limit_is_refused_and_leaves_nothing(open_place):
    store = open_place(limit=100_000)

    for data in (b"x" * 100_001, [b"x" * 60_000, b"y" * 40_001]):
        with pytest.raises(TooLarge):
            store.put_if_absent(PACK, data)

    assert list(store.list()) == []
    store.put_if_absent(PACK, b"x" * 100_000)


def test_many_ranges_come_in_the_order_they_were_asked_for(store):
    content = some_bytes(300_000)
    store.put_if_absent(PACK, content)
    wanted = [(PACK, (number * 7919) % 290_000, 1000 + number) for number in range(60)]

    answers = list(get_ranges(store, wanted, at_once=8))

    assert answers == [content[offset : offset + length] for _, offset, length in wanted]


class _Again:
    """An iterable that can be read more than once, so that a store that asks again may do so."""

    def __init__(self, source) -> None:
        self.source = source

    def __iter__(self):
        return self.source()
