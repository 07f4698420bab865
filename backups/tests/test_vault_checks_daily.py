"""Every vault is looked over once a day by a job, and damage ends the job so that a person looks."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import AuditEntry
from accounts.sentences import sentence
from backups.engine import vault_damage
from backups.engine.vault_checks import request_due_checks
from backups.models import VaultKey, VaultOrganization, VaultPack
from backups.tests.damage import changed, files_of, flipped
from backups.tests.vaults import EVAS_MAIL, back_up, fixed_bytes
from backups.vault.checking import Level, check
from backups.vault.configured import configured_root, configured_store
from backups.vault.errors import ContentDamaged
from backups.vault.findings import Finding
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


def said_of(organization):
    """Return what the client's log says of its vault, the oldest first."""
    entries = AuditEntry.objects.about_organization(organization.pk).filter(action__startswith="vault.")
    return [sentence(entry) for entry in entries.order_by("number")]


def check_on(day):
    request_due_checks(EVENING + timedelta(days=day))
    return run().state


def test_the_clients_log_tells_of_damage_once_and_once_that_it_is_gone(folder, acme):
    vault_of(acme)
    (path,) = files_of(folder, acme.uuid, "packs")
    assert check_on(0) == "DONE"
    assert said_of(acme) == []

    with changed(path, None):
        assert [check_on(1), check_on(2)] == ["QUARANTINED", "QUARANTINED"]
        (told,) = said_of(acme)
        assert check_on(3) == "QUARANTINED"
    assert [check_on(4), check_on(5)] == ["DONE", "DONE"]

    assert "found damage in the backups of Acme" in told
    assert "damaged or missing pack" in told
    assert "what cannot be read: 1 object." in told
    assert "stay" in told
    assert "manage.py vault check" in told
    assert said_of(acme) == [told, "found the backups of Acme Dental sound again"]


def test_a_store_that_was_put_back_is_told_with_what_to_do_first(folder, acme):
    vault = vault_of(acme)
    back_up(vault, EVAS_MAIL, {"newer": b"newer"})
    newest = files_of(folder, acme.uuid, "commits")[-1]

    with changed(newest, None):
        assert check_on(0) == "QUARANTINED"

    (told,) = said_of(acme)
    assert "missing commit" in told
    assert "before anything else is written" in told
    assert "manage.py vault rebuild" in told


def test_damage_that_has_grown_is_told_again(folder, acme):
    vault = vault_of(acme)
    back_up(vault, EVAS_MAIL, {"film": fixed_bytes("film", 9_000)})
    one, two = files_of(folder, acme.uuid, "packs")

    with changed(one, None):
        check_on(0)
        with changed(two, None):
            check_on(1)

    assert len(said_of(acme)) == 2


def test_damage_that_only_a_drill_met_is_not_gone_because_the_next_one_did_not_meet_it(folder, acme):
    vault_of(acme)
    finding = Finding(ContentDamaged("It is not what was read."), [(EVAS_MAIL, "photo")], 1)

    vault_damage.note_found(acme, [(Level.DRILL, finding)], now=EVENING)
    vault_damage.note_gone(acme, now=EVENING)

    (told,) = said_of(acme)
    assert "1 object that is not what was read" in told


def test_a_store_that_does_not_answer_is_no_damage(folder, acme):
    vault_of(acme)
    request_due_checks(EVENING)
    folder.rename(folder.parent / "away")

    assert run().state == "QUEUED"

    assert said_of(acme) == []
