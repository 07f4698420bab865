"""What writers left that died is swept, and nothing that may yet count or has counted elsewhere."""

from datetime import timedelta

import pytest

from backups.models import VaultPack
from backups.tests.collecting import LATER, StoreClock, files, names_in_store
from backups.tests.memory_store import MemoryStore
from backups.tests.vaults import ACME, EVAS_MAIL, NOW, ROOT, back_up, contents_of, fixed_bytes
from backups.vault import layout, lookups, orphans
from backups.vault.collecting import collect
from backups.vault.commits import Commit, CommitPack, seal_commit
from backups.vault.errors import CommitDamaged, RolledBack
from backups.vault.vault import create_vault

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def clock():
    return StoreClock()


@pytest.fixture
def memory(clock):
    """Acme's vault in a store whose clock is ours to set."""
    return create_vault(ACME, store=MemoryStore(clock=clock), root=ROOT, now=NOW)


def test_what_dead_writers_left_is_swept_after_the_grace_and_a_running_writers_packs_are_not(memory, clock):
    back_up(memory, EVAS_MAIL, files("a", 3))
    old = {layout.pack_name(ACME, fixed_bytes("pack", 32)), layout.slip_name(ACME, 1, fixed_bytes("slip", 32))}
    for name in old:
        memory.store.put_if_absent(name, b"left by a writer that died")
    clock.now = NOW + 71 * HOUR
    running = layout.pack_name(ACME, fixed_bytes("running", 32))
    memory.store.put_if_absent(running, b"of a writer that has not committed yet")

    early = collect(memory, now=clock.now)
    clock.now = LATER
    late = collect(memory, now=clock.now)

    assert (early.swept, late.swept) == (0, 2)
    assert running in names_in_store(memory)
    assert not old & names_in_store(memory)
    assert contents_of(memory, EVAS_MAIL) == files("a", 3)


def test_a_commit_that_waits_keeps_its_packs_and_slips_until_it_is_overtaken(memory, clock):
    number = back_up(memory, EVAS_MAIL, files("a", 3))
    pack, slip, new_slip = (fixed_bytes(word, 32) for word in ("waiting", "its slip", "instead of another slip"))
    needed = {
        layout.pack_name(ACME, pack), layout.slip_name(ACME, 1, slip), layout.slip_name(ACME, 1, new_slip),
    }  # fmt: skip
    for name in needed:
        memory.store.put_if_absent(name, b"waits for its commit")
    clock.now = LATER
    packs, replaced = (CommitPack(bytes(16), pack, 20, slip),), {fixed_bytes("another slip", 32): new_slip}
    following = Commit(ACME, number + 1, lookups.head(ACME)[1], NOW, packs=packs, replaced=replaced)
    waiting = seal_commit(memory.keys, following)
    memory.store.put_if_absent(waiting.name, waiting.content)
    clock.now += 71 * HOUR

    collect(memory, now=clock.now)
    assert needed | {waiting.name} < names_in_store(memory)
    assert lookups.head(ACME)[0] == number
    clock.now += 13 * HOUR
    collect(memory, now=clock.now)

    assert not (needed | {waiting.name}) & names_in_store(memory)
    assert lookups.head(ACME)[0] == number + 1
    assert contents_of(memory, EVAS_MAIL) == files("a", 3)


@pytest.mark.parametrize("gone", ["pack", "slip"])
def test_a_commit_that_has_counted_is_not_overtaken_by_a_catalogue_that_forgot_it(memory, clock, gone):
    """The database was put back by one commit, and what that commit gave up is gone already."""
    number = back_up(memory, EVAS_MAIL, files("a", 3))
    slip = bytes(VaultPack.objects.get().slip)
    given_up = {
        "pack": {"dropped": (fixed_bytes("given up and gone", 32),)},
        "slip": {"replaced": {slip: fixed_bytes("instead of it", 32)}},
    }[gone]
    counted = seal_commit(memory.keys, Commit(ACME, number + 1, lookups.head(ACME)[1], NOW, "collect", **given_up))
    memory.store.put_if_absent(counted.name, counted.content)
    if gone == "slip":
        memory.store.delete(layout.slip_name(ACME, 1, slip))
    clock.now = LATER

    with pytest.raises(RolledBack, match="vault rebuild"):
        collect(memory, now=clock.now)

    assert counted.name in names_in_store(memory)
    assert lookups.head(ACME)[0] == number


def test_a_damaged_commit_behind_the_head_stops_everything_since_nobody_knows_what_it_needs(memory, clock):
    number = back_up(memory, EVAS_MAIL, files("a", 3))
    orphan = layout.pack_name(ACME, fixed_bytes("orphan", 32))
    memory.store.put_if_absent(orphan, b"left by a writer that died")
    damaged = seal_commit(memory.keys, Commit(ACME, number + 1, lookups.head(ACME)[1], NOW))
    memory.store.put_if_absent(damaged.name, damaged.content[:-1] + b"x")
    clock.now = LATER

    with pytest.raises(CommitDamaged):
        collect(memory, now=clock.now)

    assert {orphan, damaged.name} < names_in_store(memory)


def test_orphans_are_swept_to_the_last_however_many_there_are(memory, clock, monkeypatch):
    monkeypatch.setattr(orphans, "_BATCH", 2)
    left = [layout.pack_name(ACME, fixed_bytes(f"orphan {number}", 32)) for number in range(5)]
    for name in left:
        memory.store.put_if_absent(name, b"left by a writer that died")
    clock.now = LATER

    assert collect(memory, now=clock.now).swept == 5

    assert not set(left) & names_in_store(memory)


def test_a_commit_far_behind_the_head_tells_that_the_catalogue_is_older_even_if_those_between_are_gone(memory):
    number = back_up(memory, EVAS_MAIL, files("a", 3))
    far = seal_commit(memory.keys, Commit(ACME, number + 2, fixed_bytes("gone", 32), NOW))
    memory.store.put_if_absent(far.name, far.content)

    with pytest.raises(RolledBack, match="vault rebuild"):
        collect(memory, now=LATER)
