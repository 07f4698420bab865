"""Somebody changes one object of Acme's vault, at random: it is found, named, and nothing wrong is served."""

import random

import pytest

from backups.tests.damage import IDAS_MAIL, changed, files_of, random_change, unreadable_objects, vault_to_damage
from backups.tests.nights import of_a_night
from backups.tests.vaults import ACME, BOLT, EVAS_MAIL, NOW, contents_of
from backups.vault.checking import Level, check

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "vault"


@pytest.fixture
def vault(folder):
    return vault_to_damage(folder)


@pytest.mark.parametrize("trials", [200, pytest.param(of_a_night(2_000), marks=pytest.mark.soak, id="R3-night")])
@pytest.mark.parametrize(
    ("kind", "levels"),
    [("packs", (Level.LISTING, Level.CONTENT)), ("commits", (Level.LISTING,)), ("keys", (Level.LISTING,))],
)
def test_any_change_to_any_object_is_found_and_nothing_wrong_is_served(
    vault, folder, kind, levels, trials, record_property
):
    chance = random.Random(f"{kind} {trials}")
    right = {account: contents_of(vault, account) for account in (EVAS_MAIL, IDAS_MAIL)}
    files = files_of(folder, ACME, kind)
    everything = [path.read_bytes() for one in (ACME, BOLT) for sort in ("packs", "commits", "keys")
                  for path in files_of(folder, one, sort)]  # fmt: skip

    for trial in range(trials if kind == "packs" else trials // 4):
        path = chance.choice(files)
        word, after = random_change(chance, path.read_bytes(), everything)
        with changed(path, after):
            findings = _found(vault, levels)
            unreadable = unreadable_objects(vault, right)
        told = {one for finding in findings for one in finding.objects}
        assert findings, f"trial {trial}: {word} of {path.name} was not found"
        assert unreadable <= told, f"trial {trial}: {word} of {path.name} concerns objects that were not named"

    record_property(f"changes of {kind} made and found", trial + 1)
    assert _found(vault, (Level.LISTING, Level.CONTENT)) == []


def _found(vault, levels):
    return [finding for level in levels for finding in check(vault, level, now=NOW)]
