"""Names that tell nothing: keyed BLAKE3, with a key of the organization's own.

Equal content has equal ids inside one organization and unrelated ids in two, so that neither a storage host nor another
client can ask whether somebody keeps a known file.
"""

from uuid import UUID

from blake3 import blake3

ID_BYTES = 32


def blob_id(key: bytes, plain: bytes | memoryview) -> bytes:
    """Return the 32 byte id of a blob's plain bytes."""
    return blake3(plain, key=key).digest()


def object_id(key: bytes, account: str, external_id: str) -> UUID:
    """Return the id of an object: the same for the same account and external id, also after the catalogue was lost."""
    named = f"{len(account)}:{account}{external_id}".encode()
    return UUID(bytes=blake3(named, key=key).digest(16))


def tombstone(key: bytes, account: str, external_id: str | None = None) -> bytes:
    """Return what is remembered of something erased: enough to recognise it again, nothing to read.

    Without an external id it is the tombstone of the whole account.
    """
    named = f"{len(account)}:{account}" + ("" if external_id is None else f"/{external_id}")
    return blake3(named.encode(), key=key).digest()
