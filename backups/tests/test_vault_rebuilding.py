"""The database of Acme's vault is lost, or put back to yesterday: the store and the root key bring everything back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from backups.models import VaultCommit, VaultPack, VaultTombstone
from backups.tests.catalogues import IDAS_MAIL, PHOTO, copy_of, forget, put_back, rows_of, vault_with_everything
from backups.tests.damage import changed, files_of, flipped
from backups.tests.vaults import (
    ACME,
    EVAS_MAIL,
    NOW,
    ROOT,
    back_up,
    contents_of,
    fixed_bytes,
    mail_with,
)
from backups.vault import ids, lookups
from backups.vault.chain import Head, read_chain
from backups.vault.checking import Level, check
from backups.vault.commits import Commit, seal_commit
from backups.vault.errors import CommitDamaged, EndUnclear, KeyMissing, PackDamaged, RolledBack, StoreUnavailable
from backups.vault.layout import commit_name
from backups.vault.rebuilding import rebuild
from backups.vault.root_keys import HeldRootKeys
from backups.vault.stores.faulty import FaultyStore
from backups.vault.writer import Writer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "vault"


@pytest.fixture
def vault(folder):
    return vault_with_everything(folder)


def _rebuild(vault, **options):
    return rebuild(ACME, store=vault.store, root=ROOT, now=NOW, **options)


def test_every_row_of_a_lost_catalogue_comes_back(vault):
    before = rows_of(ACME)
    contents = contents_of(vault, EVAS_MAIL), contents_of(vault, IDAS_MAIL), contents_of(vault, EVAS_MAIL, at=2)
    forget(ACME)
    told = []

    rebuilt = _rebuild(vault, progress=lambda *step: told.append(step))

    assert rows_of(ACME) == before
    assert (
        contents_of(vault, EVAS_MAIL),
        contents_of(vault, IDAS_MAIL),
        contents_of(vault, EVAS_MAIL, at=2),
    ) == contents
    assert (rebuilt.before, rebuilt.counts["commits"], rebuilt.problems) == (0, 4, [])
    assert told[-1] == ("commits", 4, 4)
    for level in Level:
        assert list(check(vault, level, now=NOW)) == []


def test_backups_go_on_where_they_were_and_store_nothing_twice(vault):
    forget(ACME)
    rebuilt = _rebuild(vault)

    back_up(rebuilt.vault, IDAS_MAIL, {"offer": mail_with(PHOTO), "new": b"new"})

    packs = VaultPack.objects.filter(organization=ACME, commit=5)
    assert sum(pack.size for pack in packs) < 2_000
    assert contents_of(vault, IDAS_MAIL)["new"] == b"new"


def test_a_rebuild_of_a_whole_catalogue_changes_nothing(vault):
    before = rows_of(ACME)

    assert _rebuild(vault).counts["commits"] == 0

    assert rows_of(ACME) == before


def test_a_catalogue_of_yesterday_is_brought_up_to_today(vault):
    yesterday = copy_of(ACME)
    back_up(vault, EVAS_MAIL, {"eva 3": b"today", "today": b"new"})
    today = rows_of(ACME)
    put_back(ACME, yesterday)

    rebuilt = _rebuild(vault)

    assert rebuilt.before == 4
    assert rows_of(ACME) == today


@pytest.mark.parametrize("stopped_after", range(1, 6))
def test_a_rebuild_that_broke_off_is_run_again(vault, stopped_after):
    before = rows_of(ACME)
    forget(ACME)
    steps = []

    def stop(*step):
        steps.append(step)
        if len(steps) == stopped_after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _rebuild(vault, progress=stop)
    _rebuild(vault)

    assert rows_of(ACME) == before


def test_a_rolled_back_store_is_refused_and_nothing_is_changed(vault, folder):
    head = Head(*lookups.head(ACME))
    before = rows_of(ACME)

    with changed(files_of(folder, ACME, "commits")[-1], None):
        with pytest.raises(RolledBack, match="Commit 4 counted"):
            _rebuild(vault)
        assert rows_of(ACME) == before
        forget(ACME)
        with pytest.raises(RolledBack):
            _rebuild(vault, expected=head)

    assert rows_of(ACME, "commit") == {"commit": []}


def test_a_missing_commit_stops_the_rebuild_unless_told_to_go_on_without_it(vault, folder):
    forget(ACME)

    with changed(files_of(folder, ACME, "commits")[1], None):
        with pytest.raises(CommitDamaged, match="Commit 2"):
            _rebuild(vault)
        rebuilt = _rebuild(vault, over_gaps=True)
        evas = contents_of(vault, EVAS_MAIL)
        idas = {row.external_id for row in lookups.objects_of(ACME, IDAS_MAIL)}

    assert len(evas) == 40
    assert evas["eva 1"] == b"changed"
    assert idas == {"copy"}
    assert [type(problem) for problem in rebuilt.problems] == [CommitDamaged]
    assert lookups.head(ACME)[0] == 4


def test_a_damaged_pack_costs_what_is_in_it_and_is_told(vault, folder):
    forget(ACME)
    path = max(files_of(folder, ACME, "packs"), key=lambda one: one.stat().st_size)

    with changed(path, flipped(path.read_bytes(), -20)):
        rebuilt = _rebuild(vault)

    assert {type(problem) for problem in rebuilt.problems} == {PackDamaged, CommitDamaged}
    assert len(contents_of(vault, EVAS_MAIL)) == 40
    assert {finding.problem.name for finding in check(vault, Level.CONTENT, now=NOW)} == {""}


def test_commits_that_lost_do_not_count_and_two_ends_are_both_kept(vault, folder):
    first = VaultCommit.objects.get(organization=ACME, number=1)
    lost = seal_commit(vault.keys, Commit(ACME, 2, bytes(first.digest), NOW, counts={"versions": 7}))
    vault.store.put_if_absent(lost.name, lost.content)
    chain = read_chain(vault.store, vault.keys)
    assert [link.name for link in chain.left_over] == [lost.name]
    before = rows_of(ACME, "object", "version", "blob")
    # A writer that died before its commit counted, and another one's commit of the same number.
    last = next(chain.commits(vault.store, vault.keys, after=3)).commit
    died = seal_commit(vault.keys, replace(last, made_at=last.made_at - timedelta(hours=1), manifests=(), packs=()))
    vault.store.put_if_absent(died.name, died.content)
    forget(ACME)

    rebuilt = _rebuild(vault)

    assert rebuilt.left_over == [lost.name]
    (told,) = rebuilt.problems
    assert isinstance(told, EndUnclear)
    assert died.name in str(told)
    assert rebuilt.counts["commits"] == 5
    assert lookups.head(ACME)[0] == 5
    assert rows_of(ACME, "blob") == {"blob": before["blob"]}
    assert contents_of(vault, EVAS_MAIL)["eva 2"] == b"came back"
    assert read_chain(vault.store, vault.keys, expected=Head(*lookups.head(ACME))).problems == []


def rival_of_the_last(vault, **changes):
    """Put a commit of a writer that died, of the same number as the newest one; ``changes`` make it another one."""
    last = list(read_chain(vault.store, vault.keys).commits(vault.store, vault.keys))[-1].commit
    died = seal_commit(vault.keys, replace(last, **{"manifests": (), "packs": (), **changes}))
    vault.store.put_if_absent(died.name, died.content)
    return died


CLOCKS = (timedelta(days=-400), timedelta(), timedelta(days=400))


@pytest.mark.parametrize("wrong_by", CLOCKS)
def test_a_dead_writers_clock_cannot_put_it_before_what_was_built_on(vault, wrong_by):
    died = rival_of_the_last(vault, made_at=NOW + wrong_by, counts={"versions": 9})
    back_up(vault, EVAS_MAIL, {"later": b"built on the one that counted"})
    before = rows_of(ACME)
    forget(ACME)

    rebuilt = _rebuild(vault)

    assert rows_of(ACME) == before
    assert (rebuilt.problems, rebuilt.left_over) == ([], [died.name])


@pytest.mark.parametrize("wrong_by", CLOCKS)
def test_two_ends_come_back_the_same_whatever_their_clocks_said(vault, wrong_by):
    """The dead writer had the same objects of Ida as the one that counted, and nobody built on either."""
    back_up(vault, IDAS_MAIL, {"offer": b"from one writer"})
    manifests = list(read_chain(vault.store, vault.keys).commits(vault.store, vault.keys))[-1].commit.manifests
    rival_of_the_last(vault, made_at=NOW + wrong_by, manifests=manifests, kind="erase", tombstones=(bytes(32),))
    forget(ACME)

    rebuilt = _rebuild(vault)

    assert [type(problem) for problem in rebuilt.problems] == [EndUnclear]
    # The erasure has the last word, wherever its clock stood.
    assert VaultTombstone.objects.get(organization=ACME).commit == lookups.head(ACME)[0] == 6
    assert _rebuild(vault).problems == []


@pytest.mark.parametrize("wrong_by", CLOCKS)
def test_an_erasure_at_the_end_is_not_undone_by_a_backup_that_died_beside_it(vault, wrong_by):
    number, digest = lookups.head(ACME)
    died = back_up_and_forget(vault, {"secret": b"never to be seen again"}, made_at=NOW + wrong_by)
    erased = Commit(
        ACME, number + 1, digest, NOW, "erase", tombstones=(ids.tombstone(vault.keys.tombstone_key, EVAS_MAIL),)
    )
    sealed = seal_commit(vault.keys, erased)
    vault.store.put_if_absent(sealed.name, sealed.content)
    forget(ACME)

    rebuilt = _rebuild(vault)

    assert died.name in str(rebuilt.problems[0])
    assert contents_of(vault, EVAS_MAIL) == {}
    assert contents_of(vault, IDAS_MAIL)


def back_up_and_forget(vault, contents, *, made_at):
    """Leave in the store what a writer leaves that died behind its commit object, and return the commit."""
    before = copy_of(ACME)
    with Writer(vault, now=lambda: made_at) as writer:
        for name, content in contents.items():
            writer.put(EVAS_MAIL, name, content)
    (died,) = list(read_chain(vault.store, vault.keys).commits(vault.store, vault.keys))[-1:]
    put_back(ACME, before)
    return died


@pytest.mark.parametrize("wrong_by", CLOCKS)
def test_what_came_before_a_gap_is_what_was_built_on_and_never_a_rival_of_what_is_missing(vault, folder, wrong_by):
    """Commit 3 is missing; a writer that died had built its own third one on the second."""
    second = VaultCommit.objects.get(organization=ACME, number=2)
    lost = seal_commit(vault.keys, Commit(ACME, 2, bytes(32), NOW + wrong_by, counts={"versions": 7}))
    built = seal_commit(vault.keys, Commit(ACME, 3, bytes(second.digest), NOW + wrong_by, counts={"versions": 8}))
    for one in (lost, built):
        vault.store.put_if_absent(one.name, one.content)
    missing = VaultCommit.objects.get(organization=ACME, number=3)
    path = folder / commit_name(ACME, 3, bytes(missing.digest))

    with changed(path, None):
        chain = read_chain(vault.store, vault.keys)

    assert [link.number for link in chain.links] == [1, 2, 4]
    assert chain.links[1].digest == bytes(second.digest)
    assert [type(problem) for problem in chain.problems] == [CommitDamaged]


def test_rivals_before_a_gap_that_nobody_can_tell_apart_are_named(vault, folder):
    first = VaultCommit.objects.get(organization=ACME, number=1)
    rival = seal_commit(vault.keys, Commit(ACME, 2, bytes(first.digest), NOW, counts={"versions": 7}))
    vault.store.put_if_absent(rival.name, rival.content)
    missing = VaultCommit.objects.get(organization=ACME, number=3)

    with changed(folder / commit_name(ACME, 3, bytes(missing.digest)), None):
        chain = read_chain(vault.store, vault.keys)

    assert {type(problem) for problem in chain.problems} == {CommitDamaged, EndUnclear}
    assert any("Commit 3 is missing" in str(problem) and rival.name in str(problem) for problem in chain.problems)


def test_what_has_left_the_store_proves_that_the_commit_which_gave_it_up_counted(vault):
    gave_up = rival_of_the_last(vault, kind="collect", dropped=(fixed_bytes("gone", 32),))

    chain = read_chain(vault.store, vault.keys)

    assert [link.name for link in (*chain.links[-1:], *chain.rivals)][-1] == gave_up.name


def test_what_was_erased_since_yesterday_is_erased_again(vault):
    """The erasure itself is tested with its own code; here only its commit is in the store."""
    yesterday = copy_of(ACME)
    key = vault.keys.tombstone_key
    gone = (ids.tombstone(key, IDAS_MAIL, "offer"), ids.tombstone(key, EVAS_MAIL))
    head = lookups.head(ACME)
    erased = seal_commit(vault.keys, Commit(ACME, head[0] + 1, head[1], NOW, kind="erase", tombstones=gone))
    vault.store.put_if_absent(erased.name, erased.content)
    (told,) = check(vault, Level.LISTING, now=NOW)
    put_back(ACME, yesterday)

    _rebuild(vault)

    assert isinstance(told.problem, RolledBack)
    assert contents_of(vault, EVAS_MAIL) == {}
    assert set(contents_of(vault, IDAS_MAIL)) == {"film", "empty", "copy"}
    assert VaultTombstone.objects.filter(organization=ACME, commit=5).count() == 2
    assert list(check(vault, Level.LISTING, now=NOW)) == []


def test_without_the_root_key_or_the_records_nothing_is_touched(vault, folder):
    forget(ACME)
    stranger = HeldRootKeys([fixed_bytes("another root key", 32)])

    with pytest.raises(KeyMissing, match="root key"):
        rebuild(ACME, store=vault.store, root=stranger, now=NOW)
    with (
        changed(folder / str(ACME) / "keys" / "0001" / "master", None),
        pytest.raises(KeyMissing, match="no key record"),
    ):
        _rebuild(vault)

    assert rows_of(ACME, "organization", "key") == {"organization": [], "key": []}


def test_a_damaged_commit_that_never_counted_does_not_stop_a_rebuild_but_a_damaged_newest_one_does(vault, folder):
    before = rows_of(ACME)
    lost = seal_commit(vault.keys, Commit(ACME, 2, bytes(32), NOW))
    vault.store.put_if_absent(lost.name, lost.content[:-1])
    newest = files_of(folder, ACME, "commits")[-1]
    forget(ACME)

    with changed(newest, newest.read_bytes()[:-1]), pytest.raises(CommitDamaged, match="is damaged"):
        _rebuild(vault)
    rebuilt = _rebuild(vault)

    assert rows_of(ACME) == before
    assert [problem.name for problem in rebuilt.problems] == [lost.name]


def test_a_store_that_does_not_answer_is_not_taken_for_damage(vault):
    store = FaultyStore(vault.store, sleep=lambda seconds: None)
    store.fail("get", StoreUnavailable("The store is away."), at=3)
    forget(ACME)

    with pytest.raises(StoreUnavailable):
        rebuild(ACME, store=store, root=ROOT, now=NOW)
