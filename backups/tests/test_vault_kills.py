"""R1 and R5: Acme's backup is killed at every point and at any moment; what was committed is whole, the rest unseen."""

import os
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from django.db import connection

from backups.tests.killed_source import differences, feed_of, handed_out
from backups.tests.kills import CURSORS, Run, killer, position_of
from backups.tests.nights import of_a_night
from backups.tests.vaults import make_vault
from backups.vault.faults import POINTS

pytestmark = pytest.mark.django_db(transaction=True)
soak = pytest.mark.soak


@pytest.fixture
def mortal(transactional_db):
    """The program whose processes die, on this test's database."""
    with connection.cursor() as cursor:
        cursor.execute(CURSORS)
    server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    with killer(f"{server}/{connection.settings_dict['NAME']}") as running:
        yield running
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE test_vault_cursor")


class Backups:
    """One backup after the other, each of another organization with a feed of its own, killed again and again."""

    def __init__(self, mortal, folder: Path, *, length: int, checkpoint: int, seed: int) -> None:
        self.mortal, self.folder, self.seed = mortal, folder, seed
        self.length, self.checkpoint = length, checkpoint
        self.kills, self.repeated, self.finished = 0, 0, 0
        self.run = self._begin()

    def die(self, **how) -> bool:
        """Let the backup go on until it dies; return False if it came to its end instead. Compares either way."""
        ended = self.mortal.run(replace(self.run, **how))
        assert not ended.failed, ended.said
        assert differences(self.run) == [], (self.run, how)
        if ended.killed:
            self.kills += 1
        else:
            self._has_ended()
        return ended.killed

    def end(self) -> None:
        """Let the backup come to its end, compare, and begin the next one."""
        assert not self.die()

    def _has_ended(self) -> None:
        assert position_of(UUID(self.run.organization)) == self.length
        self.repeated += self._repeated()
        self.finished += 1
        self.run = self._begin()

    def _begin(self) -> Run:
        self.seed += 1
        organization = UUID(int=0x_AC3E_0000_0000_4000_8000_0000_0000_0000 + self.seed)
        make_vault(self.folder, organization)
        return Run(
            str(organization), str(self.folder), f"{self.folder}.{self.seed}", self.seed, self.length, self.checkpoint
        )

    def _repeated(self) -> int:
        """Return how many steps the source had to hand out again; none was left out."""
        times = Counter(handed_out(Path(self.run.ledger)))
        assert sorted(times) == list(range(self.length))
        return sum(count - 1 for count in times.values())


@pytest.mark.parametrize(
    ("rounds", "random_kills"), [(5, 20), pytest.param(of_a_night(60), of_a_night(520), marks=soak, id="R1-night")]
)
def test_whatever_was_committed_when_the_backup_was_killed_can_be_restored(
    mortal, tmp_path, rounds, random_kills, record_property
):
    backups = Backups(mortal, tmp_path / "vault", length=48, checkpoint=8, seed=rounds * 1_000)
    chance, hit = Random(rounds), Counter()
    began = time.monotonic()
    backups.end()
    whole = time.monotonic() - began

    for number in range(rounds):
        for point in POINTS:
            # The end of a feed may come before the point; the next backup reaches it.
            while not backups.die(fault_point=f"{point}:{1 + number % 3}"):
                pass
            hit[point] += 1
    while backups.kills < rounds * len(POINTS) + random_kills:
        backups.die(patience=chance.uniform(0.01, 0.8 * whole))

    record_property("kills", backups.kills)
    record_property("backups that came to their end", backups.finished)
    assert set(hit) == set(POINTS)
    assert min(hit.values()) == rounds


@pytest.mark.parametrize(("trials", "deaths"), [(2, 5), pytest.param(of_a_night(40), 5, marks=soak, id="R5-night")])
def test_an_interrupted_first_backup_goes_on_where_it_was(mortal, tmp_path, trials, deaths, record_property):
    checkpoint = 12
    backups = Backups(mortal, tmp_path / "vault", length=96, checkpoint=checkpoint, seed=trials * 10_000)
    chance, most = Random(trials), 0.0

    for _ in range(trials):
        before = backups.kills
        for _ in range(deaths):
            if not backups.die(fault_point=f"{chance.choice(POINTS)}:{chance.randrange(1, 3)}"):
                break
        else:
            backups.end()
        # Never more than one checkpoint a kill, and the object that closed it: its cursor had not been told yet.
        assert backups.repeated <= (backups.kills - before) * (checkpoint + 1)
        most = max(most, backups.repeated / max(1, backups.kills - before))
        backups.repeated = 0

    record_property("kills", backups.kills)
    record_property("steps handed out again a kill, at most", round(most, 1))
    assert backups.kills >= trials * deaths * 0.8


def test_the_source_is_the_same_for_everybody_who_asks():
    steps = feed_of(3, 200, 20_000)
    feed_of.cache_clear()

    assert feed_of(3, 200, 20_000) == steps
    assert {step.content is None for step in steps} == {True, False}
    assert any(step.content and b"base64" in step.content for step in steps)
