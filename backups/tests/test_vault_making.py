"""Making a vault: by one who dies on the way, and by two at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from backups.tests.vaults import ACME, NOW, ROOT
from backups.vault import layout, lookups
from backups.vault.errors import AlreadyThere
from backups.vault.keys import new_keys
from backups.vault.stores.local import LocalStore
from backups.vault.vault import create_vault, open_vault
from backups.vault.writer import Writer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def store(tmp_path):
    return LocalStore(tmp_path / "vault", create=True)


def test_a_key_that_somebody_left_behind_who_died_is_taken_up(store):
    keys, record = new_keys(ACME, ROOT)
    store.put_if_absent(layout.master_name(ACME, keys.epoch), record)

    made = create_vault(ACME, store=store, root=ROOT, now=NOW)

    assert made.keys.object_key == keys.object_key
    with Writer(made) as writer:
        writer.put("mail/lena", "record/1", b"Hello")
    opened = open_vault(ACME, store=store, root=ROOT)
    assert opened.keys.object_key == keys.object_key
    assert lookups.head(ACME)[0] == 1


def test_a_vault_the_catalogue_does_not_know_is_not_begun_anew(store):
    with Writer(create_vault(ACME, store=store, root=ROOT, now=NOW)) as writer:
        writer.put("mail/lena", "record/1", b"Hello")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM backups_vaultkey")
        cursor.execute("DELETE FROM backups_vaultorganization")

    with pytest.raises(AlreadyThere, match="rebuild"):
        create_vault(ACME, store=store, root=ROOT, now=NOW)

    assert lookups.key_records(ACME) == []


def test_two_who_make_it_at_once_make_one(store):
    meeting = threading.Barrier(2)

    def make(_):
        meeting.wait(timeout=30)
        try:
            return create_vault(ACME, store=store, root=ROOT, now=NOW)
        except AlreadyThere:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        made = list(filter(None, pool.map(make, range(2))))

    opened = open_vault(ACME, store=store, root=ROOT)
    assert {one.keys.object_key for one in made} == {opened.keys.object_key}
    assert len(lookups.key_records(ACME)) == 1
