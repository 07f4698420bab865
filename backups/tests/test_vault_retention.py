"""Versions of Acme's that no kept restore point sees are forgotten; what stands and what a hold protects never is."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from backups.models import VaultCommit, VaultObject, VaultVersion
from backups.tests.catalogues import forget
from backups.tests.vaults import ACME, BOLT, EVAS_MAIL, NOW, ROOT, back_up, contents_of, make_vault, read
from backups.vault import layout, lookups
from backups.vault.commits import open_commit
from backups.vault.errors import Superseded
from backups.vault.rebuilding import rebuild
from backups.vault.retention import KeepDays, KeepPoints, Point, retain, rule_in
from backups.vault.vault import Vault
from backups.vault.writer import Writer

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


@pytest.fixture
def vault(tmp_path):
    return make_vault(tmp_path / "vault")


@pytest.fixture
def a_week(vault):
    """Acme's vault after seven days: a changes every day, b is deleted on the third, c never changes."""
    for day in range(7):
        with Writer(vault, now=lambda day=day: NOW + day * DAY) as writer:
            writer.put(EVAS_MAIL, "a", b"day %d" % day)
            writer.put(EVAS_MAIL, "c", b"always")
            if day < 3:
                writer.put(EVAS_MAIL, "b", b"three days")
            else:
                writer.delete(EVAS_MAIL, "b")
    return vault


def at_each_point(vault):
    return [contents_of(vault, EVAS_MAIL, commit) for commit in range(1, 8)]


def test_only_kept_points_and_what_stands_remain(a_week):
    before = at_each_point(a_week)

    deleted = retain(a_week, KeepPoints(frozenset([2, 5])), now=NOW)

    after = at_each_point(a_week)
    assert deleted == 4
    assert [after[1], after[4], after[6]] == [before[1], before[4], before[6]]
    assert read(a_week, EVAS_MAIL, "a", 3) is None
    assert read(a_week, EVAS_MAIL, "b", 1) == b"three days"


def test_a_version_that_no_point_sees_goes_with_its_object(a_week):
    retain(a_week, KeepPoints(frozenset([5])), now=NOW)

    assert sorted(VaultObject.objects.values_list("external_id", flat=True)) == ["a", "c"]
    assert contents_of(a_week, EVAS_MAIL) == {"a": b"day 6", "c": b"always"}


def test_what_stands_is_never_deleted_even_if_nothing_is_kept(a_week):
    assert retain(a_week, KeepPoints(frozenset()), now=NOW) == 7

    assert contents_of(a_week, EVAS_MAIL) == {"a": b"day 6", "c": b"always"}
    assert VaultVersion.objects.count() == 2


def test_days_are_kept_from_the_first_moment_on(a_week):
    before = at_each_point(a_week)

    retain(a_week, KeepDays(3), now=NOW + 6 * DAY + timedelta(hours=1))

    # Three days before that moment is an hour after the commit of the third day, which is what was seen then.
    assert at_each_point(a_week)[3:] == before[3:]
    assert read(a_week, EVAS_MAIL, "a", 3) is None


def test_what_was_committed_at_the_first_moment_itself_is_what_that_moment_saw():
    points = [Point(1, NOW - DAY), Point(2, NOW), Point(3, NOW + DAY)]

    assert KeepDays(3).kept(points, NOW + 3 * DAY) == {2, 3}


@dataclass(frozen=True)
class AskedMeanwhile(KeepPoints):
    """Two backups commit while the policy is asked."""

    vault: Vault | None = None

    def kept(self, points, now):
        for text in (b"one of today", b"another of today"):
            back_up(self.vault, EVAS_MAIL, {"a": text})
        return super().kept(points, now)


def test_what_came_and_went_after_the_points_were_read_stays_here_and_in_a_rebuild(a_week):
    policy = AskedMeanwhile(frozenset([7]), vault=a_week)

    assert retain(a_week, policy, now=NOW) == 7
    before = [read(a_week, EVAS_MAIL, "a", commit) for commit in range(1, 10)]
    forget(ACME)
    rebuild(ACME, store=a_week.store, root=ROOT, now=NOW)

    assert before == [None] * 6 + [b"day 6", b"one of today", b"another of today"]
    assert [read(a_week, EVAS_MAIL, "a", commit) for commit in range(1, 10)] == before


def test_a_legal_hold_beats_the_policy(a_week):
    back_up(a_week, "mail/ida", {"x": b"one"})
    back_up(a_week, "mail/ida", {"x": b"two"})
    before = at_each_point(a_week)

    assert retain(a_week, KeepPoints(frozenset(), held=frozenset([EVAS_MAIL])), now=NOW) == 1

    assert at_each_point(a_week) == before
    assert read(a_week, "mail/ida", "x", 8) is None
    assert read(a_week, "mail/ida", "x") == b"two"


def test_the_rule_is_in_a_commit_without_the_names_of_those_on_hold(a_week):
    retain(a_week, KeepPoints(frozenset([5, 2]), held=frozenset(["mail/ida"])), now=NOW)

    row = VaultCommit.objects.get(kind="retain")
    name = layout.commit_name(ACME, row.number, bytes(row.digest))
    commit = open_commit(a_week.keys, a_week.store.get(name), name=name).commit
    assert rule_in(commit).kept == (2, 5)
    assert len(rule_in(commit).held) == 1
    assert "ida" not in str(commit)


def test_nothing_to_forget_makes_no_commit(a_week):
    assert retain(a_week, KeepDays(400), now=NOW + 6 * DAY) == 0

    assert lookups.head(ACME)[0] == 7


def test_a_run_that_lost_its_job_forgets_nothing(a_week):
    before = at_each_point(a_week)

    with pytest.raises(Superseded):
        retain(a_week, KeepPoints(frozenset()), now=NOW, holds=lambda: False)

    assert at_each_point(a_week) == before
    assert lookups.head(ACME)[0] == 7


def test_bolts_versions_are_not_asked_about(a_week, tmp_path):
    bolt = make_vault(tmp_path / "vault", BOLT)
    back_up(bolt, "mail/pia", {"a": b"one"})
    back_up(bolt, "mail/pia", {"a": b"two"})

    retain(a_week, KeepPoints(frozenset()), now=NOW)

    assert read(bolt, "mail/pia", "a", 1) == b"one"


@given(
    hours=some.lists(some.integers(-40, 40), max_size=12),
    days=some.integers(1, 3),
    now=some.integers(-20, 60),
)
def test_the_moment_some_days_ago_can_always_be_seen_however_the_clocks_ran(hours, days, now):
    points = [Point(number, NOW + timedelta(hours=hour)) for number, hour in enumerate(hours, 1)]
    moment = NOW + timedelta(hours=now)

    kept = KeepDays(days).kept(points, moment)

    begin = moment - days * DAY
    assert kept >= {point.number for point in points if point.made_at > begin}
    older = [point.number for point in points if point.made_at <= begin]
    assert kept >= set(older[-1:])
