"""QuickXorHash in fast arithmetic is the hash that Microsoft describes bit by bit."""

import base64
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backups.connectors.microsoft365.quick_xor_hash import QuickXorHash


def described(data: bytes) -> str:
    """Return the hash as Microsoft's page describes it: bit after bit."""
    ring = [0] * 160
    for place, byte in enumerate(data):
        for bit in range(8):
            ring[(place * 11 + bit) % 160] ^= byte >> bit & 1
    for bit in range(64):
        ring[96 + bit] ^= len(data) >> bit & 1
    return base64.b64encode(sum(one << bit for bit, one in enumerate(ring)).to_bytes(20, "little")).decode()


def computed(*blocks: bytes) -> str:
    found = QuickXorHash()
    for block in blocks:
        found.update(block)
    return found.digest()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        ("Sg==", "SgAAAAAAAAAAAAAAAQAAAAAAAAA="),
        ("tbQ=", "taAFAAAAAAAAAAAAAgAAAAAAAAA="),
        ("0pZP", "0rDEEwAAAAAAAAAAAwAAAAAAAAA="),
    ],
)
def test_short_contents_have_the_hashes_that_drives_tell(content, expected):
    content = base64.b64decode(content)

    found = QuickXorHash(expected)
    found.update(content)

    assert (found.digest(), found.matches()) == (expected, True)
    assert described(content) == expected


@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(max_size=700), max_size=4))
def test_any_content_in_any_blocks_has_the_hash_that_is_described(blocks):
    assert computed(*blocks) == described(b"".join(blocks))


@pytest.mark.parametrize("length", [159, 160, 161, 15_999, 16_000, 16_001, 50_007])
def test_the_edges_of_a_stretch_are_no_edges_of_the_hash(length):
    content = random.Random(length).randbytes(length)

    assert computed(content) == described(content)
    assert computed(content[:7], content[7:-3], content[-3:]) == described(content)


def test_one_bit_makes_another_hash():
    content = bytearray(random.Random(5).randbytes(40_000))
    found = QuickXorHash(described(bytes(content)))
    content[33_333] ^= 4
    found.update(bytes(content))

    assert not found.matches()
