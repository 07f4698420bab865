"""R29 and R30: the database is lost, or comes back from yesterday: all is there again, and nothing that was erased."""

import shutil
from random import Random
from uuid import UUID

import pytest
from django.utils import timezone

from backups.tests.catalogues import copy_of, forget, put_back, rows_of
from backups.tests.killed_source import ACCOUNTS, feed_of
from backups.tests.memory_store import MemoryStore
from backups.tests.nights import of_a_night
from backups.tests.vault_model import Everything, blobs_of, blobs_that_open, keys_left
from backups.tests.vaults import NOW, ROOT, contents_of, make_vault
from backups.vault.checking import Level, check
from backups.vault.erased_organizations import erase_organization
from backups.vault.erasing import erase_account, erase_objects
from backups.vault.rebuilding import rebuild
from backups.vault.stores.local import LocalStore
from backups.vault.tombstones import reapply_everywhere
from backups.vault.vault import Vault, create_vault
from backups.vault.writer import Writer

pytestmark = pytest.mark.django_db(transaction=True)


def organization_of(trial: int) -> UUID:
    return UUID(int=0x_2930_0000_0000_4000_8000_0000_0000_0000 + trial)


def pour(vault: Vault, seed: int, *, commit_every: int = 12) -> dict[str, dict[str, bytes]]:
    """Copy a random source with new, changed and deleted objects, and return what stands, by account."""
    standing = {account: {} for account in ACCOUNTS}
    for position, step in enumerate(feed_of(seed, 60, 8_000)):
        if position % commit_every == 0:
            writer = Writer(vault)
        if step.content is None:
            writer.delete(step.account, step.external_id)
            del standing[step.account][step.external_id]
        else:
            writer.put(step.account, step.external_id, step.content)
            standing[step.account][step.external_id] = step.content
        if position % commit_every == commit_every - 1:
            with writer:
                pass
    return standing


def held_by(vault: Vault) -> dict[str, dict[str, bytes]]:
    return {account: contents_of(vault, account) for account in ACCOUNTS}


@pytest.mark.parametrize("trials", [1, pytest.param(of_a_night(100), marks=pytest.mark.soak, id="R29-night")])
def test_a_mirror_of_the_store_and_the_root_key_bring_every_restore_point_back(tmp_path, trials, record_property):
    chance, points = Random(trials), 0
    for trial in range(trials):
        organization, folder = organization_of(trial), tmp_path / f"vault {trial}"
        vault = make_vault(folder, organization)
        standing = pour(vault, chance.getrandbits(32))
        if trial % 2:
            erase_account(vault, ACCOUNTS[0], now=NOW)
            standing[ACCOUNTS[0]] = {}
        seen = [held_at(vault, commit) for commit in range(1, 6)]
        before = rows_of(organization, but={"live_bytes"})
        mirror = tmp_path / f"mirror {trial}"
        shutil.copytree(folder, mirror)
        shutil.rmtree(folder)
        forget(organization)

        rebuilt = rebuild(organization, store=LocalStore(mirror), root=ROOT, now=NOW)

        assert rebuilt.problems == []
        assert held_by(rebuilt.vault) == standing
        assert [held_at(rebuilt.vault, commit) for commit in range(1, 6)] == seen
        after = rows_of(organization, but={"live_bytes"})
        assert {table: rows for table, rows in after.items() if table != "pack"} == {
            table: rows for table, rows in before.items() if table != "pack"
        }
        assert [one for level in Level for one in check(rebuilt.vault, level, now=timezone.now())] == []
        points += len(seen)

    record_property("catalogues rebuilt from a mirror", trials)
    record_property("restore points compared", points)


def held_at(vault: Vault, commit: int) -> dict[str, dict[str, bytes]]:
    return {account: contents_of(vault, account, at=commit) for account in ACCOUNTS}


@pytest.mark.parametrize("trials", [3, pytest.param(of_a_night(20), marks=pytest.mark.soak, id="R30-night")])
def test_what_was_erased_stays_erased_when_the_platform_comes_back_from_yesterday(trials, record_property):
    chance, kinds = Random(trials), ("objects", "account", "organization")
    for trial in range(trials):
        store = MemoryStore(clock=timezone.now)
        acme = create_vault(organization_of(2 * trial), store=store, root=ROOT, now=NOW)
        bolt = create_vault(organization_of(2 * trial + 1), store=store, root=ROOT, now=NOW)
        acmes, bolts = pour(acme, chance.getrandbits(32)), pour(bolt, chance.getrandbits(32))
        yesterday = copy_of(acme.organization)
        what = kinds[trial % 3]
        secret = {acmes[account].pop(name) for account, name in erased(acme, what, chance.choice(ACCOUNTS), chance)}
        put_back(acme.organization, yesterday)

        done = list(reapply_everywhere(lambda organization, store=store: store, root=ROOT, now=NOW))

        assert [one.problem for one in done if one.problem] == []
        others: set[bytes] = set()
        if what != "organization":
            assert held_by(acme) == acmes
            others = blobs_of(acme.keys, {content for *_, content in Everything(acme).versions})
        stolen = {name: held for name, held in store.kept_aside.items() if "/packs/" in name}
        opened = blobs_that_open(acme, stolen, keys_left(acme, only_known=False))
        assert not opened & (blobs_of(acme.keys, secret) - others)
        assert held_by(bolt) == bolts
        for vault in (acme, bolt):
            forget(vault.organization)

    record_property("erasures that stayed", trials)


def erased(vault: Vault, what: str, account: str, chance: Random) -> list[tuple[str, str]]:
    """Erase objects, an account or everything, and return (account, id) of what is gone."""
    held = held_by(vault)
    if what == "organization":
        erase_organization(vault.organization, store=vault.store, root=ROOT, now=NOW)
        return [(one, name) for one, contents in held.items() for name in contents]
    if what == "account":
        erase_account(vault, account, now=NOW)
        return [(account, name) for name in held[account]]
    chosen = chance.sample(sorted(held[account]), min(3, len(held[account])))
    erase_objects(vault, account, chosen, now=NOW)
    return [(account, name) for name in chosen]
