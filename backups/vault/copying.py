"""Rows as PostgreSQL's binary COPY takes them: one call of struct a row, nothing to escape.

A fixed row is one `Struct`; text and bytes of any length are appended by `field`.
"""

import io
from collections.abc import Iterable
from struct import Struct
from uuid import UUID

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_LENGTH = Struct(">i")
NULL = _LENGTH.pack(-1)
# organization, pack, start, length, plain length, flags, id
_BLOB = Struct(">hi16si16siiiiiiihi32s")
# The fixed beginning of a version: organization, object, from, to, size, sha256.
_VERSION = Struct(">hi16si16siqiqiqi32s")
_OBJECT = Struct(">hi16si16s")


def blob_row(organization: bytes, pack: bytes, start: int, length: int, plain_length: int, flags: int, blob_id: bytes):
    """Return one row of the blobs' table."""
    return _BLOB.pack(7, 16, organization, 16, pack, 4, start, 4, length, 4, plain_length, 2, flags, 32, blob_id)


def object_row(organization: bytes, object_id: bytes, account: bytes, external_id: bytes) -> bytes:
    """Return one row of the objects' table."""
    return _OBJECT.pack(4, 16, organization, 16, object_id) + field(account) + field(external_id)


def version_row(organization: bytes, object_id: bytes, begin: int, end: int, size: int, sha256: bytes) -> bytes:
    """Return the fixed part of one row of the versions' table; recipe and meta follow as fields."""
    return _VERSION.pack(8, 16, organization, 16, object_id, 8, begin, 8, end, 8, size, 32, sha256)


def field(value: bytes) -> bytes:
    """Return a value of any length."""
    return _LENGTH.pack(len(value)) + value


def copy_rows(cursor, table: str, columns: tuple[str, ...], rows: Iterable[bytes]) -> None:
    """Send rows, each already as bytes, into ``table``."""
    sent = io.BytesIO(b"".join((_HEADER, *rows, _END)))
    cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT binary)", sent, 1 << 18)


def byte_array(values: Iterable[bytes]) -> str:
    """Return bytes as the text of a bytea[]; far quicker for the server to read than an ARRAY of literals."""
    return "{" + ",".join([f'"\\\\x{value.hex()}"' for value in values]) + "}"


def uuid_array(values: Iterable[bytes | UUID]) -> str:
    """Return ids as the text of a uuid[]."""
    return "{" + ",".join([value.hex() if isinstance(value, bytes) else value.hex for value in values]) + "}"
