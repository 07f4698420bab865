"""Stores that fill up or do not answer: never a false success, nothing half visible, and the next run is whole."""

import io

import psycopg2
import pytest
from django.db import connection

from backups.models import VaultKey, VaultOrganization, VaultPack
from backups.tests.vaults import ACME, BOLT, EVAS_MAIL, NOW, contents_of, fixed_bytes, mail_with, make_vault
from backups.vault import lookups
from backups.vault.errors import CatalogueUnavailable, KeyDestroyed, StoreFull, StoreSlow, StoreUnavailable
from backups.vault.stores.faulty import FaultyStore
from backups.vault.vault import Vault
from backups.vault.writer import Writer

pytestmark = pytest.mark.django_db(transaction=True)
CONTENTS = {f"film {number}": fixed_bytes(f"film {number}", 6 << 20) for number in range(6)}
CONTENTS |= {f"mail {number}": mail_with(fixed_bytes(f"report {number}", 40_000)) for number in range(30)}


@pytest.fixture
def vault(tmp_path):
    return make_vault(tmp_path / "vault")


def _run(vault, saved):
    """One job: two commits, each with its cursor."""
    with Writer(vault) as writer:
        for number, (name, content) in enumerate(CONTENTS.items(), 1):
            writer.put(EVAS_MAIL, name, content)
            writer.cursor(lambda cursor=number: saved.append(cursor))
            if number == 3:
                writer.commit()


def _behind(vault, store):
    return Vault(vault.organization, store, vault.keys)


@pytest.mark.parametrize("after_doing_it", [False, True], ids=["refused", "answer lost"])
@pytest.mark.parametrize("error", [StoreFull, StoreUnavailable, StoreSlow])
def test_whichever_write_fails_nothing_is_half_there_and_the_next_run_is_whole(vault, error, after_doing_it):
    # Two commits of two packs, a slip and a commit object each.
    for nth in range(1, 10):
        store, saved = FaultyStore(vault.store, sleep=lambda _: None), []
        store.fail("put_if_absent", error("The disk is full. Nothing was kept."), at=nth, after_doing_it=after_doing_it)
        before = contents_of(vault, EVAS_MAIL)

        try:
            _run(_behind(vault, store), saved)
        except error:
            has_failed = True
        else:
            has_failed = False

        there = contents_of(vault, EVAS_MAIL)
        assert has_failed or there == CONTENTS
        assert before.items() <= there.items() <= CONTENTS.items()
        # The cursor says exactly what is there.
        assert len(there) >= (saved[-1] if saved else 0)
        if nth == 1:
            assert has_failed
            assert there == {}
    _run(vault, [])
    assert contents_of(vault, EVAS_MAIL) == CONTENTS


def test_a_job_that_overlooks_a_failure_cannot_commit_what_is_not_there(vault):
    store = FaultyStore(vault.store, sleep=lambda _: None)
    store.fail("put_if_absent", StoreFull("The disk is full. Nothing was kept."), at=1)
    writer = Writer(_behind(vault, store))

    def overlooking():
        for number in range(20):
            writer.put(EVAS_MAIL, str(number), fixed_bytes(f"film {number}", 6 << 20))

    with pytest.raises(StoreFull):
        overlooking()
    with pytest.raises(RuntimeError, match="begin a new one"):
        writer.commit()

    assert lookups.head(ACME)[0] == 0
    assert contents_of(vault, EVAS_MAIL) == {}


def test_a_large_content_is_committed_on_the_way_and_need_not_be_stored_again(vault):
    film = fixed_bytes("film", 80 << 20)

    class BreaksOff(io.BytesIO):
        def read(self, length=-1):
            if self.tell() > 70 << 20:
                raise ConnectionError("the line went dead")
            return super().read(length)

    writer = Writer(vault, commit_packs=1)
    writer.put(EVAS_MAIL, "before", b"one")
    with pytest.raises(ConnectionError):
        writer.put("drive/eva", "film", BreaksOff(film))
    assert contents_of(vault, EVAS_MAIL) == {"before": b"one"}
    assert contents_of(vault, "drive/eva") == {}
    stored = sum(VaultPack.objects.values_list("size", flat=True))
    assert stored > 40 << 20

    with Writer(vault, commit_packs=1) as again:
        again.put("drive/eva", "film", io.BytesIO(film))

    assert contents_of(vault, "drive/eva") == {"film": film}
    assert len(writer.commits) >= 2
    assert sum(VaultPack.objects.values_list("size", flat=True)) < 81 << 20


def test_a_database_that_goes_away_is_named_and_costs_nothing_but_the_slice(vault):
    def cut_the_line():
        with psycopg2.connect(**connection.get_connection_params()) as other, other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
        VaultOrganization.objects.exists()

    writer = Writer(vault)
    writer.put(EVAS_MAIL, "a", b"one")
    writer.cursor(cut_the_line)
    with pytest.raises(CatalogueUnavailable, match="Run the slice again"):
        writer.commit()
    connection.close()

    assert contents_of(vault, EVAS_MAIL) == {}
    _run(vault, [])
    assert contents_of(vault, EVAS_MAIL) == CONTENTS


def test_nothing_is_stored_for_an_organization_that_was_erased(vault):
    writer = Writer(vault)
    writer.put(EVAS_MAIL, "a", b"one")
    VaultOrganization.objects.filter(organization=ACME).update(erased_at=NOW)

    with pytest.raises(KeyDestroyed):
        writer.commit()
    with pytest.raises(KeyDestroyed):
        Writer(vault)
    with pytest.raises(LookupError):
        lookups.head(BOLT)


def test_packs_under_a_master_that_was_destroyed_meanwhile_do_not_count(vault):
    writer = Writer(vault)
    writer.put(EVAS_MAIL, "a", b"one")
    VaultKey.objects.filter(organization=ACME).update(record=None, destroyed_at=NOW)

    with pytest.raises(KeyDestroyed):
        writer.commit()

    assert lookups.head(ACME)[0] == 0
