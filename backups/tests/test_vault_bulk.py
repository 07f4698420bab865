"""What Acme's vault costs grows with what Acme has, also while the database has not counted its rows yet."""

import pytest
from django.db import DatabaseError, connection

from backups.models import VaultBlob, VaultPack
from backups.tests.catalogues import forget
from backups.tests.vaults import ACME, EVAS_MAIL, NOW, ROOT, back_up, fixed_bytes, make_vault
from backups.vault import lookups
from backups.vault.bulk import joined_as_sets
from backups.vault.copying import byte_array
from backups.vault.errors import ContentDamaged
from backups.vault.rebuilding import rebuild
from backups.vault.recipe import BlobRef, Part, Recipe, read_recipe, referenced_ids, write_recipe
from backups.vault.retention import retain
from portal.tests.planning import count_rows

FIRST, SECOND = BlobRef(fixed_bytes("first", 32), 20_000), BlobRef(fixed_bytes("second", 32), 5)


@pytest.mark.django_db(transaction=True)
def test_blobs_of_an_organization_that_is_new_are_looked_up_by_their_key(tmp_path):
    vault = make_vault(tmp_path / "vault")
    with connection.cursor() as cursor:
        # What other tests left in the files of the tables would change what the planner expects.
        cursor.execute("TRUNCATE backups_vaultblob, backups_vaultpack")
    count_rows(VaultBlob, VaultPack)
    back_up(vault, EVAS_MAIL, {f"letter {number}": b"letter %d" % number for number in range(300)})

    with connection.cursor() as cursor:
        ids = byte_array([fixed_bytes(f"{number}", 32) for number in range(50)])
        cursor.execute(f"EXPLAIN SELECT b.* {lookups._PROBED}", {"ids": ids, "organization": ACME})
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "backups_vaultblob_pkey" in plan
    assert "backups_vault_blobs_of_a_pack" not in plan


@pytest.mark.django_db(transaction=True)
def test_accounts_that_have_anything_are_told_from_those_that_have_not(tmp_path):
    vault = make_vault(tmp_path / "vault")
    back_up(vault, EVAS_MAIL, {"a": b"one"})
    back_up(vault, "mail/o'neil {,}", {"a": b"one"})

    found = lookups.filled_accounts(ACME, [EVAS_MAIL, "mail/ida", "mail/o'neil {,}"])

    assert found == {EVAS_MAIL, "mail/o'neil {,}"}


def _loops_are_allowed() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW enable_nestloop")
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_joins_are_as_before_once_the_block_is_over_also_after_an_error():
    with joined_as_sets():
        with joined_as_sets():
            assert _loops_are_allowed() == "off"
        assert _loops_are_allowed() == "off"
    assert _loops_are_allowed() == "on"

    with pytest.raises(DatabaseError), joined_as_sets(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")
    assert _loops_are_allowed() == "on"


class _Noting:
    """Keeps no past, and notes how the database joins while it is asked."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def kept(self, points, now):
        self.seen.append(_loops_are_allowed())
        return ()

    def held_accounts(self):
        return ()


@pytest.mark.django_db(transaction=True)
def test_retention_and_a_rebuild_of_acme_join_sets_as_sets(tmp_path):
    vault, policy = make_vault(tmp_path / "vault"), _Noting()
    back_up(vault, EVAS_MAIL, {"a": b"one"})
    back_up(vault, EVAS_MAIL, {"a": b"two"})

    assert retain(vault, policy, now=NOW) == 1
    forget(ACME)
    rebuild(ACME, store=vault.store, root=ROOT, now=NOW, progress=lambda *at: policy.seen.append(_loops_are_allowed()))

    assert len(policy.seen) > 2
    assert set(policy.seen) == {"off"}
    assert _loops_are_allowed() == "on"


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe((FIRST,)),
        Recipe((SECOND,)),
        Recipe(()),
        Recipe((FIRST, SECOND)),
        Recipe((FIRST,), (Part(10, 76, True, (SECOND,)),)),
        Recipe((FIRST,), (Part(10, 76, True, (SECOND,)), Part(90_000, 0, False, (FIRST,)))),
        Recipe((FIRST,), (Part(10, 76, True, (SECOND, FIRST)), Part(20, 76, True, ()))),
        Recipe((SECOND, FIRST), (Part(10, 76, True, (SECOND,)),)),
        Recipe((), (Part(0, 76, True, (SECOND,)),)),
        Recipe((FIRST,), is_stored=True),
    ],
)
def test_the_collector_sees_the_same_blobs_in_a_recipe_as_a_restore(recipe):
    named, is_stored = referenced_ids(write_recipe(recipe))

    assert named == [ref.blob_id for ref in recipe.references()]
    assert is_stored == recipe.is_stored


@pytest.mark.parametrize(
    "ending", [b"", b"\x80", b"\x05\x05", b"\x85\x05\x05", b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"]
)
@pytest.mark.parametrize("parts", [(), (Part(10, 76, True, (SECOND,)),)])
def test_a_recipe_that_cannot_be_read_names_nothing(ending, parts):
    written = write_recipe(Recipe((SECOND,), parts))[:-1] + ending

    with pytest.raises(ContentDamaged):
        read_recipe(written)
    with pytest.raises(ContentDamaged):
        referenced_ids(written)
