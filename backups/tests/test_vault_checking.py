"""Ops checks Acme's vault: whatever happened to its objects is found, named by the objects it concerns, and not"
" served."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection

from backups.models import VaultPack
from backups.tests.damage import IDAS_MAIL, changed, files_of, flipped, unreadable_objects, vault_to_damage
from backups.tests.vaults import (
    ACME,
    BOLT,
    EVAS_MAIL,
    NOW,
    back_up,
    contents_of,
    fixed_bytes,
    version_of,
)
from backups.vault import lookups
from backups.vault.chain import read_chain
from backups.vault.checking import Checked, Level, check
from backups.vault.commits import seal_commit
from backups.vault.errors import (
    CommitDamaged,
    ContentDamaged,
    KeyMissing,
    PackDamaged,
    RolledBack,
    StoreUnavailable,
    Swapped,
    WrongKey,
)
from backups.vault.pack_rotation import DAYS, PackCheck
from backups.vault.stores.faulty import FaultyStore
from backups.vault.vault import Vault

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "vault"


@pytest.fixture
def vault(folder):
    return vault_to_damage(folder)


def _found(vault, *levels, **options):
    return [finding for level in levels for finding in check(vault, level, now=NOW, seed=1, **options)]


def test_nothing_is_found_in_a_sound_vault_and_the_figures_say_what_was_looked_at(vault):
    told = []

    for level in Level:
        told.append(Checked(level))
        assert list(check(vault, level, now=NOW, checked=told[-1], seed=1)) == []

    listing, _, content, drill = [one.counts for one in told]
    assert (listing["packs"], listing["commits"], listing["slips"], listing["orphans"]) == (4, 4, 4, 0)
    assert content["packs_read"] == 4
    assert content["bytes_read"] == listing["pack_bytes"]
    assert content["blobs_opened"] >= 40
    assert drill["versions_drilled"] > 20


def test_a_flipped_bit_names_the_mail_it_is_in_and_everything_else_stays_readable(vault, folder):
    version = version_of(vault, EVAS_MAIL, "eva 3")
    (place,) = lookups.CatalogueIndex(ACME).places([version.recipe[2:34]]).values()
    path = folder / _name_of_pack(place.pack_id)

    with changed(path, flipped(path.read_bytes(), place.start + 5)):
        (finding,) = _found(vault, Level.CONTENT)
        (by_day,) = check(vault, Level.ROTATION, now=NOW + timedelta(days=DAYS + 1))
        unreadable = unreadable_objects(vault)

    assert isinstance(finding.problem, PackDamaged)
    assert finding.objects == by_day.objects == [(EVAS_MAIL, "eva 3")]
    assert unreadable == {(EVAS_MAIL, "eva 3")}
    assert "stay readable" in finding.readable


def test_bolts_pack_in_the_place_of_acmes_is_told_as_swapped(vault, folder):
    acmes, bolts = files_of(folder, ACME, "packs")[0], files_of(folder, BOLT, "packs")[0]

    with changed(acmes, bolts.read_bytes()):
        findings = _found(vault, Level.CONTENT)

    assert [type(finding.problem) for finding in findings] == [Swapped]
    assert findings[0].total + len(findings[0].accounts) > 0


def test_a_missing_commit_is_found_and_a_missing_newest_one_is_a_rollback(vault, folder):
    commits = files_of(folder, ACME, "commits")

    with changed(commits[1], None):
        missing = _found(vault, Level.LISTING)
    with changed(commits[-1], None):
        rolled_back = _found(vault, Level.LISTING)
        readable = contents_of(vault, IDAS_MAIL)

    assert {type(finding.problem) for finding in missing} == {CommitDamaged}
    assert RolledBack in {type(finding.problem) for finding in rolled_back}
    assert "put the store back" in str(rolled_back[0].problem)
    assert len(readable) == 21


def test_a_database_put_back_to_yesterday_is_told_apart_from_a_writer_that_died(vault):
    with connection.cursor() as cursor:
        _set_head(cursor, 3)
        died = _found(vault, Level.LISTING)
        _set_head(cursor, 2)
        put_back = _found(vault, Level.LISTING)

    assert died == []
    assert [type(finding.problem) for finding in put_back] == [RolledBack]
    assert "vault rebuild" in str(put_back[0].problem)


def test_another_writers_commit_of_the_same_number_that_lost_is_no_damage(vault):
    number, _ = lookups.head(ACME)
    newest = next(read_chain(vault.store, vault.keys).commits(vault.store, vault.keys, after=number - 1)).commit
    lost = seal_commit(vault.keys, replace(newest, made_at=newest.made_at - timedelta(hours=1), manifests=(), packs=()))
    vault.store.put_if_absent(lost.name, lost.content)

    assert _found(vault, Level.LISTING) == []


def test_a_pack_that_is_gone_or_cut_names_its_objects_without_reading_content(vault, folder):
    path = max(files_of(folder, ACME, "packs"), key=lambda one: one.stat().st_size)

    with changed(path, None):
        (gone,) = _found(vault, Level.LISTING)
    with changed(path, path.read_bytes()[:1_000]):
        (cut,) = _found(vault, Level.LISTING)

    assert gone.objects == cut.objects == [(IDAS_MAIL, "film")]
    assert "missing" in str(gone.problem)
    assert gone.as_json()["error"] == "PackDamaged"


def test_a_pack_nobody_refers_to_is_counted_and_is_no_damage(vault, folder):
    name = fixed_bytes("nobody's", 32).hex()
    stray = folder / str(ACME) / "packs" / name[:2] / name
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"left by a writer that died")
    checked = Checked(Level.LISTING)

    assert list(check(vault, Level.LISTING, now=NOW, checked=checked)) == []
    assert (checked.counts["orphans"], checked.counts["orphan_bytes"]) == (1, 26)


def test_a_master_or_slip_that_only_the_catalogue_has_is_told(vault, folder):
    slip, master = files_of(folder, ACME, "keys")[0], folder / str(ACME) / "keys" / "0001" / "master"
    slip = next(path for path in files_of(folder, ACME, "keys") if path != master)

    with changed(master, None), changed(slip, None):
        findings = _found(vault, Level.LISTING)

    assert {type(finding.problem) for finding in findings} == {KeyMissing, CommitDamaged}
    assert all(finding.total == 0 for finding in findings)


def test_a_key_that_does_not_open_a_pack_names_everything_in_it(vault):
    pack = VaultPack.objects.filter(organization=ACME).order_by("-size").first()
    wrong = flipped(bytes(pack.wrapped_key), 20)
    VaultPack.objects.filter(organization=ACME, id=pack.id).update(wrapped_key=wrong)

    (finding,) = _found(vault, Level.CONTENT)

    assert isinstance(finding.problem, WrongKey)
    assert finding.objects == [(IDAS_MAIL, "film")]


def test_every_pack_is_read_again_within_thirty_days_and_a_broken_off_day_goes_on(vault, folder):
    for number in range(12):
        back_up(vault, EVAS_MAIL, {f"more {number}": fixed_bytes(f"more {number}", 300)})
    read = []

    for day in range(DAYS):
        left = [2]
        PackRead = PackCheck(vault, now=NOW + timedelta(days=day))
        assert list(PackRead.todays(goes_on=lambda left=left: left.append(0) or len(left) < 4)) == []
        rest = PackCheck(vault, now=NOW + timedelta(days=day, hours=2))
        assert list(rest.todays()) == []
        again = PackCheck(vault, now=NOW + timedelta(days=day, hours=4))
        assert list(again.todays()) == []
        assert again.counts["packs_read"] == 0
        read.append(PackRead.counts["packs_read"] + rest.counts["packs_read"])

    assert sum(read) == 16
    assert not VaultPack.objects.filter(organization=ACME, checked_at=None).exists()
    # A month without any check is caught up on its first day.
    late = PackCheck(vault, now=NOW + timedelta(days=70))
    assert list(late.todays()) == []
    assert late.counts["packs_read"] == 16


def test_a_pack_found_damaged_is_told_every_day_until_it_is_right(vault, folder):
    assert _found(vault, Level.CONTENT) == []
    path = files_of(folder, ACME, "packs")[0]
    when = NOW + timedelta(days=40)

    with changed(path, flipped(path.read_bytes(), -1)):
        first = list(check(vault, Level.ROTATION, now=when))
        second = list(check(vault, Level.ROTATION, now=when + timedelta(days=1)))
    third = Checked(Level.ROTATION)

    assert len(first) == len(second) == 1
    assert list(check(vault, Level.ROTATION, now=when + timedelta(days=2), checked=third)) == []
    # The other pack is read too where this is its own day of the thirty.
    assert third.counts["packs_read"] in (1, 2)
    assert list(check(vault, Level.ROTATION, now=when + timedelta(days=2, hours=1))) == []


def test_a_store_that_does_not_answer_is_not_called_damage(vault):
    store = FaultyStore(vault.store, sleep=lambda seconds: None)
    store.fail("get", StoreUnavailable("The store is away."), at=2)
    checked = Checked(Level.CONTENT)

    findings = list(check(Vault(ACME, store, vault.keys), Level.CONTENT, now=NOW, checked=checked))

    assert [type(finding.problem) for finding in findings] == [StoreUnavailable]
    assert findings[0].total == 0
    assert checked.counts["packs_damaged"] == 0
    assert VaultPack.objects.filter(organization=ACME, checked_at=None).count() == 1


def test_a_drill_reads_like_a_restore_and_names_what_is_not_what_the_source_gave(vault):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE backups_vaultversion SET sha256 = %s WHERE organization = %s", [bytes(32), ACME])

    findings = _found(vault, Level.DRILL, sample=3)

    assert {type(finding.problem) for finding in findings} == {ContentDamaged}
    assert all(finding.objects[0][0] in (EVAS_MAIL, IDAS_MAIL) for finding in findings)


def _name_of_pack(pack_id):
    digest = bytes(VaultPack.objects.get(organization=ACME, id=UUID(bytes=pack_id)).digest).hex()
    return f"{ACME}/packs/{digest[:2]}/{digest}"


def _set_head(cursor, number):
    cursor.execute(
        "UPDATE backups_vaultorganization o SET head_number = c.number, head_digest = c.digest FROM backups_vaultcommit"
        " c WHERE c.organization = o.organization AND o.organization = %s AND c.number = %s",
        [ACME, number],
    )
    cursor.execute("DELETE FROM backups_vaultcommit WHERE organization = %s AND number > %s", [ACME, number])
