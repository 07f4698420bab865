"""R2: what Acme was told is stored is there after the power fails at any moment; what is there is whole."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from backups.tests.nights import of_a_night
from backups.vault.errors import AlreadyThere, NotInStore
from backups.vault.stores.local import LocalStore
from backups.vault.stores.power_loss import SECTOR, SimulatedFiles

NAMES = ["acme/packs/ab/a", "acme/packs/ab/b", "acme/packs/cd/c", "acme/commits/1", "bolt/packs/ab/a", "top"]
WORKLOADS = 50

puts = some.tuples(some.just("put"), some.sampled_from(NAMES), some.integers(0, 4 * SECTOR))
deletes = some.tuples(some.just("delete"), some.sampled_from(NAMES), some.just(0))
# A process that dies leaves the disk as it is; the next one knows nothing of it.
deaths = some.tuples(some.just("death"), some.just(""), some.just(0))
workloads = some.lists(puts | deletes | deaths, min_size=1, max_size=12)


@dataclass
class Ledger:
    """What the store said, and when: beside the store, so that it cannot deceive itself."""

    disk: SimulatedFiles = field(default_factory=SimulatedFiles)
    answers: list[tuple[int, str, bytes | None]] = field(default_factory=list)
    """Length of the disk's log when a call returned, the name, its content or None after a deletion."""
    ever: dict[str, set[bytes]] = field(default_factory=dict)
    starts: list[tuple[int, str]] = field(default_factory=list)

    def run(self, workload) -> None:
        store = LocalStore(files=self.disk, create=True)
        self.created_at = len(self.disk.log)
        for number, (what, name, size) in enumerate(workload):
            self.starts.append((len(self.disk.log), name))
            if what == "death":
                store = LocalStore(files=self.disk)
            elif what == "delete":
                store.delete(name)
                self.answers.append((len(self.disk.log), name, None))
            else:
                self._put(store, name, random.Random(number).randbytes(size))

    def _put(self, store: LocalStore, name: str, content: bytes) -> None:
        try:
            store.put_if_absent(name, [content[:SECTOR], content[SECTOR:]])
            self.ever.setdefault(name, set()).add(content)
        except AlreadyThere:
            content = store.get(name)
        self.answers.append((len(self.disk.log), name, content))

    def must_hold(self, survivor: LocalStore, moment: int) -> None:
        """Compare what survived a power cut after ``moment`` operations with what had been said by then."""
        for name in NAMES:
            said = [content for at, told, content in self.answers if told == name and at <= moment]
            begun = [at for at, told in self.starts if told == name and at < moment]
            allowed = {said[-1] if said else None}
            if len(begun) > len(said):
                # A call that had begun and not returned may have had its effect or not.
                allowed |= {None, *self.ever.get(name, set())}
            assert _content(survivor, name) in allowed, (name, moment)


def _content(store: LocalStore, name: str) -> bytes | None:
    try:
        return store.get(name)
    except NotInStore:
        return None


def _keeps(seed: int) -> list[Callable[[], bool]]:
    rng = random.Random(seed)
    return [lambda: False, lambda: True, lambda: rng.random() < 0.5]


@pytest.mark.parametrize("examples", [500, pytest.param(of_a_night(20_000), marks=pytest.mark.soak, id="R2-night")])
def test_what_was_said_to_be_stored_survives_a_power_cut(examples, record_property):
    cuts = 0

    @settings(max_examples=examples, deadline=None, database=None)
    @given(workload=workloads, moment=some.floats(0, 1), seed=some.integers(0, 2**32))
    def survives(workload, moment, seed):
        nonlocal cuts
        ledger = Ledger()
        ledger.run(workload)
        cut = ledger.created_at + round(moment * (len(ledger.disk.log) - ledger.created_at))

        for keep in _keeps(seed):
            ledger.must_hold(LocalStore(files=ledger.disk.replayed(cut).after_power_loss(keep)), cut)
            cuts += 1

    survives()

    record_property("power cuts", cuts)
    assert cuts >= examples


@pytest.mark.parametrize("seed", range(WORKLOADS))
def test_every_moment_of_a_workload_is_as_good_as_every_other(seed):
    rng = random.Random(seed)
    workload = [
        (rng.choice(["put", "put", "put", "delete", "death"]), rng.choice(NAMES), rng.randrange(4 * SECTOR))
        for _ in range(10)
    ]
    ledger = Ledger()
    ledger.run(workload)

    for cut in range(ledger.created_at, len(ledger.disk.log) + 1):
        for keep in _keeps(seed * 1000 + cut):
            survivor = LocalStore(files=ledger.disk.replayed(cut).after_power_loss(keep))
            ledger.must_hold(survivor, cut)
            # Life goes on: everything can be stored again.
            for name in NAMES:
                try:
                    survivor.put_if_absent(name, b"again")
                except AlreadyThere:
                    continue
                assert survivor.get(name) == b"again"


def test_an_object_found_by_a_second_writer_is_as_durable_as_its_own():
    disk = SimulatedFiles()
    LocalStore(files=disk, create=True).put_if_absent("acme/packs/ab/a", b"sealed")
    # The first writer died just before it flushed the folder, as a killed process may.
    last_flush = max(at for at, step in enumerate(disk.log) if step == ("sync_folder", "acme/packs/ab"))
    disk = disk.replayed(last_flush)
    assert _content(LocalStore(files=disk.after_power_loss(lambda: False)), "acme/packs/ab/a") is None

    with pytest.raises(AlreadyThere):
        LocalStore(files=disk).put_if_absent("acme/packs/ab/a", b"sealed")

    assert _content(LocalStore(files=disk.after_power_loss(lambda: False)), "acme/packs/ab/a") == b"sealed"


def test_a_folder_made_by_a_process_that_died_is_flushed_by_the_next_one():
    disk = SimulatedFiles()
    LocalStore(files=disk, create=True).put_if_absent("acme/packs/ab/a", b"sealed")
    for folder in ("acme", "acme/packs", "acme/packs/ab"):
        made = disk.replayed(disk.log.index(("make_folder", folder)) + 1)

        LocalStore(files=made).put_if_absent("acme/packs/ab/a", b"sealed")

        survivor = LocalStore(files=made.after_power_loss(lambda: False))
        assert _content(survivor, "acme/packs/ab/a") == b"sealed"


def test_the_simulated_disk_loses_what_was_not_flushed():
    disk = SimulatedFiles()
    handle = disk.create("a")
    disk.write(handle, memoryview(b"x" * SECTOR + b"y" * SECTOR + b"z" * 10))
    assert disk.after_power_loss(lambda: False).entries("") == []

    disk.sync_folder("")
    assert disk.after_power_loss(lambda: False).read("a", 0, None) == b""
    assert disk.after_power_loss(lambda: True).read("a", 0, None) == b"x" * SECTOR + b"y" * SECTOR + b"z" * 10
    kept = iter([False, True, False])
    assert disk.after_power_loss(lambda: next(kept)).read("a", 0, None) == bytes(SECTOR) + b"y" * SECTOR

    disk.sync(handle)
    assert len(disk.after_power_loss(lambda: False).read("a", 0, None)) == 2 * SECTOR + 10
