"""Every vault is looked over once a day by a job, and damage ends the job so that a person looks."""

from datetime import UTC, datetime, timedelta

import pytest

from backups.engine.vault_checks import request_due_checks
from backups.models import VaultKey, VaultOrganization, VaultPack
from backups.tests.damage import changed, files_of, flipped
from backups.tests.vaults import EVAS_MAIL, back_up, fixed_bytes
from backups.vault.checking import Level, check
from backups.vault.configured import configured_root, configured_store
from backups.vault.root_keys import new_root_key
from backups.vault.rotation import GRACE, begin_epoch
from backups.vault.stores.local import LocalStore
from backups.vault.vault import create_vault, open_vault
from jobs import claims
from jobs.models import Job
from organizations.tests.factories import make_organization

pytestmark = pytest.mark.django_db(transaction=True)
MIDNIGHT = datetime(2026, 10, 25, tzinfo=UTC)
EVENING = MIDNIGHT + timedelta(hours=23, minutes=59)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    LocalStore(tmp_path / "vault", create=True)
    monkeypatch.setenv("VAULT_STORE", f"file://{tmp_path / 'vault'}")
    monkeypatch.setenv("VAULT_ROOT_KEYS", new_root_key())
    return tmp_path / "vault"


def vault_of(organization):
    vault = create_vault(organization.uuid, store=configured_store(), root=configured_root(), now=MIDNIGHT)
    back_up(vault, EVAS_MAIL, {"photo": fixed_bytes("photo", 9_000)})
    return vault


def run(kind="check_vault"):
    job = Job.objects.filter(kind=kind, state="QUEUED").order_by("-pk").first()
    claims.run(job.pk)
    job.refresh_from_db()
    return job


def test_each_vault_has_its_minute_once_a_day(folder, northwind):
    for number in range(12):
        vault_of(make_organization(northwind, f"Client {number}"))
    make_organization(northwind, "Without a vault")
    asked = [request_due_checks(MIDNIGHT + timedelta(minutes=minute)) for minute in range(0, 1440, 60)]

    assert sum(asked) + request_due_checks(EVENING) == 12
    assert max(asked) < 6
    assert request_due_checks(EVENING) == 0
    Job.objects.update(state="DONE", finished_at=EVENING)
    assert request_due_checks(EVENING) == 0
    assert request_due_checks(EVENING + timedelta(days=1)) == 12


def test_without_a_store_nobody_is_asked(acme, monkeypatch):
    monkeypatch.delenv("VAULT_STORE", raising=False)

    assert request_due_checks(EVENING) == 0


def test_a_sound_vault_is_done_and_damage_is_given_up_with_its_reason(folder, acme):
    vault_of(acme)
    request_due_checks(EVENING)
    assert run().state == "DONE"
    (path,) = files_of(folder, acme.uuid, "packs")
    request_due_checks(EVENING + timedelta(days=1))

    with changed(path, path.read_bytes()[:-1]):
        job = run()

    assert job.state == "QUARANTINED"
    assert "1 objects concerned" in job.failure
    assert "PackDamaged" not in job.failure
    assert "should have" in job.failure


def test_an_erased_or_missing_vault_is_no_damage(folder, acme):
    vault_of(acme)
    request_due_checks(EVENING)
    VaultOrganization.objects.update(erased_at=EVENING)

    assert run().state == "DONE"
    assert request_due_checks(EVENING + timedelta(days=1)) == 0


def test_what_a_job_of_before_a_rotation_wrote_is_wrapped_again_and_the_old_key_goes(folder, acme):
    vault = vault_of(acme)
    begin_epoch(vault, root=configured_root(), now=MIDNIGHT - GRACE - timedelta(days=3650))
    back_up(vault, EVAS_MAIL, {"late": b"late"})
    request_due_checks(EVENING)

    assert run().state == "DONE"

    assert set(VaultPack.objects.values_list("epoch", flat=True)) == {2}
    assert VaultKey.objects.get(epoch=1).record is None


def test_a_flip_is_found_within_a_month_of_days(folder, acme):
    vault_of(acme)
    (path,) = files_of(folder, acme.uuid, "packs")
    vault = open_vault(acme.uuid, store=configured_store(), root=configured_root())
    with changed(path, flipped(path.read_bytes(), 30)):
        found = [len(list(check(vault, Level.ROTATION, now=EVENING + timedelta(days=day)))) for day in range(30)]

    assert sum(found) >= 1
