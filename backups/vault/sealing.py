"""AES-256-GCM, and what each sealed thing is bound to.

A nonce is never chosen twice under one key: the key of a pack is random and seals each offset of one pack once; longer
lived keys use random nonces of 96 bits and seal far fewer than 2^32 things.
"""

import os
from struct import Struct
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FORMAT = 1
KEY_BYTES, NONCE_BYTES, TAG_BYTES = 32, 12, 16
# The footer of a pack; no blob can have that offset.
FOOTER_NONCE = b"\xff" * NONCE_BYTES
_OFFSET = Struct(">IQ")


def new_key() -> bytes:
    """Return 32 random bytes."""
    return os.urandom(KEY_BYTES)


def binding(organization: UUID, what: str) -> bytes:
    """Return the associated data of one sort of sealed thing of one organization; ids are appended to it."""
    return b"portico vault %d %s " % (FORMAT, what.encode()) + organization.bytes


def nonce_at(offset: int) -> bytes:
    """Return the nonce of the blob that begins at ``offset`` of its pack."""
    return _OFFSET.pack(0, offset)


def seal(key: bytes, plain: bytes, bound_to: bytes) -> bytes:
    """Return a random nonce followed by the sealed bytes."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def unseal(key: bytes, sealed: bytes, bound_to: bytes) -> bytes | None:
    """Return what `seal` was given, or None when key, binding or bytes are not the same."""
    if len(sealed) < NONCE_BYTES + TAG_BYTES:
        return None
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
    except InvalidTag:
        return None
