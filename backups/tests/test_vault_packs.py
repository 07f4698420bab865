"""Packs and slips: what goes in comes out, what was altered does not, and bytes never change between releases."""

import hashlib
import os

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from backups.tests.vaults import ACME, BOLT, acme_keys, fixed_bytes
from backups.vault import ids, sealing
from backups.vault.errors import BlobDamaged, CommitDamaged, PackDamaged, Swapped
from backups.vault.keys import WrappedKey
from backups.vault.pack import HEAD_BYTES, OpenPack, PackBuilder, footer_in, pack_id_of, read_rows
from backups.vault.slips import SlipEntry, read_slip, write_slip

ID_KEY = fixed_bytes("id key", 32)
CONTENTS = [b"", b"a", b"letter " * 500, fixed_bytes("photo", 70_000)]


def _build(contents, organization=ACME):
    builder = PackBuilder(organization)
    for content in contents:
        builder.add(ids.blob_id(ID_KEY, content), content, len(content), 0)
    pack = builder.finish()
    return pack, b"".join(pack.parts)


def _open(pack, organization=ACME):
    return OpenPack(organization, pack.pack_id, pack.key, name="the pack")


def _range_of(content):
    return lambda offset, length: content[offset : offset + length]


def test_every_blob_comes_back_and_the_name_is_the_hash():
    pack, content = _build(CONTENTS)
    opened = _open(pack)

    rows = read_rows(opened, len(content), _range_of(content))

    assert hashlib.sha256(content).digest() == pack.digest
    assert len(content) == pack.size
    assert pack_id_of(content[:HEAD_BYTES], name="the pack") == pack.pack_id
    assert rows == list(pack.rows)
    assert [opened.open_blob(row.blob_id, row.offset, content[row.offset :][: row.length]) for row in rows] == CONTENTS


@settings(max_examples=50, deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=40))
def test_any_pack_can_be_read_again(contents):
    pack, content = _build(contents)

    rows = read_rows(_open(pack), len(content), _range_of(content))

    assert [row.plain_length for row in rows] == [len(one) for one in contents]


def test_a_footer_longer_than_the_first_guess_is_read_whole():
    pack, content = _build([b"%d" % number for number in range(3_000)])

    rows = read_rows(_open(pack), len(content), _range_of(content))

    assert len(rows) == 3_000


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_one_flipped_bit_is_found_wherever_it_is(data):
    pack, content = _build(CONTENTS)
    at = data.draw(st.integers(0, len(content) - 1))
    altered = bytearray(content)
    altered[at] ^= 1 << data.draw(st.integers(0, 7))
    altered = bytes(altered)

    found = hashlib.sha256(altered).digest() != pack.digest
    wrong, right = _read_all(pack, altered)

    assert found
    assert all(plain == content for plain, content in right)
    in_a_blob = any(row.offset <= at < row.offset + row.length for row in pack.rows)
    assert wrong or not in_a_blob
    # Only what was hit is lost.
    assert len(wrong) <= 1


def _read_all(pack, content):
    opened, wrong, right = _open(pack), [], []
    for row, plain in zip(pack.rows, CONTENTS, strict=True):
        try:
            right.append((opened.open_blob(row.blob_id, row.offset, content[row.offset :][: row.length]), plain))
        except BlobDamaged as problem:
            wrong.append(problem.blobs)
    return wrong, right


@pytest.mark.parametrize("keep", [0, 3, 19, 20, 100, -1, -8, -9])
def test_a_cut_pack_is_refused(keep):
    pack, content = _build(CONTENTS)
    cut = content[:keep]

    with pytest.raises(PackDamaged):
        read_rows(_open(pack), len(cut), _range_of(cut))


@pytest.mark.parametrize("head", [b"", b"PVP1", b"PVP2" + bytes(16)])
def test_what_does_not_begin_like_a_pack_is_none(head):
    with pytest.raises(PackDamaged):
        pack_id_of(head, name="the pack")


def test_a_blob_does_not_pass_for_its_neighbour_nor_for_bolts():
    pack, content = _build([b"salary of Eva", b"salary of Ida"])
    first, second = pack.rows
    sealed = content[first.offset :][: first.length]

    for opened, blob_id, offset in [
        (_open(pack), second.blob_id, first.offset),
        (_open(pack), first.blob_id, second.offset),
        (_open(pack, BOLT), first.blob_id, first.offset),
        (_open(_build([b"salary of Eva"])[0]), first.blob_id, first.offset),
    ]:
        with pytest.raises(BlobDamaged):
            opened.open_blob(blob_id, offset, sealed)


def test_the_footer_of_another_pack_is_refused():
    pack, content = _build(CONTENTS)
    other, other_content = _build(CONTENTS)
    _, back = footer_in(other_content, name="other")
    mixed = content[: pack.size - back] + other_content[-back:]

    with pytest.raises(PackDamaged):
        read_rows(_open(pack), len(mixed), _range_of(mixed))


def test_no_nonce_is_used_twice_under_one_key():
    seen = set()
    for _ in range(20):
        pack, _ = _build([fixed_bytes(str(number), number % 40) for number in range(500)])
        nonces = [(pack.key, sealing.nonce_at(row.offset)) for row in pack.rows]
        seen.update(nonces)
        assert (pack.key, sealing.FOOTER_NONCE) not in seen

    assert len(seen) == 20 * 500


def test_a_pack_begun_before_a_fork_is_not_continued_after_it():
    builder = PackBuilder(ACME)
    child = os.fork()
    if child == 0:
        try:
            builder.add(b"i" * 32, b"text", 4, 0)
        except RuntimeError:
            os._exit(7)
        os._exit(0)

    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 7


def test_known_answers_of_the_format():
    """These bytes are the format: if this test has to change, old vaults cannot be read any more."""
    key, blob_id = bytes(range(32)), ids.blob_id(bytes(32), b"portico")

    assert blob_id.hex() == KNOWN_BLOB_ID
    assert str(ids.object_id(bytes(32), "mail/eva", "AAMk1")) == KNOWN_OBJECT_ID
    assert ids.tombstone(bytes(32), "mail/eva").hex() == KNOWN_TOMBSTONE
    assert sealing.binding(ACME, "blob") == b"portico vault 1 blob " + ACME.bytes
    sealed = AESGCM(key).encrypt(sealing.nonce_at(20), b"portico", sealing.binding(ACME, "blob") + blob_id)
    assert sealed.hex() == KNOWN_SEALED
    assert OpenPack(ACME, bytes(16), key).open_blob(blob_id, 20, bytes.fromhex(KNOWN_SEALED)) == b"portico"


def test_a_slip_gives_back_the_keys_it_was_given():
    keys = acme_keys()
    entries = [
        SlipEntry(fixed_bytes(word, 16), fixed_bytes(word, 32), keys.wrap_pack_key(fixed_bytes(word, 16), b"k" * 32))
        for word in ("one", "two")
    ]

    digest, content = write_slip(ACME, entries)

    assert digest == hashlib.sha256(content).digest()
    assert read_slip(ACME, content, name="slip") == entries
    assert b"k" * 32 not in content
    with pytest.raises(Swapped):
        read_slip(BOLT, content, name="slip")
    with pytest.raises(CommitDamaged):
        read_slip(ACME, content[:-1], name="slip")


def test_an_empty_slip_is_a_slip():
    _, content = write_slip(ACME, [])

    assert read_slip(ACME, content, name="slip") == []
    assert WrappedKey(1, b"x") == WrappedKey(1, b"x")


KNOWN_BLOB_ID = "c97a9a7cc8a8b16ce53f496963c28c8e73fd82369564062bd57f6f0aab9a11f0"
KNOWN_OBJECT_ID = "a2b610fa-ca4e-7e31-2272-9e53633b4761"
KNOWN_TOMBSTONE = "965e7a225e9ff1bcd25717bb8c540d42c9db88796e807ed73debf1ebcc237faa"
KNOWN_SEALED = "8114dc426203c364e4f9304d87b8cd386a5ca5d923b06f"
