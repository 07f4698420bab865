"""Bytes at rest are altered: wrong ones are never handed out, the rest stays readable, the error names what it was."""

import hashlib
import random
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.models.functions import Length

from backups.models import VaultBlob, VaultPack, VaultVersion
from backups.tests.vaults import (
    ACME,
    BOLT,
    EVAS_MAIL,
    NOW,
    back_up,
    fixed_bytes,
    mail_with,
    make_vault,
    read,
    reader_of,
)
from backups.vault import catalogue, layout, lookups
from backups.vault.errors import (
    BlobDamaged,
    BlobMissing,
    ContentDamaged,
    Damaged,
    KeyDestroyed,
    KeyProblem,
    NotInStore,
    StoreProblem,
    VaultError,
    WrongKey,
)
from backups.vault.pack import PackBuilder
from backups.vault.stowing import put_pack

pytestmark = pytest.mark.django_db(transaction=True)
PHOTO = fixed_bytes("photo", 300_000)
EVERYTHING = {
    "note": b"Dear Ida, " * 30,
    "mail": mail_with(fixed_bytes("report", 90_000)),
    "photo": PHOTO,
    **{f"letter {number}": b"letter %d " % number * 50 for number in range(20)},
}


@pytest.fixture
def vault(tmp_path):
    vault = make_vault(tmp_path / "vault")
    # Two commits, so that there are packs to be confused.
    back_up(vault, EVAS_MAIL, dict(list(EVERYTHING.items())[:2]))
    back_up(vault, EVAS_MAIL, EVERYTHING)
    return vault


def _files(tmp_path, organization=ACME):
    packs = VaultPack.objects.filter(organization=organization).order_by("commit")
    return [tmp_path / "vault" / layout.pack_name(organization, bytes(pack.digest)) for pack in packs]


def _read_all(vault):
    """Return (what was read right, what was refused, what was read wrong) by name."""
    right, refused, wrong = [], {}, []
    for row in lookups.objects_of(vault.organization, EVAS_MAIL):
        try:
            content = reader_of(vault).read(row.version)
        except VaultError as problem:
            refused[row.external_id] = problem
        else:
            (right if content == EVERYTHING[row.external_id] else wrong).append(row.external_id)
    assert len(right) + len(refused) + len(wrong) == len(EVERYTHING)
    return right, refused, wrong


def test_200_flipped_bits_are_found_and_hurt_one_blob_each(vault, tmp_path):
    chance, missed = random.Random(7), []
    for _ in range(200):
        path = chance.choice(_files(tmp_path))
        good = path.read_bytes()
        bad = bytearray(good)
        bad[chance.randrange(len(bad))] ^= 1 << chance.randrange(8)
        path.write_bytes(bad)
        right, refused, wrong = _read_all(vault)
        if wrong or hashlib.sha256(bad).hexdigest() == path.name:
            missed.append(path)
        assert len(refused) <= 1
        assert all(isinstance(problem, BlobDamaged) and problem.name and problem.blobs for problem in refused.values())
        path.write_bytes(good)

    assert missed == []
    assert len(_read_all(vault)[0]) == len(EVERYTHING)


def test_a_cut_or_missing_pack_is_named_and_the_others_stay_readable(vault, tmp_path):
    first, second = _files(tmp_path)
    second.write_bytes(second.read_bytes()[:1_000])

    right, refused, wrong = _read_all(vault)

    assert {"note", "mail"} <= set(right)
    assert wrong == []
    assert all(isinstance(problem, StoreProblem) and second.name in problem.name for problem in refused.values())
    second.unlink()
    assert all(isinstance(problem, NotInStore) for problem in _read_all(vault)[1].values())


def test_a_valid_pack_in_another_ones_place_is_refused(vault, tmp_path):
    first, second = _files(tmp_path)
    first_bytes, second_bytes = first.read_bytes(), second.read_bytes()
    first.write_bytes(second_bytes)
    second.write_bytes(first_bytes + second_bytes)

    right, refused, wrong = _read_all(vault)

    assert wrong == right == []
    assert all(isinstance(problem, Damaged) for problem in refused.values())


def test_bolts_pack_under_acmes_name_is_refused_even_with_its_key(vault, tmp_path):
    bolt = make_vault(tmp_path / "vault", BOLT)
    back_up(bolt, EVAS_MAIL, EVERYTHING)
    [bolts] = _files(tmp_path, BOLT)
    acmes = _files(tmp_path)[1]
    acmes.write_bytes(bolts.read_bytes())

    assert _read_all(vault)[2] == []

    # Somebody with the database's password moves the whole row over.
    of_bolt = VaultPack.objects.get(organization=BOLT)
    VaultPack.objects.filter(organization=ACME, commit=2).update(wrapped_key=of_bolt.wrapped_key)
    right, refused, wrong = _read_all(vault)
    assert wrong == []
    assert {type(problem) for problem in refused.values()} == {WrongKey}


def test_a_recipe_that_was_exchanged_is_found_before_its_last_bytes_are_out(vault):
    photo = VaultVersion.objects.annotate(length=Length("recipe")).latest("size")
    other = VaultVersion.objects.earliest("size")
    VaultVersion.objects.filter(object=photo.object).update(recipe=other.recipe)

    with pytest.raises(ContentDamaged):
        read(vault, EVAS_MAIL, "photo")
    VaultVersion.objects.filter(object=photo.object).update(recipe=bytes(photo.recipe)[:-1])
    with pytest.raises(ContentDamaged):
        read(vault, EVAS_MAIL, "photo")


def test_a_blob_row_that_points_elsewhere_is_found(vault):
    first, second = VaultBlob.objects.order_by("-length")[:2]
    VaultBlob.objects.filter(id=first.id).update(
        pack=second.pack, start=second.start, length=second.length, plain_length=second.plain_length, flags=second.flags
    )

    assert _read_all(vault)[2] == []
    assert _read_all(vault)[1]


def test_content_that_opens_but_is_not_what_its_id_says_is_refused(vault):
    """Somebody who holds the key of one pack sealed other content under the id of Eva's photo."""
    [blob] = VaultBlob.objects.order_by("-length")[:1]
    builder = PackBuilder(ACME)
    builder.add(bytes(blob.id), bytes(blob.plain_length), blob.plain_length, 0)
    pack = put_pack(vault, builder.finish())
    with transaction.atomic(), connection.cursor() as cursor:
        catalogue.add_packs(cursor, ACME, 2, bytes(32), [pack])
    VaultBlob.objects.filter(id=blob.id).update(
        pack=UUID(bytes=pack.pack_id), start=20, length=blob.plain_length + 16, flags=0
    )

    right, refused, wrong = _read_all(vault)

    assert wrong == []
    # Whichever has the largest blob: chunks are cut where the organization's key says.
    [refusal] = refused.values()
    assert "is not what its id says" in str(refusal)


def test_a_missing_row_says_how_many_and_what_to_do(vault):
    VaultBlob.objects.order_by("-length")[0].delete()

    right, refused, wrong = _read_all(vault)

    [problem] = refused.values()
    assert isinstance(problem, BlobMissing)
    assert "Rebuild the catalogue" in str(problem)
    assert len(right) == len(EVERYTHING) - 1


def test_a_destroyed_key_ends_reading_for_ever_and_says_so(vault):
    VaultPack.objects.filter(commit=1).update(wrapped_key=None, key_destroyed_at=NOW, doomed_at=NOW)

    right, refused, wrong = _read_all(vault)

    assert set(refused) == {"note", "mail"}
    assert all(isinstance(problem, KeyDestroyed) for problem in refused.values())
    assert wrong == []


def test_another_organizations_keys_open_nothing(vault, tmp_path):
    bolt = make_vault(tmp_path / "vault", BOLT)
    version = lookups.objects_of(ACME, EVAS_MAIL).__next__().version
    reader = reader_of(vault)
    reader.keys = bolt.keys

    with pytest.raises(KeyProblem):
        reader.read(version)


def test_a_pack_that_moved_between_looking_and_reading_is_looked_up_again(vault, tmp_path):
    """The collector rewrote a pack and deleted the old one while a restore was under way."""
    reader = reader_of(vault)
    [row] = [row for row in lookups.objects_of(ACME, EVAS_MAIL) if row.external_id == "photo"]
    moved = _files(tmp_path)[1]
    away = moved.with_name("away")
    moved.rename(away)
    places = reader.index.places

    def places_after_the_move(ids):
        found = places(ids)
        reader.index.places = lambda again: (away.rename(moved) if away.exists() else None, places(again))[1]
        return found

    reader.index.places = places_after_the_move

    assert reader.read(row.version) == PHOTO
