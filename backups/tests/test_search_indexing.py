"""The index follows the vault: nothing is missing, nothing stays that should be gone, whatever breaks."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils import timezone

from backups.engine import indexing_texts
from backups.engine.indexing import KIND, index_organization, request_due_indexing, request_indexing
from backups.models import SearchEntry, SearchProgress, VaultVersion
from backups.search import Query, Versions, parse, search
from backups.tests.catalogues import forget
from backups.tests.searching import MORNING, Mailbox, index, rows_of
from backups.vault.configured import configured_root, configured_store
from backups.vault.erasing import erase_account, erase_objects
from backups.vault.rebuilding import rebuild
from backups.vault.retention import KeepPoints, retain
from jobs import claims
from jobs.claims import LeaseLost
from jobs.models import Job


@pytest.fixture
def eva(acme, vault_store):
    """Eva's mailbox, saved three times: a mail came, one changed, one was removed."""
    mailbox = Mailbox(acme)
    mailbox.save(offer="Offer for chairs\nTen chairs, please.", lunch="Lunch\nAt noon?", spam="Win a prize\nNow!")
    mailbox.save(offer="Offer for chairs\nTwelve chairs, please.", plan="Plan\nFor spring.")
    mailbox.save(spam=None)
    return mailbox


def found(cast, acme, typed, **options):
    answer = search(
        cast["ada"], acme, Query(parse(typed, zone=timezone.get_current_timezone()), **options), now=MORNING
    )
    return [entry.name for entry in answer.entries]


def test_what_is_saved_is_found_with_its_older_states_and_what_was_removed(cast, acme, eva):
    index(acme)

    assert found(cast, acme, "twelve chairs from:ida") == ["Offer for chairs"]
    assert found(cast, acme, "ten chairs") == []
    assert found(cast, acme, "ten chairs", as_of=1) == ["Offer for chairs"]
    assert found(cast, acme, "prize", versions=Versions.NEWEST) == ["Win a prize"]
    assert found(cast, acme, "prize") == []
    intervals = {(entry.object_id, entry.from_commit, entry.stands) for entry in SearchEntry.objects.all()}
    assert intervals == {
        ("offer", 1, False), ("offer", 2, True), ("lunch", 1, True), ("spam", 1, False), ("plan", 2, True),
    }  # fmt: skip
    assert SearchProgress.objects.get().commit == 3


def test_a_version_that_ends_is_closed_in_the_very_commit_that_ends_it(acme, eva):
    index(acme)

    eva.save(plan=None, lunch="Lunch\nAt one?")

    entries = SearchEntry.objects.filter(object_id__in=["plan", "lunch"])
    assert {(entry.object_id, entry.to_commit) for entry in entries} == {("plan", 4), ("lunch", 4)}


def test_what_is_erased_is_found_nowhere_at_once(cast, acme, eva):
    index(acme)

    erase_objects(eva.vault, eva.account, ["record/offer", "mime/offer"], now=MORNING)
    assert found(cast, acme, "chairs", versions=Versions.ALL) == []
    assert found(cast, acme, "lunch") == ["Lunch"]

    erase_account(eva.vault, eva.account, now=MORNING)
    assert not SearchEntry.objects.exists()


def test_what_retention_lets_go_leaves_the_index_in_the_same_transaction(cast, acme, eva):
    index(acme)

    retain(eva.vault, KeepPoints(frozenset({3})), now=MORNING)

    assert found(cast, acme, "ten chairs", versions=Versions.ALL) == []
    assert found(cast, acme, "prize", versions=Versions.ALL) == []
    assert SearchEntry.objects.count() == VaultVersion.objects.count() / 2 == 3


def test_commits_that_save_nothing_are_passed(acme, eva):
    index(acme)
    retain(eva.vault, KeepPoints(frozenset({3})), now=MORNING)

    index(acme)

    assert SearchProgress.objects.get().commit == 4


def test_an_index_made_late_equals_one_that_always_kept_up(acme, eva):
    index(acme)
    eva.save(plan="Plan\nFor summer.", offer=None)
    index(acme)
    kept_up = rows_of(acme)

    forget(acme.uuid)
    assert not SearchEntry.objects.exists()
    rebuild(acme.uuid, store=configured_store(), root=configured_root(), now=MORNING)
    assert not SearchProgress.objects.exists()
    index(acme)

    # The marks of the tokens are new; everything else is as it was.
    marks = {row for row in kept_up} ^ {row for row in rows_of(acme)}
    assert [_without_words(row) for row in kept_up] == [_without_words(row) for row in rows_of(acme)]
    assert marks


def _without_words(row):
    return [value for value in row if "'" not in str(value) or isinstance(value, UUID)]


class _Dies(Exception):
    """The worker dies."""


def _clock_that_stops(after):
    left = iter(range(after))

    def clock():
        if next(left, None) is None:
            raise _Dies
        return MORNING

    return clock


def test_killed_in_the_middle_it_goes_on_without_gaps_and_doubles(acme, eva, monkeypatch):
    monkeypatch.setattr("backups.engine.indexing.BATCH", 1)
    eva.save(**{f"mail{number}": f"Mail {number}\nText {number}." for number in range(6)})

    for stops in (3, 5, 9, 12):
        with pytest.raises(_Dies):
            index(acme, clock=_clock_that_stops(stops))
        Job.objects.update(state=Job.State.QUEUED, lease_until=None, attempts=0)
        with transaction.atomic():
            Job.objects.all().delete()
    before = SearchEntry.objects.count()
    assert 0 < before < 11
    slices = index(acme, slice_lasts=timedelta(0))

    assert slices > 2
    assert SearchEntry.objects.count() == 11
    assert SearchProgress.objects.get().commit == 4


def test_a_worker_that_lost_its_lease_stores_nothing(acme, eva):
    request_indexing(acme, now=MORNING)
    late = claims.claim(Job.objects.get(kind=KIND).pk)
    Job.objects.update(lease_until=MORNING)
    claims.claim(late.job_id)

    with pytest.raises(LeaseLost):
        index_organization(acme.pk, late)

    assert not SearchEntry.objects.exists()
    assert SearchProgress.objects.get().commit == 0


def test_each_minute_whoever_is_behind_is_asked_for_once(acme, bolt, eva):
    assert request_due_indexing(MORNING) == 1
    assert request_due_indexing(MORNING) == 0
    Job.objects.all().delete()

    index(acme)

    assert request_due_indexing(MORNING) == 0


def test_a_store_that_does_not_answer_is_asked_again_later(acme, eva, monkeypatch, tmp_path):
    request_indexing(acme, now=MORNING)
    claim = claims.claim(Job.objects.get(kind=KIND).pk)
    monkeypatch.setenv("VAULT_STORE", f"file://{tmp_path / 'nowhere'}")

    index_organization(acme.pk, claim)

    job = Job.objects.get()
    assert (job.state, job.postponements) == (Job.State.QUEUED, 1)
    assert job.failure


def test_what_cannot_be_read_is_found_by_its_name(cast, acme, eva, vault_store, monkeypatch):
    monkeypatch.setattr(indexing_texts, "LARGEST", 80)
    for pack in [one for one in vault_store.glob("**/packs/**/*") if one.is_file()]:
        pack.chmod(0o600)
        pack.write_bytes(bytes(pack.stat().st_size))
    eva.save(big="Big one\n" + "large " * 50)

    index(acme)

    assert found(cast, acme, "chairs") == ["Offer for chairs"]
    assert found(cast, acme, "twelve") == []
    assert found(cast, acme, "big") == ["Big one"]
    states = dict(SearchEntry.objects.values_list("object_id", "text_state"))
    assert states == {"offer": "UNREADABLE", "lunch": "UNREADABLE", "spam": "UNREADABLE", "plan": "UNREADABLE",
                      "big": "TOO_LARGE"}  # fmt: skip


def test_odd_records_and_contents_hold_nobody_up(cast, acme, eva, monkeypatch):
    def breaks(*_):
        raise RecursionError("odd")

    monkeypatch.setattr(indexing_texts, "read_mail", breaks)

    index(acme)

    assert found(cast, acme, "chairs") == ["Offer for chairs"]
    assert set(SearchEntry.objects.values_list("text_state", flat=True)) == {"UNREADABLE"}


def test_an_entry_of_something_that_is_not_kept_cannot_be_written(acme, eva):
    index(acme)

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'backups_searchentry'::regclass AND contype = 'f'"
            " AND confupdtype = 'c' AND confdeltype = 'c'"
        )
        assert cursor.fetchall() == [("backups_searchentry_of_version",)]
