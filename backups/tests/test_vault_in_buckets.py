"""Acme's vault lies in a bucket, with and without locks: it is checked, rebuilt and rotated like one in a folder."""

import pytest

from backups.tests.catalogues import forget, rows_of
from backups.tests.vaults import ACME, EVAS_MAIL, NOW, ROOT, back_up, contents_of, fixed_bytes
from backups.vault.checking import Level, check
from backups.vault.errors import PackDamaged, StoreLocked
from backups.vault.key_records import stored_records
from backups.vault.keys import record_epoch
from backups.vault.layout import pack_name
from backups.vault.rebuilding import rebuild
from backups.vault.rewrapping import wrap_packs_again
from backups.vault.root_keys import HeldRootKeys
from backups.vault.rotation import GRACE, begin_epoch, destroy_retired, rotate_root
from backups.vault.stores.base import Entry
from backups.vault.vault import create_vault

pytest_plugins = ["backups.tests.store_places"]
pytestmark = pytest.mark.django_db(transaction=True)
CONTENTS = {f"eva {number}": fixed_bytes(f"e{number}", 70_000 * number) for number in range(8)}


@pytest.fixture
def vault(store):
    vault = create_vault(ACME, store=store, root=ROOT, now=NOW)
    back_up(vault, EVAS_MAIL, CONTENTS)
    back_up(vault, EVAS_MAIL, {"late": b"late"})
    return vault


def _packs(store) -> list[Entry]:
    return list(store.list(f"{ACME}/packs"))


def test_a_vault_is_checked_and_rebuilt_wherever_it_lies(vault):
    before = rows_of(ACME)
    findings = [finding for level in Level for finding in check(vault, level, now=NOW)]
    forget(ACME)

    rebuild(ACME, store=vault.store, root=ROOT, now=NOW)

    assert findings == []
    assert rows_of(ACME) == before
    assert contents_of(vault, EVAS_MAIL) == {**CONTENTS, "late": b"late"}


def test_keys_are_exchanged_and_destroyed_also_where_packs_are_locked(vault):
    new = HeldRootKeys([fixed_bytes("new root", 32), *ROOT._keys.values()])

    rotate_root(ACME, store=vault.store, root=new)
    newer = begin_epoch(vault, root=new, now=NOW)
    wrap_packs_again(newer, now=NOW)
    destroy_retired(newer, now=NOW + GRACE)

    assert [record_epoch(record) for record in stored_records(vault.store, ACME)] == [(2, new.name)]
    assert contents_of(newer, EVAS_MAIL) == {**CONTENTS, "late": b"late"}
    assert [finding for level in Level for finding in check(newer, level, now=NOW)] == []


def test_a_pack_that_is_gone_is_told_and_a_locked_one_cannot_go(vault):
    entry = _packs(vault.store)[0]

    try:
        vault.store.delete(entry.name)
    except StoreLocked:
        assert list(check(vault, Level.LISTING, now=NOW)) == []
    else:
        (finding,) = check(vault, Level.LISTING, now=NOW)
        assert isinstance(finding.problem, PackDamaged)
        assert entry.name == finding.problem.name == pack_name(ACME, bytes.fromhex(entry.name[-64:]))
