"""Cutting, compressing, and taking in: the same bytes give the same blobs, and the bytes come back."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backups.tests.vaults import Sparse, acme_keys, dripping, fixed_bytes
from backups.vault import chunking, codec, intake
from backups.vault.errors import BlobDamaged
from backups.vault.recipe import INLINE_BYTES, read_recipe
from backups.vault.streams import IN_HAND_BYTES, in_hand
from backups.vault.train_dictionary import samples, train

SEED = 0x5EED


def _lengths(chunks):
    return [len(chunk) for chunk in chunks]


@pytest.mark.parametrize("length", [0, 1, 1_000, chunking.WHOLE_UP_TO])
def test_small_contents_are_one_blob(length):
    content = fixed_bytes("note", length)

    assert [bytes(one) for one in chunking.cut(content, SEED)] == ([content] if length else [])
    assert list(chunking.cut_stream(io.BytesIO(content).read, SEED)) == ([content] if length else [])


@pytest.mark.parametrize(
    "length", [chunking.WHOLE_UP_TO + 1, 3_000_000, chunking.WINDOW, chunking.WINDOW + 1, 20_000_000]
)
def test_a_stream_is_cut_like_the_whole(length):
    content = fixed_bytes("film", length)

    chunks = list(chunking.cut_stream(dripping(content).read, SEED))

    assert b"".join(chunks) == content
    assert _lengths(chunks) == _lengths(chunking.cut(content, SEED))
    assert 64_000 < length / len(chunks) < 160_000


def test_behind_64_mib_chunks_are_larger():
    content = fixed_bytes("film", 1 << 20) * 66 + fixed_bytes("the end", 9 << 20)

    chunks = list(chunking.cut_stream(io.BytesIO(content).read, SEED))

    assert b"".join(chunks) == content
    assert _lengths(chunks) == _lengths(chunking.cut(content, SEED))
    assert max(_lengths(chunks)[:300]) <= 256 << 10
    assert max(_lengths(chunks)[-6:]) > 512 << 10
    assert max(_lengths(chunks)) <= chunking.LARGEST_CHUNK


def test_an_insertion_moves_few_borders():
    content = fixed_bytes("drawing", 4_000_000)
    edited = content[:1_500_000] + b"a few bytes more" + content[1_500_000:]

    before, after = ({bytes(one) for one in chunking.cut(each, SEED)} for each in (content, edited))

    assert len(after - before) <= 3


def test_two_organizations_cut_the_same_file_elsewhere():
    content = fixed_bytes("handbook", 2_000_000)

    assert _lengths(chunking.cut(content, 1)) != _lengths(chunking.cut(content, 2))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=2_000), st.integers(1, 200))
def test_whatever_is_compressed_comes_back(piece, times):
    plain = piece * times

    stored, flags = codec.compress(plain)

    assert codec.decompress(stored, flags, len(plain)) == plain
    assert len(stored) <= len(plain)


def test_text_shrinks_noise_does_not_and_large_texts_need_no_dictionary():
    assert codec.compress(b"Dear Ida, " * 100)[1] == codec.WITH_DICTIONARY
    assert codec.compress(b"Dear Ida, " * 10_000)[1] == codec.ZSTD
    assert codec.compress(fixed_bytes("noise", 10_000))[1] == codec.RAW


@pytest.mark.parametrize(
    ("stored", "flags", "length"),
    [(b"noise", codec.ZSTD, 5), (b"", codec.WITH_DICTIONARY, 5), (b"abc", codec.RAW, 4), (b"abc", 9, 3),
     (codec.compress(b"a" * 999)[0], codec.WITH_DICTIONARY, 998), (codec.compress(b"a" * 999)[0], codec.ZSTD, 999)],
)  # fmt: skip
def test_what_is_not_what_it_says_is_refused(stored, flags, length):
    with pytest.raises(BlobDamaged):
        codec.decompress(stored, flags, length)


def test_the_dictionary_is_made_of_our_own_texts_and_made_again_byte_for_byte():
    assert train() == codec.DICTIONARY_FILE.read_bytes()
    assert len(codec.DICTIONARY_FILE.read_bytes()) <= 112 << 10
    assert list(samples(20)) == list(samples(20))


def test_known_bytes_compressed_by_this_dictionary_still_open():
    """If this fails, small blobs of old vaults cannot be read any more."""
    known = bytes.fromhex("28b52ffd2331504f50fc9d0000282c2045766103fc58e405689cecaf5c602677")
    plain = b"Best regards, Eva\r\n\r\n" * 12

    assert codec.decompress(known, codec.WITH_DICTIONARY, len(plain)) == plain


def test_the_recipe_of_a_large_file_does_not_fill_its_row():
    taken = intake.take(acme_keys(), fixed_bytes("drawing", 12_000_000))

    recipe = read_recipe(taken.recipe)
    assert recipe.is_stored
    assert len(taken.recipe) <= INLINE_BYTES
    inner = read_recipe(b"".join(blob.plain for blob in taken.blobs[-len(recipe.blobs) :]))
    assert sum(ref.length for ref in inner.blobs) == taken.size == 12_000_000


def test_what_is_known_is_not_cut_again():
    keys, content = acme_keys(), b"the same"
    taken = intake.take(keys, content)

    assert intake.take(keys, content, taken.sha256) is None
    assert intake.take(keys, content, bytes(32)) == taken


def test_short_streams_are_taken_whole_and_long_ones_are_not():
    assert in_hand(io.BytesIO(b"short")) == in_hand(b"short") == b"short"
    assert in_hand(dripping(b"")) == b""

    source = Sparse(IN_HAND_BYTES + 100)
    read = in_hand(source)

    assert callable(read)
    assert sum(len(piece) for piece in iter(lambda: read(1 << 20), b"")) == source.length
