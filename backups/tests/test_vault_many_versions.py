"""One object of Acme's changes all the time: its versions are many, and everything still works on them."""

import time

import pytest
from django.db import connection

from backups.tests.catalogues import forget, rows_of
from backups.tests.nights import of_a_night
from backups.tests.vaults import ACME, EVAS_MAIL, NOW, ROOT, contents_of
from backups.vault.checking import Level, check
from backups.vault.rebuilding import rebuild
from backups.vault.stores.files import RealFiles
from backups.vault.stores.local import LocalStore
from backups.vault.vault import create_vault
from backups.vault.writer import Writer

pytestmark = pytest.mark.django_db(transaction=True)


class Unflushed(RealFiles):
    """A disk that is in no hurry: here it is the number of commits that counts."""

    def sync(self, handle):
        pass

    def sync_folder(self, path):
        pass


@pytest.mark.parametrize(
    "versions", [300, pytest.param(of_a_night(100_000), marks=pytest.mark.soak, id="versions-night")]
)
def test_an_object_with_very_many_versions_is_checked_rebuilt_and_read(tmp_path, versions, record_property):
    folder = tmp_path / "vault"
    vault = create_vault(ACME, store=LocalStore(folder, create=True, files=Unflushed(folder)), root=ROOT, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    with Writer(vault, commit_objects=1, commit_seconds=3_600) as writer:
        for number in range(versions):
            writer.put(EVAS_MAIL, "counter", b"%d" % number)
            writer.commit()
    before = rows_of(ACME)
    began = time.monotonic()

    assert [finding for level in Level for finding in check(vault, level, now=NOW)] == []
    checked = time.monotonic()
    forget(ACME)
    rebuild(ACME, store=vault.store, root=ROOT, now=NOW)

    record_property("seconds to check all levels", round(checked - began))
    record_property("seconds to rebuild", round(time.monotonic() - checked))
    assert rows_of(ACME) == before
    for at in (1, versions // 2, versions):
        assert contents_of(vault, EVAS_MAIL, at=at) == {"counter": b"%d" % (at - 1)}
