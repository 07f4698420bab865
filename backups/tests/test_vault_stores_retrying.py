"""Asking a store again: what for, how often, how long, and what a lost answer may not turn into."""

import pytest

from backups.vault.errors import (
    AlreadyThere,
    NotInStore,
    StoreFull,
    StoreProblem,
    StoreReadOnly,
    StoreSlow,
    StoreUnavailable,
)
from backups.vault.stores.base import CutShort, StoreRefused
from backups.vault.stores.faulty import METHODS, FaultyStore
from backups.vault.stores.local import LocalStore
from backups.vault.stores.power_loss import SimulatedFiles
from backups.vault.stores.retrying import RetryingStore

PACK, OTHER = "acme/packs/ab/abcd", "acme/packs/cd/cdef"
CALLS = {
    "put_if_absent": lambda store: store.put_if_absent(OTHER, b"new"),
    "get_range": lambda store: store.get_range(PACK, 0, 3),
    "get": lambda store: store.get(PACK),
    "list": lambda store: list(store.list()),
    "delete": lambda store: store.delete(PACK),
}


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now, self.slept = 0.0, []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def faulty(clock) -> FaultyStore:
    store = LocalStore(files=SimulatedFiles(), create=True)
    store.put_if_absent(PACK, b"sealed")
    return FaultyStore(store, sleep=clock.sleep)


def patient(faulty: FaultyStore, clock: Clock, **options) -> RetryingStore:
    return RetryingStore(faulty, sleep=clock.sleep, clock=lambda: clock.now, chance=lambda: 1.0, **options)


@pytest.mark.parametrize("error", [StoreUnavailable("away"), StoreSlow("late"), CutShort("half")])
@pytest.mark.parametrize("method", METHODS)
def test_what_may_pass_is_asked_again(faulty, clock, method, error):
    for call in (1, 2, 3):
        faulty.fail(method, error, at=call)

    CALLS[method](patient(faulty, clock))

    assert faulty.calls[method] == 4
    assert clock.slept == [0.2, 0.4, 0.8]


@pytest.mark.parametrize("error", [StoreFull("full"), StoreReadOnly("read"), StoreRefused("who?"), NotInStore("no")])
@pytest.mark.parametrize("method", METHODS)
def test_what_will_not_pass_is_not_asked_again(faulty, clock, method, error):
    faulty.fail(method, error)

    with pytest.raises(type(error)):
        CALLS[method](patient(faulty, clock))

    assert faulty.calls[method] == 1
    assert clock.slept == []


@pytest.mark.parametrize("method", METHODS)
def test_in_the_end_the_stores_own_error_comes_through(faulty, clock, method):
    error = StoreUnavailable("away", name=PACK)
    faulty.fail(method, error)

    with pytest.raises(StoreUnavailable) as refused:
        CALLS[method](patient(faulty, clock, attempts=5))

    assert refused.value is error
    assert faulty.calls[method] == 5


def test_pauses_stop_growing_and_patience_ends(faulty, clock):
    faulty.fail("get", StoreUnavailable("away"))

    with pytest.raises(StoreUnavailable):
        patient(faulty, clock, attempts=99, first_pause=1, longest_pause=4, patience=20).get(PACK)

    assert clock.slept == [1, 2, 4, 4, 4, 4]


def test_pauses_are_drawn_at_random_below_their_limit(faulty, clock):
    faulty.fail("get", StoreUnavailable("away"))
    draws = iter([0.5, 0.25, 0.0, 0.9])

    with pytest.raises(StoreUnavailable):
        RetryingStore(faulty, attempts=4, sleep=clock.sleep, clock=lambda: clock.now, chance=lambda: next(draws)).get(
            PACK
        )

    assert clock.slept == [0.1, 0.1, 0.0]


def test_half_a_body_is_noticed_by_its_length_and_asked_for_again(faulty, clock):
    faulty.cut("get_range", at=1)

    assert patient(faulty, clock).get_range(PACK, 0, 6) == b"sealed"
    assert faulty.calls["get_range"] == 2


def test_a_body_that_stays_half_is_cut_short_and_not_handed_out(faulty, clock):
    faulty.cut("get_range")

    with pytest.raises(CutShort) as refused:
        patient(faulty, clock).get_range(PACK, 0, 6)

    assert refused.value.name == PACK


@pytest.mark.parametrize("data", [b"new" * 1000, [b"new" * 500, b"new" * 500], b""])
def test_a_write_whose_answer_was_lost_is_a_success_when_it_is_found(faulty, clock, data):
    faulty.fail("put_if_absent", StoreSlow("late"), at=1, after_doing_it=True)

    patient(faulty, clock).put_if_absent(OTHER, data)

    assert faulty.get(OTHER) == b"".join(data if isinstance(data, list) else [data])


@pytest.mark.parametrize("theirs", [b"new", b"nex", b"ne", b"newer", b""])
def test_a_write_without_an_answer_does_not_claim_what_somebody_else_wrote(faulty, clock, theirs):
    faulty.fail("put_if_absent", StoreSlow("late"), at=1)
    store = RetryingStore(faulty, clock=lambda: clock.now, sleep=lambda _: faulty.store.put_if_absent(OTHER, theirs))

    if theirs == b"new":
        store.put_if_absent(OTHER, b"new")
    else:
        with pytest.raises(AlreadyThere):
            store.put_if_absent(OTHER, b"new")

    assert faulty.store.get(OTHER) == theirs


def test_a_name_that_was_taken_from_the_start_is_taken_even_with_the_same_bytes(faulty, clock):
    with pytest.raises(AlreadyThere):
        patient(faulty, clock).put_if_absent(PACK, b"sealed")


def test_a_source_that_can_be_read_once_is_sent_once(faulty, clock):
    faulty.fail("put_if_absent", StoreUnavailable("away"), at=1)

    with pytest.raises(StoreUnavailable):
        patient(faulty, clock).put_if_absent(OTHER, iter([b"new"]))

    assert faulty.calls["put_if_absent"] == 1
    with pytest.raises(NotInStore):
        faulty.store.get(OTHER)


def test_a_listing_that_breaks_off_goes_on_and_names_nothing_twice(faulty, clock):
    names = sorted(f"acme/packs/{number:02}/x" for number in range(40))
    for name in names:
        faulty.store.put_if_absent(name, b"x")
    for call in (1, 2, 3):
        faulty.fail("list", StoreUnavailable("away"), at=call)

    listed = [entry.name for entry in patient(faulty, clock).list("acme/packs")]

    assert listed == sorted([*names, PACK])


def test_every_call_of_every_method_can_be_made_to_fail_by_its_number(faulty):
    for method in METHODS:
        faulty.heal()
        faulty.fail(method, StoreUnavailable("away"), at=2)
        outcomes = []
        for number in range(3):
            faulty.store.delete(OTHER)
            try:
                CALLS[method](faulty)
            except StoreProblem:
                outcomes.append(number)
            if method == "delete":
                continue
            faulty.store.delete(OTHER)

        assert outcomes == [1]


def test_a_flipped_bit_is_one_bit_and_slowness_takes_its_time(faulty, clock):
    faulty.flip("get", bit=13, at=1)
    faulty.slow("get", 7.5, at=2)

    changed = faulty.get(PACK)

    assert int.from_bytes(changed) ^ int.from_bytes(b"sealed") == 1 << (8 * (6 - 1 - 13 // 8) + 13 % 8)
    assert faulty.get(PACK) == b"sealed"
    assert clock.slept == [7.5]
