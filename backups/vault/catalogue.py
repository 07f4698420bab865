"""What a commit writes into the catalogue: one transaction, by COPY, past the ORM.

Order inside the transaction is the same for everybody, so that writers wait for each other for moments and never in a
circle: blobs (sorted) -> packs that are referred to -> the head -> objects, versions, manifests -> the caller's own.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from backups.vault import copying
from backups.vault.commits import BEGINNING, SealedCommit
from backups.vault.errors import KeyDestroyed, ReuseLost, Superseded
from backups.vault.faults import fault_point
from backups.vault.keys import WrappedKey
from backups.vault.lookups import STILL, database_named

_BLOB = ("organization", "pack", "start", "length", "plain_length", "flags", "id")
_OBJECT = ("organization", "id", "account", "external_id")
_VERSION = ("organization", "object", "from_commit", "to_commit", "size", "sha256", "recipe", "meta")


class HeadMoved(Exception):
    """Another writer's commit was accepted first; chain to that one and try again."""


@dataclass
class NewPack:
    """A durable pack the catalogue does not know yet; ``rows`` are its blobs as COPY takes them."""

    pack_id: bytes
    digest: bytes
    size: int
    key: WrappedKey
    blobs: int
    stored_bytes: int
    lock_until: datetime | None = None
    rows: bytes = field(default=b"", repr=False)


@dataclass(slots=True)
class Change:
    """What becomes of one object: a new version, or without a recipe its end."""

    account: str
    external_id: str
    recipe: bytes | None
    sha256: bytes = b""
    size: int = 0
    meta: bytes = b""
    # Whether a version stood when it was looked up.
    has_current: bool = False


@dataclass
class Additions:
    """Everything one commit adds; ``reused`` are packs it refers to without having written them."""

    packs: list[NewPack]
    slip: bytes
    changes: dict[UUID, Change]
    manifests: list[tuple[str, bytes]]
    reused: Collection[bytes]
    looked_at: int


def accept(
    sealed: SealedCommit, added: Additions, *, holds: Callable[[], bool], save: Callable[[], None] | None
) -> None:
    """Make a commit count, together with what the caller saves, or change nothing.

    Raises `HeadMoved`, `ReuseLost`, `Superseded` when ``holds`` says no, and whatever ``holds`` and ``save`` raise.
    """
    organization, number = sealed.commit.organization, sealed.commit.number
    with database_named(), transaction.atomic(), connection.cursor() as cursor:
        patient(cursor)
        add_packs(cursor, organization, number, added.slip, added.packs)
        hold_packs(cursor, organization, added.reused)
        move_head(cursor, sealed)
        closed = _close_versions(cursor, organization, number, added)
        _add_objects(cursor, organization, added.changes, closed)
        _add_versions(cursor, organization, number, added.changes)
        add_manifests(cursor, organization, number, added.manifests)
        if save is not None:
            save()
        if not holds():
            raise Superseded(
                f"Another worker took this job over; commit {number} does not count. Nothing is lost: the other worker"
                " goes on from the last cursor."
            )
        fault_point("catalogue.before_commit")
    fault_point("catalogue.after_commit")


def save_cursor(*, holds: Callable[[], bool], save: Callable[[], None]) -> None:
    """Store a cursor that closes nothing but unchanged objects. Raises `Superseded`."""
    with database_named(), transaction.atomic():
        save()
        if not holds():
            raise Superseded("Another worker took this job over; its cursor was left alone. Nothing is lost.")


def add_organization(organization: UUID, *, epoch: int, record: bytes, root_name: bytes, now: datetime) -> None:
    """Write the rows of an organization whose first key record is in the store."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO backups_vaultorganization (organization, head_number, head_digest, created_at)"
            " VALUES (%s, 0, %s, %s)",
            [organization, BEGINNING, now],
        )
        cursor.execute(
            "INSERT INTO backups_vaultkey (organization, epoch, record, root_name, created_at)"
            " VALUES (%s, %s, %s, %s, %s)",
            [organization, epoch, record, root_name, now],
        )


def patient(cursor) -> None:
    """Give a bulk transaction more time than a page's."""
    cursor.execute(
        "SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = '300s';"
        " SET LOCAL idle_in_transaction_session_timeout = '120s'"
    )


def add_packs(cursor, organization: UUID, number: int, slip: bytes, packs: list[NewPack]) -> None:
    """Write packs and their blobs. A blob that lies elsewhere already stays there, unless that pack is doomed."""
    if not packs:
        return
    _hold_epochs(cursor, organization, {pack.key.epoch for pack in packs})
    cursor.executemany(
        "INSERT INTO backups_vaultpack (organization, id, commit, size, live_bytes, blobs, epoch, digest, slip,"
        " wrapped_key, lock_until) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            (organization, UUID(bytes=pack.pack_id), number, pack.size, pack.stored_bytes, pack.blobs, pack.key.epoch,
             pack.digest, slip, pack.key.wrapped, pack.lock_until)
            for pack in packs
        ],
    )  # fmt: skip
    with _staged(cursor, "backups_vaultblob", _BLOB, (pack.rows for pack in packs)) as staged:
        # Rows that are there already stay locked until the end, changed or not: nobody gives their packs up meanwhile.
        cursor.execute(
            f"INSERT INTO backups_vaultblob AS old ({', '.join(_BLOB)})"  # noqa: S608 - our own words
            f" SELECT {', '.join(_BLOB)} FROM {staged} ORDER BY id"
            " ON CONFLICT (organization, id) DO UPDATE SET pack = EXCLUDED.pack, start = EXCLUDED.start,"
            "   length = EXCLUDED.length, plain_length = EXCLUDED.plain_length, flags = EXCLUDED.flags"
            " WHERE EXISTS (SELECT 1 FROM backups_vaultpack p WHERE p.organization = old.organization"
            "   AND p.id = old.pack AND p.doomed_at IS NOT NULL)"
        )


def _hold_epochs(cursor, organization: UUID, epochs: set[int]) -> None:
    """Keep masters from being destroyed until this transaction ends. Raises `KeyDestroyed` when one is already."""
    cursor.execute(
        "SELECT 1 FROM backups_vaultkey WHERE organization = %s AND epoch = ANY(%s) AND destroyed_at IS NULL FOR SHARE",
        [organization, list(epochs)],
    )
    if len(cursor.fetchall()) != len(epochs):
        raise KeyDestroyed(
            "The master key that wraps these packs was destroyed meanwhile. Nothing was committed; open the vault again"
            " and run the slice from its cursor."
        )


def hold_packs(cursor, organization: UUID, pack_ids: Collection[bytes]) -> None:
    """Keep packs from being doomed until this transaction ends. Raises `ReuseLost` when one is already."""
    if not pack_ids:
        return
    # In one order, so that two writers and the collector never wait for each other in a circle.
    cursor.execute(
        "SELECT 1 FROM backups_vaultpack WHERE organization = %s AND id = ANY(%s::uuid[]) AND doomed_at IS NULL"
        " ORDER BY id FOR SHARE",
        [organization, copying.uuid_array(sorted(pack_ids))],
    )
    held = len(cursor.fetchall())
    if held != len(pack_ids):
        raise ReuseLost(
            f"{len(pack_ids) - held} packs this commit refers to were given up meanwhile. Nothing was committed; run"
            " the slice again from its cursor and what is missing is stored anew."
        )


def move_head(cursor, sealed: SealedCommit) -> None:
    """Make ``sealed`` the newest commit if it follows the newest one. Raises `HeadMoved`."""
    commit = sealed.commit
    cursor.execute(
        "UPDATE backups_vaultorganization SET head_number = %s, head_digest = %s"
        " WHERE organization = %s AND head_number = %s AND head_digest = %s AND erased_at IS NULL",
        [commit.number, sealed.digest, commit.organization, commit.number - 1, commit.previous],
    )
    if cursor.rowcount != 1:
        raise HeadMoved(f"Commit {commit.number} does not follow the newest one any more.")
    cursor.execute(
        "INSERT INTO backups_vaultcommit (organization, number, made_at, kind, packs, versions, deleted, stored_bytes,"
        " digest) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [commit.organization, commit.number, commit.made_at, commit.kind, len(commit.packs),
         commit.counts.get("versions", 0), commit.counts.get("deleted", 0), commit.counts.get("stored_bytes", 0),
         sealed.digest],
    )  # fmt: skip


def add_manifests(cursor, organization: UUID, number: int, manifests: list[tuple[str, bytes]]) -> None:
    """Write which blobs say what the commit did, as (account, blob id)."""
    # One statement: an increment touches as many accounts as there are, and each would be a trip to the server.
    cursor.execute(
        "INSERT INTO backups_vaultmanifest (organization, commit, position, account, blob)"
        " SELECT %s, %s, m.position - 1, m.account, m.blob"
        " FROM unnest(%s::text[], %s::bytea[]) WITH ORDINALITY AS m (account, blob, position)",
        [
            organization,
            number,
            [account for account, _ in manifests],
            copying.byte_array(blob for _, blob in manifests),
        ],
    )


def _close_versions(cursor, organization: UUID, number: int, added: Additions) -> set[UUID]:
    """End the versions that the changed objects have had so far, and return which objects had one.

    Objects that had none when they were looked up are not asked about again, unless another commit has touched their
    account since: nothing else can have given them one.
    """
    accounts = {change.account for change in added.changes.values()}
    cursor.execute(
        "SELECT DISTINCT account FROM backups_vaultmanifest"
        " WHERE organization = %s AND account = ANY(%s) AND commit > %s",
        [organization, list(accounts), added.looked_at],
    )
    touched = {account for (account,) in cursor.fetchall()}
    closing = [one for one, change in added.changes.items() if change.has_current or change.account in touched]
    if not closing:
        return set()
    cursor.execute(
        "UPDATE backups_vaultversion SET to_commit = %s"
        " WHERE organization = %s AND object = ANY(%s::uuid[]) AND to_commit = %s RETURNING object",
        [number, organization, copying.uuid_array(closing), STILL],
    )
    return {one for (one,) in cursor.fetchall()}


def _add_objects(cursor, organization: UUID, changes: dict[UUID, Change], closed: set[UUID]) -> None:
    """Add those that had no version: new ones, and such that were erased since they were looked up."""
    owner = organization.bytes
    rows = [
        copying.object_row(owner, one.bytes, change.account.encode(), change.external_id.encode())
        for one, change in changes.items()
        if one not in closed and change.recipe is not None
    ]
    if not rows:
        return
    with _staged(cursor, "backups_vaultobject", _OBJECT, rows) as staged:
        cursor.execute(
            f"INSERT INTO backups_vaultobject ({', '.join(_OBJECT)})"  # noqa: S608 - our own words
            f" SELECT {', '.join(_OBJECT)} FROM {staged} ORDER BY id ON CONFLICT DO NOTHING"
        )


def _add_versions(cursor, organization: UUID, number: int, changes: dict[UUID, Change]) -> None:
    owner, fixed, field_of = organization.bytes, copying.version_row, copying.field
    rows = [
        fixed(owner, one.bytes, number, STILL, change.size, change.sha256)
        + field_of(change.recipe)
        + field_of(change.meta)
        for one, change in changes.items()
        if change.recipe is not None
    ]
    if rows:
        copying.copy_rows(cursor, "backups_vaultversion", _VERSION, rows)


class _staged:
    """A table for the time of one statement, filled by COPY."""

    def __init__(self, cursor, table: str, columns: tuple[str, ...], rows: Iterable[bytes]) -> None:
        self.cursor, self.table, self.columns, self.rows = cursor, table, columns, rows
        self.name = f"staged_{table}"

    def __enter__(self) -> str:
        self.cursor.execute(f"CREATE TEMP TABLE {self.name} (LIKE {self.table}) ON COMMIT DROP")
        copying.copy_rows(self.cursor, self.name, self.columns, self.rows)
        return self.name

    def __exit__(self, kind, *_) -> None:
        if kind is None:
            self.cursor.execute(f"DROP TABLE {self.name}")
