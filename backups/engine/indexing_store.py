"""Writing entries of the index, and how far it has come: all of a batch or nothing.

A test may kill the process at the fault point "index.before_commit".
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from struct import Struct
from uuid import UUID

from django.db import connection, transaction

from backups.engine.search_words import Tokens
from backups.vault import catalogue, copying
from backups.vault.faults import fault_point

_COLUMNS = (
    "organization", "object", "from_commit", "container_id", "kind", "feed_key", "object_id", "parent_id", "name",
    "people", "at", "size", "has_attachments", "is_folder", "text_state", "words", "text",
)  # fmt: skip
_EPOCH, _MICROSECOND = datetime(2000, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_NUMBER, _FLAG, _COLUMN_COUNT = Struct(">iq"), Struct(">i?"), Struct(">h").pack(len(_COLUMNS))


@dataclass(frozen=True)
class Entry:
    """One row of the index; the names are its columns'."""

    object: UUID
    from_commit: int
    container_id: int
    kind: str
    feed_key: str
    object_id: str
    parent_id: str
    name: str
    people: str
    at: datetime
    size: int
    has_attachments: bool
    is_folder: bool
    text_state: str
    words: Tokens
    text: str


def store(
    organization: UUID, entries: Iterable[Entry], *, holds: Callable[[], None], reached: int | None = None
) -> int:
    """Store entries of versions that are kept still, and that the index has come to ``reached``; return how many.

    Entries that are there stay as they are. ``holds`` is called inside the transaction and raises where the work is
    another worker's by now.
    """
    rows = [_row(organization.bytes, entry) for entry in entries]
    with transaction.atomic(), connection.cursor() as cursor:
        holds()
        stored = write(cursor, organization, rows) if rows else 0
        if reached is not None:
            cursor.execute(
                "UPDATE backups_searchprogress SET commit = %s WHERE organization = %s AND commit < %s",
                [reached, organization, reached],
            )
        fault_point("index.before_commit")
    return stored


def write(cursor, organization: UUID, rows: list[bytes]) -> int:
    """Write rows as COPY takes them, in the caller's transaction."""
    catalogue.patient(cursor)
    # Whoever ends, erases or lets go of versions moves the head first; so nobody waits for each other in a circle.
    cursor.execute("SELECT 1 FROM backups_vaultorganization WHERE organization = %s FOR SHARE", [organization])
    columns = ", ".join(_COLUMNS)
    cursor.execute("CREATE TEMP TABLE staged_entries (LIKE backups_searchentry) ON COMMIT DROP")
    cursor.execute("ALTER TABLE staged_entries ALTER id DROP NOT NULL, ALTER to_commit DROP NOT NULL")
    copying.copy_rows(cursor, "staged_entries", _COLUMNS, rows)
    named = ", ".join(f"s.{column}" for column in _COLUMNS)
    cursor.execute(
        f"INSERT INTO backups_searchentry ({columns}, to_commit) SELECT {named}, v.to_commit"  # noqa: S608 - our words
        " FROM staged_entries s CROSS JOIN LATERAL (SELECT to_commit FROM backups_vaultversion"
        "  WHERE organization = s.organization AND object = s.object AND from_commit = s.from_commit LIMIT 1) v"
        " ON CONFLICT (organization, object, from_commit) DO NOTHING"
    )
    stored = cursor.rowcount
    cursor.execute("DROP TABLE staged_entries")
    return stored


def _row(organization: bytes, entry: Entry) -> bytes:
    field, number = copying.field, _NUMBER.pack
    return b"".join(
        (
            _COLUMN_COUNT, field(organization), field(entry.object.bytes), number(8, entry.from_commit),
            number(8, entry.container_id), _text(entry.kind), _text(entry.feed_key), _text(entry.object_id),
            _text(entry.parent_id), _text(entry.name), _text(entry.people),
            number(8, (entry.at - _EPOCH) // _MICROSECOND), number(8, entry.size),
            _FLAG.pack(1, entry.has_attachments), _FLAG.pack(1, entry.is_folder),
            _text(entry.text_state), field(entry.words.as_vector()), _text(entry.text),
        )
    )  # fmt: skip


def _text(value: str) -> bytes:
    return copying.field(value.encode("utf-8", "replace").replace(b"\0", b""))
