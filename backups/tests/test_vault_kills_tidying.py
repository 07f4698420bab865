"""R1, R6 and R30: whoever tidies or erases is killed at every point and at any moment, and nothing is lost or kept."""

import os
import time
from random import Random
from uuid import UUID

import pytest
from django.db import connection

from backups.tests.killed_tidying import Tidied
from backups.tests.kills import Run, killer
from backups.tests.nights import of_a_night

pytestmark = pytest.mark.django_db(transaction=True)
soak = pytest.mark.soak
PACKS = ("pack.before_put", "pack.after_put", "slip.before_put", "slip.after_put")
COMMITS = ("commit.before_put", "commit.after_put", "exchange.before_commit", "exchange.after_commit")
POINTS = {
    "collect": (*PACKS, *COMMITS),
    # An hour after the grace what was given up before is removed.
    "collect later": ("remove.after_delete", "remove.after_delete:2"),
    "erase account": (*PACKS, *COMMITS, "erase.after_slips", "erase.before_removal", "remove.after_delete"),
    "erase organization": (
        "erase_organization.marked",
        "erase_organization.certified",
        "erase_organization.between_keys",
        "erase_organization.destroyed",
    ),
}


@pytest.fixture
def mortal(transactional_db):
    """The program whose processes die, on this test's database."""
    server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    with killer(f"{server}/{connection.settings_dict['NAME']}") as running:
        yield running


class Deaths:
    """Vault after vault, each of an organization of its own, with work on it that is killed."""

    def __init__(self, mortal, folder, series: str, seed: int) -> None:
        self.mortal, self.folder, self.series = mortal, folder, series
        self.what = series.removesuffix(" later")
        self.chance, self.kills, self.vaults = Random(seed), 0, seed * 100_000

    def at(self, point: str = "", patience: float = 0.0) -> float:
        """Kill the work once, compare, let it come to its end, and compare again; return how long it ran."""
        self.vaults += 1
        organization = UUID(int=0x_7D1E_0000_0000_4000_8000_0000_0000_0000 + self.vaults)
        tidied = Tidied(self.folder, organization, self.chance)
        hours = 0
        if self.series == "collect later":
            assert not self._run(tidied, "", 0.0, hours).killed
            hours = 73
        began = time.monotonic()
        ended = self._run(tidied, point, patience, hours)
        lasted = time.monotonic() - began
        assert not ended.failed, ended.said
        assert ended.killed or not point, point
        self.kills += ended.killed
        if self.what != "erase organization":
            assert tidied.problems(self.what) == [], (point, patience)
        assert tidied.end(self.what, hours + 1) == [], (point, patience)
        return lasted

    def _run(self, tidied: Tidied, point: str, patience: float, hours: int):
        run = Run(str(tidied.vault.organization), str(self.folder), "", 0, 0, 0, what=self.what, hours=hours)
        return self.mortal.run(Run(**{**vars(run), "fault_point": point, "patience": patience}))


@pytest.mark.parametrize("series", POINTS)
@pytest.mark.parametrize(
    ("rounds", "random_kills"), [(1, 1), pytest.param(of_a_night(12), of_a_night(150), marks=soak, id="tidying-night")]
)
def test_whatever_is_killed_while_it_tidies_or_erases_is_whole_and_ends_when_it_is_run_again(
    mortal, tmp_path, series, rounds, random_kills, record_property
):
    deaths = Deaths(mortal, tmp_path / "vault", series, seed=rounds)
    whole = deaths.at()

    for _ in range(rounds):
        for point in POINTS[series]:
            deaths.at(point)
    for _ in range(random_kills):
        deaths.at(patience=deaths.chance.uniform(0.01, whole))

    record_property("kills", deaths.kills)
    assert deaths.kills >= rounds * len(POINTS[series])
