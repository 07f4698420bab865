"""Commits, manifests and recipes: chained, signed, and read back exactly."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backups.tests.vaults import ACME, ROOT, acme_keys, bolt_keys, fixed_bytes
from backups.vault.commits import BEGINNING, Commit, CommitPack, follow, open_commit, seal_commit
from backups.vault.errors import CommitDamaged, ContentDamaged, RolledBack, Swapped
from backups.vault.keys import next_epoch
from backups.vault.manifest import MANIFEST_BYTES, Entry, read_manifest, write_manifests
from backups.vault.recipe import BlobRef, Part, Recipe, read_recipe, referenced_ids, write_recipe

WHEN = datetime(2026, 10, 25, 11, 0, tzinfo=UTC)


def _commit(number=1, previous=BEGINNING, **more):
    return Commit(ACME, number, previous, WHEN, **more)


def _full():
    return _commit(
        packs=(CommitPack(fixed_bytes("p", 16), fixed_bytes("d", 32), 17_000_000, fixed_bytes("s", 32)),),
        manifests=(fixed_bytes("m", 32), fixed_bytes("n", 32)),
        dropped=(fixed_bytes("old", 32),),
        replaced={fixed_bytes("m", 32): fixed_bytes("n", 32)},
        tombstones=(fixed_bytes("t", 32),),
        counts={"versions": 3, "deleted": 1},
        extra={"kept": [1, 2]},
        kind="erase",
    )


def test_a_commit_is_read_back_exactly():
    keys = acme_keys()

    sealed = seal_commit(keys, _full())

    assert open_commit(keys, sealed.content, name=sealed.name) == sealed
    assert sealed.name.startswith(f"{ACME}/commits/0000000001.")


def test_a_chain_is_followed_and_a_gap_a_fork_or_an_old_end_is_refused():
    keys = acme_keys()
    first = seal_commit(keys, _commit())
    second = seal_commit(keys, _commit(2, first.digest))
    rival = seal_commit(keys, _commit(2, first.digest, kind="collect"))
    third = seal_commit(keys, _commit(3, second.digest))

    follow(None, first)
    follow(first, second)
    follow(first, rival)
    follow(second, third)

    for before, after in [(None, second), (first, third), (rival, third), (third, second), (first, first)]:
        with pytest.raises(RolledBack):
            follow(before, after)


def test_commits_of_an_older_epoch_still_verify():
    keys = acme_keys()
    sealed = seal_commit(keys, _commit())

    newer, _ = next_epoch(keys, ROOT)

    assert open_commit(newer, sealed.content, name=sealed.name).commit == sealed.commit


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_flip_in_a_commit_is_found(data):
    keys = acme_keys()
    sealed = seal_commit(keys, _full())
    altered = bytearray(sealed.content)
    altered[data.draw(st.integers(0, len(altered) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(CommitDamaged):
        open_commit(keys, bytes(altered), name=sealed.name)


def test_neither_bolts_commit_nor_one_under_another_name_passes():
    keys = acme_keys()
    first, bolts = seal_commit(keys, _commit()), seal_commit(bolt_keys(), _commit())
    second = seal_commit(keys, _commit(2, first.digest))

    with pytest.raises(CommitDamaged):
        open_commit(keys, bolts.content, name=bolts.name)
    with pytest.raises(Swapped):
        open_commit(keys, first.content, name=second.name)
    with pytest.raises(CommitDamaged):
        open_commit(keys, first.content[:-1], name=first.name)


def test_who_holds_the_seal_but_not_the_signature_cannot_write_history():
    keys = acme_keys()
    forger = replace(keys, masters={1: fixed_bytes("guess", 32)})

    forged = seal_commit(forger, _commit())

    with pytest.raises(CommitDamaged, match="signature"):
        open_commit(keys, forged.content, name=forged.name)


ENTRIES = st.lists(
    st.one_of(
        st.text(max_size=40).map(lambda gone: Entry(gone, None)),
        st.builds(
            Entry,
            st.text(max_size=40),
            st.binary(max_size=90),
            st.binary(min_size=32, max_size=32),
            st.integers(0, 2**62),
            st.binary(max_size=200),
        ),
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), ENTRIES)
def test_manifests_say_what_they_were_told(account, entries):
    read = [read_manifest(plain) for plain in write_manifests(account, entries)]

    assert read == [(account, entries)]


def test_a_long_manifest_is_cut_between_entries():
    entries = [Entry(str(number), b"r" * 40, b"s" * 32, number, b"m" * 900) for number in range(3_000)]

    plains = list(write_manifests("mail/eva", entries))

    assert len(plains) == 3
    assert max(map(len, plains)) <= MANIFEST_BYTES
    assert [entry for plain in plains for entry in read_manifest(plain)[1]] == entries


@pytest.mark.parametrize("plain", [b"", b"PVM2", b"PVM1\x05eva", b"PVM1\x03eva\x02\x00", b"PVM1\x03eva\x01\x01a\xff"])
def test_what_is_no_manifest_is_refused(plain):
    with pytest.raises(CommitDamaged):
        read_manifest(plain)


REFS = st.lists(st.builds(BlobRef, st.binary(min_size=32, max_size=32), st.integers(0, 2**40)), max_size=8).map(tuple)


@st.composite
def recipes(draw):
    places = sorted(draw(st.lists(st.integers(0, 2**30), max_size=4)))
    parts = tuple(Part(place, draw(st.integers(0, 999)), draw(st.booleans()), draw(REFS)) for place in places)
    return Recipe(draw(REFS), parts, not parts and draw(st.booleans()))


@settings(max_examples=200, deadline=None)
@given(recipes())
def test_recipes_are_read_back_exactly(recipe):
    written = write_recipe(recipe)

    assert read_recipe(written) == recipe
    assert referenced_ids(written) == ([ref.blob_id for ref in recipe.references()], recipe.is_stored)


@settings(max_examples=100, deadline=None)
@given(recipes(), st.data())
def test_a_cut_or_longer_recipe_is_refused_not_guessed(recipe, data):
    written = write_recipe(recipe)
    broken = written[: data.draw(st.integers(0, len(written) - 1))]

    for wrong in (broken, written + b"\x00"):
        with pytest.raises(ContentDamaged):
            read_recipe(wrong)


def test_an_ordinary_recipe_is_short():
    assert len(write_recipe(Recipe((BlobRef(bytes(32), 20_000),)))) == 37
    assert write_recipe(Recipe(())) == b"\x01\x00"
