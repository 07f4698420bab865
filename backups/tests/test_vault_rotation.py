"""Ops replaces keys: everything stays readable at every moment, and what was retired opens nothing any more."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection

from backups.models import VaultCommit, VaultKey, VaultPack
from backups.tests.catalogues import forget, rows_of
from backups.tests.damage import files_of
from backups.tests.vaults import ACME, BOLT, EVAS_MAIL, NOW, ROOT, back_up, contents_of, fixed_bytes, make_vault
from backups.vault.checking import Level, check
from backups.vault.errors import KeyMissing, KeyProblem, KeyRetired, StoreUnavailable, WrongKey
from backups.vault.key_records import stored_records
from backups.vault.keys import WrappedKey, record_epoch
from backups.vault.rebuilding import rebuild
from backups.vault.rewrapping import packs_of_older_epochs, wrap_packs_again
from backups.vault.root_keys import HeldRootKeys
from backups.vault.rotation import GRACE, begin_epoch, destroy_retired, rotate_root
from backups.vault.stores.faulty import FaultyStore
from backups.vault.stores.local import LocalStore
from backups.vault.vault import Vault, open_vault

pytestmark = pytest.mark.django_db(transaction=True)
NEW_KEY = fixed_bytes("new root", 32)
NEW = HeldRootKeys([NEW_KEY])
NEW_IN_FRONT = HeldRootKeys([NEW_KEY, hashlib.sha256(b"a root key for tests").digest()])
CONTENTS = {f"eva {number}": fixed_bytes(f"e{number}", 500) for number in range(6)}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "vault"


@pytest.fixture
def vault(folder):
    """Acme's vault with six packs under the first epoch; Bolt's is beside it."""
    vault = make_vault(folder)
    for name, content in CONTENTS.items():
        back_up(vault, EVAS_MAIL, {name: content})
    make_vault(folder, BOLT)
    return vault


def _opened(vault, root=ROOT):
    return open_vault(ACME, store=vault.store, root=root)


def _sound(vault):
    levels = (Level.LISTING, Level.CONTENT, Level.DRILL)
    return [finding for level in levels for finding in check(vault, level, now=NOW)] == []


def test_a_new_root_key_wraps_the_record_and_the_old_one_opens_nothing(vault, folder):
    assert rotate_root(ACME, store=vault.store, root=NEW_IN_FRONT) == 1
    assert rotate_root(ACME, store=vault.store, root=NEW_IN_FRONT) == 0

    assert contents_of(_opened(vault, NEW), EVAS_MAIL) == CONTENTS
    assert {record_epoch(record)[1] for record in stored_records(vault.store, ACME)} == {NEW.name}
    with pytest.raises(KeyMissing):
        _opened(vault, ROOT)
    # Another organization is rotated by itself.
    open_vault(BOLT, store=vault.store, root=ROOT)


def test_a_record_the_store_lost_is_put_back(vault, folder):
    master = folder / str(ACME) / "keys" / "0001" / "master"
    before = master.read_bytes()
    master.unlink()
    assert [type(finding.problem) for finding in check(vault, Level.LISTING, now=NOW)] == [KeyMissing]

    assert rotate_root(ACME, store=vault.store, root=ROOT) == 0

    assert master.read_bytes() == before


@pytest.mark.parametrize("stops_at", range(1, 7))
def test_the_store_holds_a_record_that_opens_at_every_moment_of_an_exchange(vault, stops_at):
    faulty = FaultyStore(vault.store, sleep=lambda seconds: None)
    for method in ("put_if_absent", "delete"):
        faulty.fail(
            method, StoreUnavailable("The power is out."), at=(stops_at + 1) // 2, after_doing_it=stops_at % 2 == 0
        )

    for _ in range(4):
        try:
            rotate_root(ACME, store=faulty, root=NEW_IN_FRONT)
        except StoreUnavailable:
            assert {record_epoch(record)[1] for record in stored_records(vault.store, ACME)} & {ROOT.name, NEW.name}
    rotate_root(ACME, store=vault.store, root=NEW_IN_FRONT)

    names = [path.name for path in files_of(vault.store.root, ACME, "keys") if path.name.startswith("master")]
    assert names == ["master"]
    assert record_epoch(vault.store.get(f"{ACME}/keys/0001/master"))[1] == NEW.name


def test_a_root_key_that_is_not_held_changes_nothing(vault):
    before = rows_of(ACME, "key")

    with pytest.raises(KeyMissing, match="add that key"):
        rotate_root(ACME, store=vault.store, root=NEW)

    assert rows_of(ACME, "key") == before
    assert contents_of(_opened(vault), EVAS_MAIL) == CONTENTS


def test_a_new_epoch_wraps_every_pack_again_and_the_old_master_opens_none(vault, folder):
    old_slips = {path.name for path in files_of(folder, ACME, "keys")} - {"master"}
    told = []

    newer = begin_epoch(vault, root=ROOT, now=NOW)
    assert packs_of_older_epochs(ACME) == 6
    assert wrap_packs_again(newer, now=NOW, progress=lambda *step: told.append(step)) == 6

    assert told == [(6, 6)]
    assert VaultCommit.objects.get(organization=ACME, number=7).kind == "rotate"
    assert not old_slips & {path.name for path in files_of(folder, ACME, "keys")}
    assert set(VaultPack.objects.filter(organization=ACME).values_list("epoch", flat=True)) == {2}
    assert contents_of(_opened(vault), EVAS_MAIL) == CONTENTS
    with pytest.raises(KeyMissing):
        contents_of(vault, EVAS_MAIL)
    assert _sound(_opened(vault))


def test_the_old_record_is_destroyed_after_a_grace_and_then_its_packs_say_retired(vault, folder):
    pack = VaultPack.objects.filter(organization=ACME).first()
    kept_aside = WrappedKey(1, bytes(pack.wrapped_key))
    newer = begin_epoch(vault, root=ROOT, now=NOW)
    wrap_packs_again(newer, now=NOW)

    assert destroy_retired(newer, now=NOW + GRACE - timedelta(seconds=1)) == []
    assert destroy_retired(newer, now=NOW + GRACE) == [1]

    again = _opened(vault)
    assert contents_of(again, EVAS_MAIL) == CONTENTS
    assert not (folder / str(ACME) / "keys" / "0001" / "master").exists()
    assert VaultKey.objects.get(organization=ACME, epoch=1).record is None
    with pytest.raises(KeyRetired):
        again.keys.unwrap_pack_key(pack.id.bytes, kept_aside)
    assert _sound(again)


def test_a_job_that_began_before_the_rotation_ends_well_and_its_packs_are_wrapped_again(vault):
    newer = begin_epoch(vault, root=ROOT, now=NOW)
    wrap_packs_again(newer, now=NOW)
    back_up(vault, EVAS_MAIL, {"late": b"written with the old keys"})

    assert packs_of_older_epochs(ACME) == 1
    assert destroy_retired(newer, now=NOW + GRACE) == []
    assert wrap_packs_again(newer, now=NOW) == 1
    assert destroy_retired(newer, now=NOW + GRACE) == [1]

    assert contents_of(_opened(vault), EVAS_MAIL) == {**CONTENTS, "late": b"written with the old keys"}


def test_a_rebuilt_catalogue_has_the_keys_of_the_newest_epoch(vault):
    newer = begin_epoch(vault, root=ROOT, now=NOW)
    wrap_packs_again(newer, now=NOW)
    destroy_retired(newer, now=NOW + GRACE)
    before = rows_of(ACME, but={"root_name"})
    forget(ACME)

    rebuilt = rebuild(ACME, store=vault.store, root=ROOT, now=NOW)

    assert rows_of(ACME, but={"root_name"}) == before
    assert contents_of(rebuilt.vault, EVAS_MAIL) == CONTENTS


def test_two_rotations_at_once_make_one_epoch_each_after_the_other_or_refuse(vault):
    outcomes = []
    barrier = threading.Barrier(2)

    def rotate():
        barrier.wait()
        try:
            outcomes.append(wrap_packs_again(begin_epoch(vault, root=ROOT, now=NOW), now=NOW))
        except KeyProblem:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=rotate) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes, key=str) == [6, "refused"]
    assert contents_of(_opened(vault), EVAS_MAIL) == CONTENTS


def test_a_key_destroyed_by_an_erasure_does_not_come_back(vault):
    VaultPack.objects.filter(organization=ACME, commit=2).update(wrapped_key=None, key_destroyed_at=NOW, doomed_at=NOW)

    newer = begin_epoch(vault, root=ROOT, now=NOW)

    assert wrap_packs_again(newer, now=NOW) == 5
    assert VaultPack.objects.get(organization=ACME, commit=2).wrapped_key is None


def test_a_wrapped_key_that_does_not_open_stops_the_rotation_and_nothing_is_lost(vault):
    pack = VaultPack.objects.filter(organization=ACME).first()
    wrong = bytes(pack.wrapped_key)[:-1] + bytes([bytes(pack.wrapped_key)[-1] ^ 1])
    VaultPack.objects.filter(organization=ACME, id=pack.id).update(wrapped_key=wrong)
    newer = begin_epoch(vault, root=ROOT, now=NOW)

    with pytest.raises(WrongKey, match="slip"):
        wrap_packs_again(newer, now=NOW)

    assert packs_of_older_epochs(ACME) == 6
    assert destroy_retired(newer, now=NOW + GRACE) == []


KILLED = """
import django; django.setup()
from datetime import datetime
from pathlib import Path
from backups.tests.vaults import ACME, NOW, ROOT
from backups.vault.rewrapping import wrap_packs_again
from backups.vault.rotation import GRACE, begin_epoch, destroy_retired
from backups.vault.stores.local import LocalStore
from backups.vault.vault import open_vault
vault = open_vault(ACME, store=LocalStore(Path("{folder}")), root=ROOT)
vault = begin_epoch(vault, root=ROOT, now=NOW)
wrap_packs_again(vault, now=NOW)
destroy_retired(vault, now=NOW + GRACE)
"""
POINTS = ["rotation.epoch_stored", "rotation.slips_stored", "commit.before_put", "commit.after_put",
          "rotation.committed", "rotation.destroyed"]  # fmt: skip


@pytest.mark.parametrize("point", POINTS)
def test_a_rotation_killed_at_any_point_is_run_again_and_nothing_is_lost(vault, folder, point):
    environment = {
        **os.environ,
        "VAULT_FAULT_POINT": point,
        "PORTICO_MODE": "test",
        "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
        "DATABASE_URL": _address(),
    }
    ended = subprocess.run(
        [sys.executable, "-c", KILLED.format(folder=folder)],
        env=environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr

    after = _opened(Vault(ACME, LocalStore(folder), None))
    assert contents_of(after, EVAS_MAIL) == CONTENTS
    assert list(check(after, Level.CONTENT, now=NOW)) == []
    versions = rows_of(ACME, "version", "object")
    if after.keys.epoch == 1:
        after = begin_epoch(after, root=ROOT, now=NOW)
    wrap_packs_again(after, now=NOW)
    destroy_retired(after, now=NOW + GRACE)
    assert contents_of(_opened(after), EVAS_MAIL) == CONTENTS
    assert packs_of_older_epochs(ACME) == 0
    assert not [path for path in files_of(folder, ACME, "keys") if path.parent.name == "0001"]
    assert _sound(_opened(after))
    forget(ACME)
    rebuild(ACME, store=after.store, root=ROOT, now=NOW)
    assert rows_of(ACME, "version", "object") == versions


def _address():
    server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    return f"{server}/{connection.settings_dict['NAME']}"
