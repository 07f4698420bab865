"""One transaction that gives packs up for others: their live blobs lie elsewhere, nothing new may refer to them.

The order of locks is that of every commit: blobs (sorted) -> packs (sorted) -> the head. A writer that refers to one
of the packs either comes first, and then the head has moved and the exchange is looked over again, or comes after, and
then finds the pack doomed (`ReuseLost`).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from backups.vault import catalogue, copying
from backups.vault.commits import Commit, CommitPack, SealedCommit
from backups.vault.errors import Superseded
from backups.vault.faults import fault_point
from backups.vault.marking import Mark, PackUse
from backups.vault.moving import Moved
from backups.vault.vault import Vault

# Packs whose live blobs are compared at once.
_COMPARED = 16


class SourcesChanged(Exception):
    """Somebody else has touched the packs meanwhile, or something new refers to what was not carried over."""


@dataclass(frozen=True)
class NewSlip:
    """What stands for a slip from which keys were taken: its digest (b"": nothing), and the packs it holds keys of."""

    digest: bytes
    packs: frozenset[bytes]


@dataclass
class Exchange:
    """What is given up and what stands for it. With ``destroys_keys`` nobody can read the old packs from then on."""

    moved: Moved
    # The slip of the new packs.
    slip: bytes
    now: datetime
    destroys_keys: bool = False
    # Packs given up before whose keys are destroyed along with those of the sources.
    doomed: list[PackUse] = field(default_factory=list)
    slips: dict[bytes, NewSlip] = field(default_factory=dict)

    @property
    def given_up(self) -> list[PackUse]:
        return self.moved.sources + self.doomed

    def commit(self, vault: Vault, head: int, digest: bytes, kind: str, **more) -> Commit:
        """Return the commit that says all this, to follow the one of that number and digest."""
        packs = self.moved.packs
        return Commit(
            organization=vault.organization,
            number=head + 1,
            previous=digest,
            made_at=self.now,
            kind=kind,
            packs=tuple([CommitPack(pack.pack_id, pack.digest, pack.size, self.slip) for pack in packs]),
            dropped=tuple([source.digest for source in self.moved.sources]),
            counts={"blobs": len(self.moved.blobs), "stored_bytes": sum(pack.stored_bytes for pack in packs)},
            **more,
        )

    def look_over(self, mark: Mark) -> None:
        """Raise `SourcesChanged` if a commit since the mark refers to what was not carried over."""
        if not mark.refresh():
            return
        ids = [source.pack_id for source in self.moved.sources]
        for at in range(0, len(ids), _COMPARED):
            if not self.moved.covers(mark.live_rows(ids[at : at + _COMPARED])):
                raise SourcesChanged("A new commit refers to content that was about to be given up.")


def accept(
    sealed: SealedCommit,
    exchange: Exchange,
    *,
    holds: Callable[[], bool],
    also: Callable[[object], None] = lambda cursor: None,
) -> None:
    """Make an exchange count, with what ``also`` does behind the move of the head, or change nothing.

    Raises `SourcesChanged`, `HeadMoved`, or `Superseded` when ``holds`` says no.
    """
    organization, number = sealed.commit.organization, sealed.commit.number
    with transaction.atomic(), connection.cursor() as cursor:
        catalogue.patient(cursor)
        _lock_blobs(cursor, organization, exchange)
        _lock_packs(cursor, organization, exchange)
        _doom(cursor, organization, exchange)
        # The blobs' rows follow, because the packs they lie in are doomed.
        catalogue.add_packs(cursor, organization, number, exchange.slip, exchange.moved.packs)
        cursor.execute(
            "DELETE FROM backups_vaultblob WHERE organization = %s AND pack = ANY(%s::uuid[])",
            [organization, _ids(exchange.moved.sources)],
        )
        catalogue.move_head(cursor, sealed)
        also(cursor)
        fault_point("exchange.before_commit")
        if not holds():
            raise Superseded("Another worker took this over. Nothing was given up; the other worker goes on.")
    fault_point("exchange.after_commit")


def _lock_blobs(cursor, organization: UUID, exchange: Exchange) -> None:
    new = [one for one, source in exchange.moved.blobs.items() if not source]
    cursor.execute(
        "SELECT count(*) FROM (SELECT 1 FROM backups_vaultblob WHERE organization = %s"
        " AND (pack = ANY(%s::uuid[]) OR id = ANY(%s::bytea[])) ORDER BY id FOR UPDATE) locked",
        [organization, _ids(exchange.moved.sources), copying.byte_array(new)],
    )


def _lock_packs(cursor, organization: UUID, exchange: Exchange) -> None:
    """Lock every pack that is touched. Raises `SourcesChanged` unless all are as they were when this was planned."""
    cursor.execute(
        "SELECT uuid_send(id), slip, epoch, doomed_at IS NOT NULL, key_destroyed_at IS NOT NULL"
        " FROM backups_vaultpack WHERE organization = %s AND (id = ANY(%s::uuid[]) OR slip = ANY(%s::bytea[]))"
        " ORDER BY id FOR UPDATE",
        [organization, _ids(exchange.given_up), copying.byte_array(exchange.slips)],
    )
    found = {bytes(one): (bytes(slip), *rest) for one, slip, *rest in cursor.fetchall()}
    for source in exchange.moved.sources:
        if found.get(source.pack_id) != (source.slip, source.key.epoch, False, False):
            raise SourcesChanged("A pack was given up, or its key wrapped anew, by somebody else.")
    destroyed = {pack.pack_id for pack in exchange.given_up}
    for slip, new in exchange.slips.items():
        held = {one for one, (of, _, _, is_destroyed) in found.items() if of == slip and not is_destroyed}
        if held - destroyed != new.packs:
            raise SourcesChanged("The packs of a slip are not those they were.")


def _doom(cursor, organization: UUID, exchange: Exchange) -> None:
    cursor.execute(
        "UPDATE backups_vaultpack SET doomed_at = %s, live_bytes = 0 WHERE organization = %s AND id = ANY(%s::uuid[])",
        [exchange.now, organization, _ids(exchange.moved.sources)],
    )
    if exchange.destroys_keys:
        cursor.execute(
            "UPDATE backups_vaultpack SET wrapped_key = NULL, key_destroyed_at = %s"
            " WHERE organization = %s AND id = ANY(%s::uuid[])",
            [exchange.now, organization, _ids(exchange.given_up)],
        )
    for slip, new in exchange.slips.items():
        cursor.execute(
            "UPDATE backups_vaultpack SET slip = %s WHERE organization = %s AND slip = %s",
            [new.digest, organization, slip],
        )


def _ids(packs: Collection[PackUse]) -> str:
    return copying.uuid_array([pack.pack_id for pack in packs])
