"""R6: whatever happens in whatever order, the collector never removes what a kept restore point of Acme's needs.

Backups, killed ones and slow ones, retention, legal holds, both passes of the collector, erasures, locks and clocks
that jump run in any order against a tiny model; everything that is kept is read back and compared.
"""

import os
import uuid
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from backups.models import VaultBlob, VaultPack
from backups.tests.catalogues import forget, rows_of
from backups.tests.memory_store import MemoryStore
from backups.tests.nights import of_a_night
from backups.tests.vault_model import (
    ACCOUNTS,
    CONTENTS,
    IDS,
    POINTS,
    Everything,
    Model,
    blobs_of,
    blobs_that_open,
    dying_at,
    keys_left,
)
from backups.tests.vaults import NOW, ROOT
from backups.vault import intake, layout, lookups
from backups.vault.collecting import Terms, collect
from backups.vault.erasing import erase_account, erase_objects
from backups.vault.errors import ReuseLost, Superseded
from backups.vault.marking import Mark
from backups.vault.operations import Outcome
from backups.vault.pack import PackBuilder
from backups.vault.rebuilding import rebuild
from backups.vault.retention import KeepPoints, retain
from backups.vault.vault import create_vault
from backups.vault.writer import Writer

DAY = timedelta(days=1)
accounts, external_ids = some.sampled_from(ACCOUNTS), some.sampled_from(IDS)
contents = some.integers(0, len(CONTENTS) - 1).map(CONTENTS.__getitem__)
changes = some.dictionaries(external_ids, contents | some.none(), min_size=1, max_size=4)
deaths = some.tuples(some.sampled_from(POINTS), some.integers(1, 3))
maybe_dies = some.none() | deaths


class AcmesVault(RuleBasedStateMachine):
    """One organization's vault from its beginning to the end of a run."""

    @initialize(window=some.sampled_from([None, 10 * DAY]))
    def begin(self, window):
        # All of a run is undone at its end.
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.true_time, self.skew = NOW, timedelta()
        self.store = MemoryStore(clock=lambda: self.true_time, lock_window=window)
        self.vault = create_vault(uuid.uuid4(), store=self.store, root=ROOT, now=NOW)
        self.model, self.slow, self.unread = Model(), None, False

    @property
    def now(self):
        """What our own clock says, which may be wrong."""
        return self.true_time + self.skew

    @property
    def head(self):
        return lookups.head(self.vault.organization)[0]

    @rule(account=accounts, changes=changes, death=maybe_dies)
    def back_up(self, account, changes, death):
        before = self.head
        with dying_at(death), self.writer() as writer:
            self.put(writer, account, changes)
        self.note_commit(before, account, changes)

    @precondition(lambda self: self.slow is None)
    @rule(account=accounts, changes=changes)
    def begin_slowly(self, account, changes):
        writer = self.writer(lambda: self.slow is not None)
        placed = self.put(writer, account, changes)
        writer.settle()
        # What was as it should be when it was looked at is left alone, whatever becomes of it before this commit.
        unchanged = {one for one, answer in placed.items() if answer.outcome is Outcome.UNCHANGED}
        unchanged |= {
            one for one, content in changes.items() if content is None and (account, one) not in self.model.current
        }
        self.slow = writer, account, {one: content for one, content in changes.items() if one not in unchanged}

    @precondition(lambda self: self.slow is not None)
    @rule(death=maybe_dies)
    def end_slowly(self, death):
        (writer, account, changes), before = self.slow, self.head
        with dying_at(death), suppress(ReuseLost), writer:
            pass
        self.slow = None
        self.note_commit(before, account, changes)

    @rule(death=maybe_dies, keep=some.sets(some.integers(0, 5)), held=some.none() | accounts)
    def expire(self, death, keep, held):
        numbers = sorted(self.model.points)
        kept = {numbers[-1 - place] for place in keep if place < len(numbers)}
        before = self.head
        with dying_at(death):
            retain(self.vault, KeepPoints(frozenset(kept), frozenset([held] if held else [])), now=self.now)
        if self.head != before or death is None:
            self.model.forget_points(kept, held)

    @rule(death=maybe_dies, waste=some.sampled_from([0.0, 0.25]), merged=some.sampled_from([2, 8]))
    def collect(self, death, waste, merged):
        with dying_at(death):
            collect(self.vault, now=self.now, terms=Terms(waste=waste, merged_packs=merged))
        self.unread = True

    @rule(account=accounts, death=maybe_dies)
    def erase_account(self, account, death):
        self.erase(account, None, death)

    @rule(account=accounts, chosen=some.sets(external_ids, min_size=1, max_size=2), death=maybe_dies)
    def erase_objects(self, account, chosen, death):
        self.erase(account, chosen, death)

    @rule(hours=some.sampled_from([1, 25, 73, 24 * 11]))
    def wait(self, hours):
        self.true_time += timedelta(hours=hours)
        self.lose_slow_writer()

    @rule(hours=some.sampled_from([-36, 0, 36]))
    def jump(self, hours):
        self.skew = timedelta(hours=hours)

    @invariant()
    def everything_kept_can_be_read(self):
        if not self.unread:
            return
        self.unread = False
        self.compare()

    def teardown(self):
        try:
            if hasattr(self, "unread") and not connection.needs_rollback:
                self.end()
        finally:
            if hasattr(self, "transaction"):
                transaction.set_rollback(True)
                self.transaction.__exit__(None, None, None)

    def end(self):
        self.lose_slow_writer()
        self.compare()
        if not self.has_rivals():
            self.lose_the_database()
        # Two passes with time for every lock leave no garbage at all.
        self.skew = timedelta()
        for _ in range(2):
            self.true_time += 12 * DAY
            collect(self.vault, now=self.now, terms=Terms(waste=0))
        self.true_time += 12 * DAY
        collect(self.vault, now=self.now, terms=Terms(waste=0))
        self.compare()
        self.compare_store()

    def writer(self, holds=lambda: True):
        return Writer(self.vault, now=lambda: self.now, holds=holds)

    def put(self, writer, account, changes):
        placed = {}
        for external_id, content in changes.items():
            if content is None:
                writer.delete(account, external_id)
            else:
                placed[external_id] = writer.put(account, external_id, content)
        return placed

    def note_commit(self, before, account, changes):
        if self.head != before:
            self.model.commit(self.head, account, changes)

    def erase(self, account, chosen, death):
        mine, others = self.model.split(account, chosen)
        only_there = blobs_of(self.vault.keys, mine) - blobs_of(self.vault.keys, others)
        before = self.head
        with dying_at(death):
            self.erase_now(account, chosen)
        if self.head != before or death is None:
            # A job that died is run again.
            self.erase_now(account, chosen)
            self.model.erase(account, chosen)
            thief = self.packs_kept_aside()
            assert not blobs_that_open(self.vault, thief, keys_left(self.vault, only_known=True)) & only_there
        self.unread = True

    def erase_now(self, account, chosen):
        if chosen is None:
            return erase_account(self.vault, account, now=self.now)
        return erase_objects(self.vault, account, chosen, now=self.now)

    def packs_kept_aside(self):
        return {name: content for name, content in self.store.kept_aside.items() if "/packs/" in name}

    def lose_slow_writer(self):
        """A writer that waited for hours has lost its job and may not commit any more."""
        if self.slow is None:
            return
        (writer, _, _), before = self.slow, self.head
        self.slow = None
        with suppress(Superseded, ReuseLost), writer:
            pass
        assert self.head == before

    def lose_the_database(self):
        """A rebuilt catalogue keeps what was kept, and has nothing back that was erased or let go."""
        organization = self.vault.organization
        before = self.rows()
        forget(organization)
        rebuilt = rebuild(organization, store=self.store, root=ROOT, now=self.now)
        assert rebuilt.problems == []
        for table, rows in self.rows().items():
            assert rows == before[table], table
        self.compare()

    def has_rivals(self):
        """Return whether a dead writer left a commit at the very end, that nobody knows more of."""
        listed = self.store.list(layout.prefix(self.vault.organization, layout.COMMITS))
        return sum(layout.commit_number(entry.name) >= self.head for entry in listed) > bool(self.head)

    def rows(self):
        """Return the catalogue but for what a rebuild cannot know or does not ask: of packs without key, marks, and
        packs that a collector had taken out of the store before it died.
        """
        organization = self.vault.organization
        rows = rows_of(organization, but={"live_bytes", "lock_until", "blobs"})
        listed = {entry.name for entry in self.store.list(layout.prefix(organization))}
        given_up = VaultPack.objects.filter(organization=organization).exclude(doomed_at=None)
        gone = {pack.id for pack in given_up if layout.pack_name(organization, bytes(pack.digest)) not in listed}
        packs = [row for row in rows["pack"] if ("wrapped_key", None) not in row and dict(row)["id"] not in gone]
        blobs = [row for row in rows["blob"] if dict(row)["pack"] not in gone] if "blob" in rows else []
        return {**rows, "pack": packs, **({"blob": blobs} if "blob" in rows else {})}

    def compare(self):
        everything = Everything(self.vault)
        assert everything.now() == self.model.current
        for number, point in self.model.points.items():
            assert point.of_promised(everything.at(number)) == point.of_promised(point.seen), number

    def compare_store(self):
        """What lies in the store is what the catalogue needs, and every blob of every pack is needed."""
        organization = self.vault.organization
        packs = list(VaultPack.objects.filter(organization=organization))
        listed = {entry.name for entry in self.store.list(layout.prefix(organization))}
        master = layout.master_name(organization, 1)
        commits = {name for name in listed if f"/{layout.COMMITS}/" in name}
        slips = {layout.slip_name(organization, 1, bytes(pack.slip)) for pack in packs}
        assert listed - commits == {layout.pack_name(organization, bytes(pack.digest)) for pack in packs} | slips | {
            master
        }
        assert len(commits) == self.head
        assert not any(pack.doomed_at for pack in packs)
        with Mark(self.vault) as mark:
            mark.check_complete()
            assert [pack for pack in mark.packs() if pack.live != pack.stored] == []
        assert VaultBlob.objects.filter(organization=organization).count() == sum(pack.blobs for pack in packs)


def run(examples, steps):
    some_settings = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
        report_multiple_bugs=False,
        phases=[p for p in Phase if p != Phase.shrink] if os.environ.get("NOSHRINK") else list(Phase),
    )
    run_state_machine_as_test(AcmesVault, settings=some_settings)


@pytest.fixture
def _small_packs(monkeypatch):
    """Packs of a few blobs and recipes in blobs of their own, so that a handful of objects is a vault of many packs."""
    monkeypatch.setitem(PackBuilder.__init__.__kwdefaults__, "limit", 2_500)
    monkeypatch.setattr(intake, "INLINE_BYTES", 100)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_small_packs")
@pytest.mark.parametrize(
    ("examples", "steps"), [(200, 30), pytest.param(of_a_night(2_000), 50, marks=pytest.mark.soak, id="R6-night")]
)
def test_nothing_that_is_kept_is_ever_collected(examples, steps, record_property):
    run(examples, steps)

    record_property("examples", examples)
    record_property("steps each", steps)
