"""What no version of Acme's needs is freed in two passes, and nothing that is needed ever goes."""

import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection

from backups.models import VaultBlob, VaultCommit, VaultOrganization, VaultPack
from backups.tests.collecting import LATER, StoreClock, back_up_often, files, let_go, names_in_store, packs_in_store
from backups.tests.memory_store import MemoryStore
from backups.tests.standing_still import together
from backups.tests.vaults import ACME, BOLT, EVAS_MAIL, NOW, ROOT, back_up, contents_of, fixed_bytes, make_vault, read
from backups.vault import layout, lookups
from backups.vault.collecting import Terms, collect
from backups.vault.errors import BlobMissing, ReuseLost, RolledBack, Superseded
from backups.vault.marking import Mark
from backups.vault.retention import KeepPoints, retain
from backups.vault.vault import create_vault
from backups.vault.writer import Writer

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def vault(tmp_path):
    return make_vault(tmp_path / "vault")


@pytest.fixture
def clock():
    return StoreClock()


@pytest.fixture
def locked(clock):
    """Acme's vault in a store that locks for 30 days."""
    store = MemoryStore(clock=clock, lock_window=timedelta(days=30))
    return create_vault(ACME, store=store, root=ROOT, now=NOW)


@pytest.fixture
def wasteful(vault):
    """Acme's vault with one pack of which three quarters are waste."""
    back_up(vault, EVAS_MAIL, files("old", 15) | files("kept", 5))
    let_go(vault, EVAS_MAIL, files("old", 15))
    return vault


def test_waste_is_given_up_at_once_and_leaves_the_store_after_the_grace(wasteful):
    (big,) = VaultPack.objects.filter(size__gt=1_000_000)

    first = collect(wasteful, now=NOW)
    early = collect(wasteful, now=NOW + 71 * HOUR)
    still_there = packs_in_store(wasteful)
    late = collect(wasteful, now=NOW + 73 * HOUR)

    name = layout.pack_name(ACME, bytes(big.digest))
    assert (first.given_up, first.removed, early.removed) == (1, 0, 0)
    assert name in still_there
    assert (late.removed, late.removed_bytes) == (1, big.size)
    assert name not in packs_in_store(wasteful)
    assert contents_of(wasteful, EVAS_MAIL) == files("kept", 5)


def test_blobs_are_carried_over_as_they_are_under_another_key(wasteful):
    columns = ("id", "length", "plain_length", "flags")
    before = {bytes(row[0]): row[1:] for row in VaultBlob.objects.values_list(*columns)}
    keys = {bytes(key) for key in VaultPack.objects.values_list("wrapped_key", flat=True)}

    collect(wasteful, now=NOW)

    after = {bytes(row[0]): row[1:] for row in VaultBlob.objects.values_list(*columns)}
    assert after.items() < before.items()
    new = VaultPack.objects.get(commit=lookups.head(ACME)[0])
    assert bytes(new.wrapped_key) not in keys
    assert new.live_bytes == sum(VaultBlob.objects.filter(pack=new.id).values_list("length", flat=True))


def test_a_pack_with_little_waste_is_left_alone_and_its_live_bytes_are_noted(vault):
    back_up(vault, EVAS_MAIL, files("a", 20))
    let_go(vault, EVAS_MAIL, ["a 1", "a 2"])
    before = packs_in_store(vault)

    collected = collect(vault, now=NOW)

    assert (collected.given_up, collected.commits) == (0, [])
    assert packs_in_store(vault) == before
    pack = VaultPack.objects.get(size__gt=1_000_000)
    assert pack.size - 130_000 < pack.live_bytes < pack.size - 110_000
    assert collect(vault, now=NOW, terms=Terms(waste=0.05)).given_up == 1


def test_small_packs_are_merged_a_mailbox_at_a_time(vault):
    evas, idas = back_up_often(vault, EVAS_MAIL, 9), back_up_often(vault, "mail/ida", 9)
    few = back_up_often(vault, "mail/ole", 3)

    collected = collect(vault, now=NOW)

    assert (collected.given_up, collected.packs_written) == (18, 1)
    assert VaultPack.objects.filter(doomed_at=None).count() == 4
    for account, contents in ((EVAS_MAIL, evas), ("mail/ida", idas), ("mail/ole", few)):
        assert contents_of(vault, account) == contents
    assert collect(vault, now=NOW).given_up == 0


def test_content_that_a_backup_refers_to_while_the_collector_runs_stays(wasteful):
    """Ida gets Eva's old file again, after it was marked as waste and before its pack is given up."""
    old = files("old", 15)["old 3"]

    def ida_gets_it(what, done, total):
        if what == "mark" and not contents_of(wasteful, "mail/ida"):
            back_up(wasteful, "mail/ida", {"found again": old})

    collected = collect(wasteful, now=NOW, progress=ida_gets_it)

    assert (collected.postponed, collected.given_up) == (1, 0)
    assert read(wasteful, "mail/ida", "found again") == old
    collect(wasteful, now=NOW)
    collect(wasteful, now=LATER)
    assert read(wasteful, "mail/ida", "found again") == old
    assert contents_of(wasteful, EVAS_MAIL) == files("kept", 5)


def test_what_is_stored_while_the_collector_marks_is_not_taken_for_waste(wasteful):
    def ida_stores_it(what, done, total):
        if what == "mark" and not contents_of(wasteful, "mail/ida"):
            back_up(wasteful, "mail/ida", {"new": fixed_bytes("new", 90_000)})

    collected = collect(wasteful, now=NOW, progress=ida_stores_it)

    assert (collected.postponed, collected.given_up) == (0, 1)
    assert contents_of(wasteful, "mail/ida") == {"new": fixed_bytes("new", 90_000)}


def test_a_backup_that_refers_to_what_was_just_given_up_runs_again(wasteful):
    writer = Writer(wasteful)
    writer.put("mail/ida", "found again", files("old", 15)["old 3"])
    writer.settle()

    collect(wasteful, now=NOW)

    with pytest.raises(ReuseLost):
        writer.commit()
    back_up(wasteful, "mail/ida", {"found again": files("old", 15)["old 3"]})
    collect(wasteful, now=LATER)
    assert read(wasteful, "mail/ida", "found again") == files("old", 15)["old 3"]


def test_two_collectors_at_once_do_the_work_once(wasteful):
    small = back_up_often(wasteful, EVAS_MAIL, 9)
    both_have_marked = threading.Barrier(2, timeout=60)
    collected = []

    def collector():
        done = collect(wasteful, now=NOW, progress=lambda what, *_: what == "mark" and both_have_marked.wait())
        collected.append(done)

    assert together(collector, collector) == []

    first, second = sorted(collected, key=lambda one: one.given_up)
    assert (first.given_up, first.postponed, second.given_up) == (0, 11, 11)
    assert contents_of(wasteful, EVAS_MAIL) == files("kept", 5) | small
    collect(wasteful, now=LATER)
    known = {layout.pack_name(ACME, bytes(pack.digest)) for pack in VaultPack.objects.all()}
    assert packs_in_store(wasteful) == known


def test_two_collectors_and_two_writers_at_once_lose_nothing(vault):
    """The writers store and let go of the same contents again and again, so that waste is referred to all the time."""
    shared = files("shared", 8, 20_000)
    expected = {}
    writers_are_done = threading.Event()
    left = [2]

    def writer(account):
        def work():
            for turn in range(8):
                chosen = {name: content for name, content in shared.items() if (turn + int(name[-1])) % 3 or turn == 7}
                for name in shared.keys() - chosen.keys():
                    chosen[name] = b"%d" % turn
                again(lambda chosen=chosen: back_up(vault, account, chosen))
                again(lambda: retain(vault, KeepPoints(frozenset()), now=NOW))
            expected[account] = chosen
            left[0] -= 1
            if not left[0]:
                writers_are_done.set()

        return work

    def collector():
        while not writers_are_done.is_set():
            collect(vault, now=NOW, terms=Terms(waste=0, merged_packs=2))

    problems = together(writer(EVAS_MAIL), writer("mail/ida"), collector, collector)

    assert problems == []
    for account in (EVAS_MAIL, "mail/ida"):
        assert contents_of(vault, account) == expected[account]
    collect(vault, now=LATER, terms=Terms(waste=0))
    assert contents_of(vault, EVAS_MAIL) == expected[EVAS_MAIL]


def again(work):
    """Do what a job does whose reuse was lost: run the slice again."""
    for _ in range(50):
        with suppress(ReuseLost):
            return work()
    raise AssertionError("Fifty times somebody else was quicker.")


def test_a_catalogue_older_than_its_store_gives_up_and_removes_nothing(wasteful):
    head = VaultOrganization.objects.values("head_number", "head_digest").get(organization=ACME)
    for number in range(2):
        back_up(wasteful, "mail/ida", {f"newer {number}": fixed_bytes("newer", 90_000)})
    before = names_in_store(wasteful)
    VaultOrganization.objects.filter(organization=ACME).update(**head)
    VaultCommit.objects.filter(number__gt=head["head_number"]).delete()
    VaultPack.objects.filter(commit__gt=head["head_number"]).delete()

    with pytest.raises(RolledBack, match="vault rebuild"):
        collect(wasteful, now=LATER)

    assert names_in_store(wasteful) == before


def test_a_damaged_pack_stays_where_it_is_and_the_others_are_freed(wasteful):
    pack = VaultPack.objects.get(size__gt=1_000_000)
    path = wasteful.store.root / layout.pack_name(ACME, bytes(pack.digest))
    path.chmod(0o600)
    content = bytearray(path.read_bytes())
    for blob in VaultBlob.objects.filter(pack=pack.id):
        content[blob.start + 5] ^= 1
    path.write_bytes(content)
    back_up(wasteful, "mail/ida", files("b", 10))
    let_go(wasteful, "mail/ida", [f"b {number}" for number in range(9)])

    collected = collect(wasteful, now=NOW)

    assert collected.given_up == 1
    # One for each stretch of the pack that was read; where contents lie in it depends on who was ready first.
    assert {type(problem).__name__ for problem in collected.problems} == {"BlobDamaged"}
    assert not VaultPack.objects.filter(id=pack.id, doomed_at__isnull=False).exists()
    assert contents_of(wasteful, "mail/ida") == {"b 9": files("b", 10)["b 9"]}


def test_a_catalogue_with_holes_gives_nothing_up_unless_told_to(wasteful):
    kept = VaultBlob.objects.filter(pack=VaultPack.objects.get(size__gt=1_000_000).id)
    lost = next(blob for blob in kept if bytes(blob.id) in _live(wasteful))
    lost.delete()

    with pytest.raises(BlobMissing, match="Rebuild the catalogue"):
        collect(wasteful, now=NOW)
    assert not VaultPack.objects.filter(doomed_at__isnull=False).exists()

    assert collect(wasteful, now=NOW, over_gaps=True).given_up == 1


def test_a_collector_that_lost_its_job_gives_nothing_up(wasteful):
    before = VaultBlob.objects.count()

    with pytest.raises(Superseded):
        collect(wasteful, now=NOW, holds=lambda: False)

    assert VaultBlob.objects.count() == before
    assert not VaultPack.objects.filter(doomed_at__isnull=False).exists()


def test_a_grace_that_no_job_could_survive_is_refused():
    with pytest.raises(ValueError, match="24|1 day"):
        Terms(grace=timedelta(hours=23))


def test_bolt_is_untouched_when_acme_is_collected(vault, tmp_path):
    bolt = make_vault(tmp_path / "vault", BOLT)
    back_up(bolt, "mail/pia", files("old", 15))
    let_go(bolt, "mail/pia", files("old", 14))
    back_up(vault, EVAS_MAIL, files("old", 15))
    let_go(vault, EVAS_MAIL, files("old", 14))
    before = names_in_store(bolt)

    collect(vault, now=NOW)
    collect(vault, now=LATER)

    assert names_in_store(bolt) == before
    assert contents_of(bolt, "mail/pia") == {"old 14": files("old", 15)["old 14"]}


def test_a_lock_keeps_what_was_given_up_until_it_ends(locked, clock):
    back_up(locked, EVAS_MAIL, files("old", 9))
    let_go(locked, EVAS_MAIL, files("old", 9))
    collect(locked, now=NOW)
    doomed = {layout.pack_name(ACME, bytes(p.digest)) for p in VaultPack.objects.filter(doomed_at__isnull=False)}

    clock.now = NOW + timedelta(days=29)
    assert collect(locked, now=clock.now).removed == 0
    assert doomed <= names_in_store(locked)
    clock.now = NOW + timedelta(days=31)
    assert collect(locked, now=clock.now).removed == len(doomed)

    assert not doomed & names_in_store(locked)


def test_a_clock_that_runs_ahead_removes_nothing_under_a_lock(locked, clock):
    back_up(locked, EVAS_MAIL, files("old", 9))
    let_go(locked, EVAS_MAIL, files("old", 9))
    collect(locked, now=NOW)

    ahead = collect(locked, now=NOW + timedelta(days=40))

    assert ahead.removed == 0
    assert ahead.locked >= 1


def test_locks_of_packs_in_use_are_made_longer_before_they_run_out(locked, clock):
    back_up(locked, EVAS_MAIL, files("a", 3))
    pack = VaultPack.objects.get()
    name = layout.pack_name(ACME, bytes(pack.digest))

    clock.now = NOW + timedelta(days=14)
    assert collect(locked, now=clock.now).locks_extended == 0
    clock.now = NOW + timedelta(days=16)
    assert collect(locked, now=clock.now).locks_extended >= 1

    pack.refresh_from_db()
    assert pack.lock_until == locked.store.locked_until(name) == clock.now + timedelta(days=30)


def test_every_commit_stays_locked_through_nightly_runs(locked, clock):
    for number in range(9):
        back_up(locked, EVAS_MAIL, {"a": b"%d" % number})
    listed = [entry.name for entry in locked.store.list(layout.prefix(ACME, layout.COMMITS))]

    for _ in range(70):
        clock.now += timedelta(days=1)
        collect(locked, now=clock.now)
        assert all(locked.store.locked_until(name) for name in listed)


def _live(vault):
    """Return the ids of the blobs something refers to."""
    with Mark(vault), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM vault_live")
        return {bytes(row[0]) for row in cursor.fetchall()}
