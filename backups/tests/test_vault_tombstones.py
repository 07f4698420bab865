"""R30: Acme as a whole is erased, or the database comes back from yesterday: what was erased stays erased."""

import json
from datetime import date, timedelta

import pytest

from backups.models import (
    VaultBlob,
    VaultCommit,
    VaultKey,
    VaultManifest,
    VaultObject,
    VaultOrganization,
    VaultPack,
    VaultVersion,
)
from backups.tests.catalogues import copy_of, put_back, rows_of
from backups.tests.collecting import LATER, files, names_in_store
from backups.tests.memory_store import MemoryStore
from backups.tests.vault_model import blobs_of, blobs_that_open, dying_at, keys_left
from backups.tests.vaults import ACME, BOLT, EVAS_MAIL, NOW, ROOT, back_up, contents_of, fixed_bytes
from backups.vault import erased_organizations, key_records, layout, lookups
from backups.vault.erased_organizations import ERASED, Leftover, erase_organization, remove_erased
from backups.vault.erasing import erase_account
from backups.vault.errors import KeyDestroyed, KeyMissing, Superseded, VaultError
from backups.vault.recovery import keys_on_sheet, write_sheet
from backups.vault.tombstones import reapply, reapply_everywhere
from backups.vault.vault import create_vault, open_vault
from backups.vault.writer import Writer

pytestmark = pytest.mark.django_db(transaction=True)
CONTENTS = files("eva", 6, 9_000)
PASSPHRASE = "forty-two horses drink slowly"


class Clock:
    """The store's own clock."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(clock):
    return MemoryStore(clock=clock)


@pytest.fixture
def vault(store):
    vault = create_vault(ACME, store=store, root=ROOT, now=NOW)
    back_up(vault, EVAS_MAIL, CONTENTS)
    back_up(vault, "mail/ida", {"a": b"Ida's own"})
    return vault


@pytest.fixture
def bolt(store):
    bolt = create_vault(BOLT, store=store, root=ROOT, now=NOW)
    back_up(bolt, "mail/pia", CONTENTS)
    return bolt


def erase_acme(vault, **options):
    return erase_organization(ACME, store=vault.store, root=ROOT, now=NOW, **options)


def test_an_erased_organization_leaves_its_certificate_and_nothing_else(vault, bolt):
    certificate = erase_acme(vault)

    assert [name for name in names_in_store(vault) if f"/{ERASED}/" not in name] == []
    assert len(names_in_store(vault)) == 1
    tables = ("commit", "manifest", "tombstone", "pack", "blob", "object", "version")
    assert rows_of(ACME, *tables) == {table: [] for table in tables}
    assert (certificate.what, certificate.objects, certificate.packs) == ("organization", 7, 2)
    assert list(VaultKey.objects.filter(organization=ACME).values_list("record", "destroyed_at")) == [(None, NOW)]
    with pytest.raises(KeyDestroyed):
        open_vault(ACME, store=vault.store, root=ROOT)
    assert contents_of(bolt, "mail/pia") == CONTENTS


def test_not_even_the_recovery_sheet_opens_an_erased_organization(vault):
    records = key_records.stored_records(vault.store, ACME)
    sheet = write_sheet(ACME, records, ROOT, PASSPHRASE, made_on=date(2026, 10, 25))
    stolen = dict(vault.store.kept_aside)

    erase_acme(vault)

    # The sheet still gives the master, and the thief has every pack; the slips with their keys are gone.
    keys = keys_on_sheet(sheet, PASSPHRASE, organization=ACME)
    assert keys.masters
    assert keys_left(vault, only_known=False) == []
    assert any(f"/{layout.PACKS}/" in name for name in stolen)
    assert [name for name in names_in_store(vault) if f"/{layout.KEYS}/" in name] == []


def test_under_a_lock_keys_die_at_once_and_objects_when_their_locks_end(clock):
    store = MemoryStore(clock=clock, lock_window=timedelta(days=30))
    vault = create_vault(ACME, store=store, root=ROOT, now=NOW)
    back_up(vault, EVAS_MAIL, CONTENTS)

    erase_acme(vault)

    assert keys_left(vault, only_known=False) == []
    assert remove_erased(ACME, store=store).locked == 2
    clock.now = NOW + timedelta(days=31)
    assert remove_erased(ACME, store=store) == Leftover(removed=2, locked=0)
    assert len(names_in_store(vault)) == 1
    assert not VaultPack.objects.filter(organization=ACME).exists()


POINTS = ("erase_organization.marked", "erase_organization.certified", "erase_organization.between_keys",
          "erase_organization.destroyed")  # fmt: skip


@pytest.mark.parametrize("point", POINTS)
def test_an_erasure_of_an_organization_that_died_is_run_again(vault, point):
    with dying_at((point, 1)):
        erase_acme(vault)
    with pytest.raises(VaultError):
        back_up(vault, EVAS_MAIL, {"too late": b"x"})

    certificate = erase_organization(ACME, store=vault.store, root=ROOT, now=LATER)

    assert (certificate.objects, certificate.packs) == (7, 2)
    assert len(names_in_store(vault)) == 1
    assert keys_left(vault, only_known=False) == []
    assert not any(lookups.key_records(ACME))


def test_keys_are_gone_before_anything_else_is(vault):
    """Whatever happens to the process then, and however long locks keep the packs, nobody can read them."""
    with dying_at(("erase_organization.destroyed", 1)):
        erase_acme(vault)

    assert [name for name in names_in_store(vault) if f"/{layout.KEYS}/" in name] == []
    assert any(f"/{layout.PACKS}/" in name for name in names_in_store(vault))
    assert keys_left(vault, only_known=False) == []


def test_a_backup_that_runs_while_its_organization_is_erased_commits_nothing(vault):
    writer = Writer(vault)
    writer.put(EVAS_MAIL, "late", b"late")
    writer.settle()

    erase_acme(vault)

    with pytest.raises(VaultError):
        writer.commit()
    assert remove_erased(ACME, store=vault.store).locked == 0
    assert len(names_in_store(vault)) == 1


def test_an_erasure_that_lost_its_job_erases_nothing(vault):
    with pytest.raises(Superseded):
        erase_acme(vault, holds=lambda: False)

    assert contents_of(vault, EVAS_MAIL) == CONTENTS
    assert VaultOrganization.objects.get(organization=ACME).erased_at is None


def test_nothing_is_removed_of_an_organization_that_was_not_erased(vault):
    names = names_in_store(vault)

    with pytest.raises(LookupError, match="was not erased"):
        remove_erased(ACME, store=vault.store)

    assert names_in_store(vault) == names
    assert contents_of(vault, EVAS_MAIL) == CONTENTS


def test_every_row_that_names_something_goes_however_many_there_are_and_the_moment_stays(vault, monkeypatch):
    monkeypatch.setattr(erased_organizations, "_BATCH", 2)
    back_up(vault, EVAS_MAIL, files("many", 7, 500))

    erase_acme(vault)
    erase_organization(ACME, store=vault.store, root=ROOT, now=NOW + timedelta(days=1))

    models = (VaultVersion, VaultObject, VaultManifest, VaultBlob, VaultPack, VaultCommit)
    assert [model.objects.filter(organization=ACME).count() for model in models] == [0] * len(models)
    assert VaultOrganization.objects.get(organization=ACME).erased_at == NOW


def test_an_unknown_organization_is_not_erased(store):
    with pytest.raises(LookupError, match="has no vault"):
        erase_organization(ACME, store=store, root=ROOT, now=NOW)

    assert [*store.list()] == []


def test_a_planted_certificate_erases_nobody(vault, bolt):
    """Whoever may write into the store has no key to sign with, and another organization's certificate is no good."""
    erase_organization(BOLT, store=vault.store, root=ROOT, now=NOW)
    (name,) = [name for name in names_in_store(bolt)]
    written = json.loads(vault.store.get(name))
    written["certificate"]["organization"] = str(ACME)
    for number, content in enumerate([json.dumps(written).encode(), b"{}", b"\xff", vault.store.get(name)]):
        vault.store.put_if_absent(f"{ACME}/{ERASED}/{fixed_bytes(str(number), 32).hex()}", content)

    assert reapply(ACME, store=vault.store, root=ROOT, now=LATER).is_erased is False
    assert contents_of(vault, EVAS_MAIL) == CONTENTS

    assert erase_acme(vault).objects == 7


def test_an_organization_that_was_erased_is_erased_again_from_a_database_of_yesterday(vault, bolt):
    yesterday = copy_of(ACME)
    erase_acme(vault)
    put_back(ACME, yesterday)
    assert any(lookups.key_records(ACME))

    done = list(reapply_everywhere(lambda organization: vault.store, root=ROOT, now=LATER))

    assert {one.organization: one.is_erased for one in done} == {ACME: True, BOLT: False}
    assert not any(lookups.key_records(ACME))
    assert rows_of(ACME, "object", "version", "pack") == {"object": [], "version": [], "pack": []}
    assert VaultOrganization.objects.get(organization=ACME).erased_at == NOW
    assert contents_of(bolt, "mail/pia") == CONTENTS


def test_a_person_who_was_erased_is_erased_again_from_a_database_of_yesterday(vault):
    yesterday = copy_of(ACME)
    erase_account(vault, EVAS_MAIL, now=NOW)
    back_up(vault, "mail/ida", {"b": b"newer"})
    today = rows_of(ACME)
    put_back(ACME, yesterday)
    assert lookups.filled_accounts(ACME, [EVAS_MAIL])

    done = reapply(ACME, store=vault.store, root=ROOT, now=LATER)

    assert done.commits == 2
    assert rows_of(ACME) == today
    assert contents_of(vault, EVAS_MAIL) == {}
    assert contents_of(vault, "mail/ida") == {"a": b"Ida's own", "b": b"newer"}
    packs = {name: content for name, content in vault.store.kept_aside.items() if f"/{layout.PACKS}/" in name}
    left = blobs_that_open(vault, packs, keys_left(vault, only_known=False))
    assert not left & blobs_of(vault.keys, set(CONTENTS.values()))


def test_the_database_of_today_needs_nothing(vault):
    before = rows_of(ACME)

    assert reapply(ACME, store=vault.store, root=ROOT, now=LATER).commits == 0

    assert rows_of(ACME) == before


def test_one_organization_whose_keys_do_not_open_does_not_stop_the_others(vault, bolt):
    yesterday = copy_of(BOLT)
    erase_account(bolt, "mail/pia", now=NOW)
    put_back(BOLT, yesterday)
    VaultKey.objects.filter(organization=ACME).delete()

    done = {one.organization: one for one in reapply_everywhere(lambda one: vault.store, root=ROOT, now=LATER)}

    assert isinstance(done[ACME].problem, KeyMissing)
    assert done[BOLT].commits == 1
    assert contents_of(bolt, "mail/pia") == {}
