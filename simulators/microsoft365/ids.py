"""Ids and small numbers that are derived, so that the same seed makes the same tenant."""

import hashlib
import uuid


def derived_id(*parts: object) -> uuid.UUID:
    """Return the id that belongs to ``parts``, in the form of a random one."""
    digest = hashlib.blake2b("\0".join(map(str, parts)).encode(), digest_size=16).digest()
    return uuid.UUID(bytes=digest, version=4)


def derived_number(below: int, *parts: object) -> int:
    """Return the whole number from 0 to ``below`` - 1 that belongs to ``parts``."""
    digest = hashlib.blake2b("\0".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest) % below
