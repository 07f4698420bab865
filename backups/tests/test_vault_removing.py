"""The second pass over Acme's vault: packs leave the store with their keys, and nothing that is needed goes along."""

import pytest

from backups.models import VaultPack
from backups.tests.collecting import LATER, files, let_go, names_in_store
from backups.tests.vaults import ACME, BOLT, EVAS_MAIL, NOW, back_up, contents_of, make_vault
from backups.vault import layout
from backups.vault.checking import Level, check
from backups.vault.collecting import Terms, collect
from backups.vault.erasing import erase_account
from backups.vault.pack import PackBuilder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def vault(tmp_path):
    return make_vault(tmp_path / "vault")


@pytest.fixture
def wasteful(vault):
    """Acme's vault with one pack of which three quarters are waste."""
    back_up(vault, EVAS_MAIL, files("old", 15) | files("kept", 5))
    let_go(vault, EVAS_MAIL, files("old", 15))
    return vault


def slips_in_store(vault):
    return {one for one in names_in_store(vault) if f"/{layout.KEYS}/" in one and not one.endswith("master")}


def slips_in_use():
    return {layout.slip_name(ACME, 1, bytes(pack.slip)) for pack in VaultPack.objects.all()}


def test_the_keys_of_a_pack_leave_the_store_with_it(wasteful):
    collect(wasteful, now=NOW)
    assert slips_in_store(wasteful) == slips_in_use()
    before = slips_in_store(wasteful)

    collect(wasteful, now=LATER)

    assert slips_in_store(wasteful) == slips_in_use()
    assert slips_in_store(wasteful) < before


def test_keys_that_another_pack_of_the_same_commit_needs_stay(vault, monkeypatch):
    monkeypatch.setitem(PackBuilder.__init__.__kwdefaults__, "limit", 300_000)
    back_up(vault, EVAS_MAIL, files("a", 10))
    (shared,) = slips_in_store(vault)
    let_go(vault, EVAS_MAIL, ["a 0", "a 1", "a 2", "a 3", "a 4"])

    collect(vault, now=NOW, terms=Terms(waste=0.95))
    late = collect(vault, now=LATER, terms=Terms(waste=0.95))

    assert late.removed
    assert shared in slips_in_store(vault)
    assert list(check(vault, Level.LISTING, now=NOW)) == []


def test_a_pack_in_which_something_still_lies_is_never_removed(vault):
    """Whatever marked it: what the catalogue looks for in it comes first."""
    back_up(vault, EVAS_MAIL, files("a", 3))
    VaultPack.objects.update(doomed_at=NOW)

    assert collect(vault, now=LATER).removed == 0
    assert contents_of(vault, EVAS_MAIL) == files("a", 3)


def test_what_bolt_gave_up_keeps_its_keys_while_acme_erases_what_it_gave_up_itself(wasteful, tmp_path):
    bolt = make_vault(tmp_path / "vault", BOLT)
    back_up(bolt, "mail/pia", files("old", 15) | files("kept", 5))
    let_go(bolt, "mail/pia", files("old", 15))
    for vault in (wasteful, bolt):
        assert collect(vault, now=NOW).given_up == 1
    bolts = VaultPack.objects.filter(organization=BOLT).exclude(doomed_at=None)
    names, acmes = names_in_store(bolt), VaultPack.objects.filter(organization=ACME).count()

    certificate = erase_account(wasteful, EVAS_MAIL, now=NOW)

    assert certificate.packs == acmes
    assert [pack.wrapped_key is None for pack in bolts.all()] == [False]
    assert names_in_store(bolt) == names
    assert not VaultPack.objects.filter(organization=ACME).exclude(wrapped_key=None).exists()
