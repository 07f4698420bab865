"""Every vault is tidied once a day by a job, and what an erasure left goes with it."""

from datetime import UTC, datetime, timedelta

import pytest

from backups.engine.vault_checks import request_due_checks
from backups.engine.vault_collections import collect_one, request_due_collections
from backups.models import VaultPack
from backups.tests.catalogues import copy_of, put_back
from backups.tests.collecting import files, let_go, names_in_store, packs_in_store
from backups.tests.vault_model import dying_at
from backups.tests.vaults import EVAS_MAIL, back_up, contents_of
from backups.vault.configured import configured_root, configured_store
from backups.vault.erased_organizations import erase_organization
from backups.vault.root_keys import new_root_key
from backups.vault.stores.local import LocalStore
from backups.vault.vault import create_vault
from jobs import claims
from jobs.models import Job
from organizations.tests.factories import make_organization
from portal.environment import Environment, SettingProblem

pytestmark = pytest.mark.django_db(transaction=True)
MIDNIGHT = datetime(2026, 10, 25, tzinfo=UTC)
EVENING = MIDNIGHT + timedelta(hours=23, minutes=59)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    LocalStore(tmp_path / "vault", create=True)
    monkeypatch.setenv("VAULT_STORE", f"file://{tmp_path / 'vault'}")
    monkeypatch.setenv("VAULT_ROOT_KEYS", new_root_key())
    return tmp_path / "vault"


@pytest.fixture
def vault(folder, acme):
    """Acme's vault with one pack of which three quarters are waste."""
    vault = create_vault(acme.uuid, store=configured_store(), root=configured_root(), now=MIDNIGHT)
    back_up(vault, EVAS_MAIL, files("old", 15) | files("kept", 5))
    let_go(vault, EVAS_MAIL, files("old", 15))
    return vault


def run():
    job = Job.objects.filter(kind="collect_vault", state="QUEUED").latest("pk")
    claims.run(job.pk)
    job.refresh_from_db()
    return job


def test_each_vault_is_tidied_once_a_day_by_a_job_of_its_own(folder, northwind):
    for number in range(12):
        organization = make_organization(northwind, f"Client {number}")
        create_vault(organization.uuid, store=configured_store(), root=configured_root(), now=MIDNIGHT)
    make_organization(northwind, "Without a vault")

    asked = [request_due_collections(MIDNIGHT + timedelta(minutes=minute)) for minute in range(0, 1440, 60)]

    assert sum(asked) + request_due_collections(EVENING) == 12
    assert max(asked) < 6
    Job.objects.update(state="DONE", finished_at=EVENING)
    assert request_due_collections(EVENING) == 0
    assert request_due_collections(EVENING + timedelta(days=1)) == 12


def test_check_and_collection_of_a_vault_have_turns_half_a_day_apart(vault):
    def first_minute(request):
        moments = (MIDNIGHT + timedelta(minutes=minute) for minute in range(1440))
        return next(moment for moment in moments if request(moment))

    assert abs(first_minute(request_due_checks) - first_minute(request_due_collections)) == timedelta(hours=12)


def test_the_night_gives_up_what_nothing_needs(vault):
    request_due_collections(EVENING)

    assert run().state == "DONE"

    assert VaultPack.objects.filter(doomed_at__isnull=False).count() == 1
    assert contents_of(vault, EVAS_MAIL) == files("kept", 5)


def test_what_was_given_up_leaves_the_store_after_the_grace_that_is_set(vault, acme, settings):
    settings.VAULT_GRACE = timedelta(hours=30)
    request_due_collections(EVENING)
    claim = claims.claim(Job.objects.get(kind="collect_vault").pk)

    collect_one(acme.pk, claim, now=EVENING)
    kept = packs_in_store(vault)
    collect_one(acme.pk, claim, now=EVENING + timedelta(hours=29))
    assert packs_in_store(vault) == kept
    collect_one(acme.pk, claim, now=EVENING + timedelta(hours=31))

    assert len(packs_in_store(vault)) == len(kept) - 1


def test_a_worker_whose_job_was_taken_over_gives_nothing_up(vault, acme):
    request_due_collections(EVENING)
    job = Job.objects.get(kind="collect_vault")
    ghost = claims.claim(job.pk)
    Job.objects.filter(pk=job.pk).update(fence=ghost.fence + 1)

    with pytest.raises(Exception, match="Another worker"):
        collect_one(acme.pk, ghost, now=EVENING)

    assert not VaultPack.objects.filter(doomed_at__isnull=False).exists()


def test_a_catalogue_that_is_older_than_its_store_is_given_up_with_what_to_do(vault, acme):
    yesterday = copy_of(acme.uuid)
    for number in range(2):
        back_up(vault, EVAS_MAIL, {f"newer {number}": b"newer"})
    put_back(acme.uuid, yesterday)
    request_due_collections(EVENING)

    job = run()

    assert job.state == "QUARANTINED"
    assert "vault rebuild" in job.failure


@pytest.mark.parametrize("point", ["marked", "certified", "between_keys", "destroyed"])
def test_an_erasure_that_was_broken_off_is_finished_by_the_night(vault, acme, point):
    with dying_at((f"erase_organization.{point}", 1)):
        erase_organization(acme.uuid, store=vault.store, root=configured_root(), now=EVENING)
    request_due_collections(EVENING)

    assert run().state == "DONE"

    (certificate,) = names_in_store(vault)
    assert "/erased/" in certificate
    assert not VaultPack.objects.filter(organization=acme.uuid).exists()


def test_a_grace_below_a_day_stops_the_start():
    read = Environment({"VAULT_GRACE_HOURS": "23"})

    with pytest.raises(SettingProblem, match="VAULT_GRACE_HOURS"):
        read.whole_number("VAULT_GRACE_HOURS", 72, at_least=24)
