"""What retention, the collector, erasures and rotations did to Acme's vault is done again by a rebuild."""

from datetime import timedelta

import pytest

from backups.tests.catalogues import copy_of, forget, put_back, rows_of, vault_with_everything
from backups.tests.vaults import ACME, EVAS_MAIL, NOW, ROOT, back_up, contents_of, fixed_bytes
from backups.vault.checking import Level, check
from backups.vault.collecting import collect
from backups.vault.erasing import erase_objects
from backups.vault.rebuilding import rebuild
from backups.vault.retention import KeepPoints, retain
from backups.vault.rewrapping import wrap_packs_again
from backups.vault.rotation import GRACE, begin_epoch, destroy_retired
from backups.vault.writer import Writer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def vault(tmp_path):
    return vault_with_everything(tmp_path / "vault")


def _rebuild(vault):
    return rebuild(ACME, store=vault.store, root=ROOT, now=NOW)


def test_retention_collection_and_erasure_are_done_again_by_a_rebuild(vault):
    for number in range(12):
        back_up(vault, EVAS_MAIL, {"diary": fixed_bytes(f"day {number}", 9_000), "other": fixed_bytes("other", 900)})
    retain(vault, KeepPoints(frozenset({3, 9, 16})), now=NOW)
    collected = collect(vault, now=NOW)
    yesterday = copy_of(ACME)
    erase_objects(vault, EVAS_MAIL, ["eva 3"], now=NOW)
    collect(vault, now=NOW + timedelta(days=3))
    back_up(vault, EVAS_MAIL, {"eva 3": b"written after the erasure"})
    named = {"key", "commit", "manifest", "tombstone", "object", "version"}
    before = rows_of(ACME, *sorted(named))
    where = rows_of(ACME, "blob", "pack", but={"live_bytes"})
    contents = contents_of(vault, EVAS_MAIL), contents_of(vault, EVAS_MAIL, at=9)

    forget(ACME)
    _rebuild(vault)
    again = rows_of(ACME, *sorted(named)), rows_of(ACME, "blob", "pack", but={"live_bytes"})
    put_back(ACME, yesterday)
    _rebuild(vault)

    assert collected.given_up
    assert again == (before, where)
    assert rows_of(ACME, *sorted(named)) == before
    assert rows_of(ACME, "blob", "pack", but={"live_bytes"}) == where
    assert (contents_of(vault, EVAS_MAIL), contents_of(vault, EVAS_MAIL, at=9)) == contents
    for level in Level:
        assert list(check(vault, level, now=NOW)) == []


def test_a_catalogue_of_before_a_rotation_learns_the_new_keys(vault):
    yesterday = copy_of(ACME)
    newer = begin_epoch(vault, root=ROOT, now=NOW)
    wrap_packs_again(newer, now=NOW)
    destroy_retired(newer, now=NOW + GRACE)
    today = rows_of(ACME, but={"root_name"})
    put_back(ACME, yesterday)

    rebuilt = _rebuild(vault)

    assert rows_of(ACME, but={"root_name"}) == today
    assert contents_of(rebuilt.vault, EVAS_MAIL)["eva 2"] == b"came back"
    assert list(check(rebuilt.vault, Level.CONTENT, now=NOW)) == []


def test_of_two_copies_of_a_blob_a_rebuild_takes_the_one_the_collector_carried_over(vault):
    wanted, waste, own = fixed_bytes("wanted", 9_000), fixed_bytes("waste", 60_000), fixed_bytes("own", 60_000)
    with Writer(vault) as late:
        late.put("mail/late", "wanted", wanted)
        late.put("mail/late", "own", own)
        # It has looked the blob up, and sealed its own, before the other one commits.
        late.settle()
        back_up(vault, "mail/first", {"wanted": wanted, "waste": waste})
    erase_objects(vault, "mail/first", ["waste"], now=NOW)
    collect(vault, now=NOW + timedelta(days=3))
    before = rows_of(ACME, "blob", "version")
    forget(ACME)

    _rebuild(vault)

    assert rows_of(ACME, "blob", "version") == before
    assert contents_of(vault, "mail/first") == {"wanted": wanted}
    assert contents_of(vault, "mail/late") == {"wanted": wanted, "own": own}
