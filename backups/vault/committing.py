"""From durable packs to a commit that counts: slip, commit object, one database transaction, in this order.

A crash between two steps leaves objects nobody refers to, and nothing else. Two writers may reach for the same number;
the catalogue accepts one, and the other chains itself to it.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backups.vault import catalogue, layout, lookups
from backups.vault.catalogue import Additions, Change, HeadMoved, NewPack
from backups.vault.commits import Commit, CommitPack, SealedCommit, seal_commit
from backups.vault.errors import AlreadyThere, StoreProblem, Superseded, VaultError
from backups.vault.faults import fault_point
from backups.vault.slips import SlipEntry, write_slip
from backups.vault.vault import Vault

# Each refusal means that somebody else got through, so this many in a row do not happen.
TRIES = 100


@dataclass(frozen=True)
class Accepted:
    """A commit that counts, and what it added."""

    number: int
    digest: bytes
    packs: int
    blobs: int
    stored_bytes: int
    versions: int
    deleted: int


def commit(
    vault: Vault,
    *,
    packs: list[NewPack],
    reused: set[bytes],
    changes: dict[UUID, Change],
    manifests: list[tuple[str, bytes]],
    looked_at: int,
    now: Callable[[], datetime],
    holds: Callable[[], bool],
    save: Callable[[], None] | None,
) -> Accepted:
    """Make everything durable count, together with what ``save`` writes; raises what `catalogue.accept` raises."""
    if not holds():
        raise Superseded("Another worker took this job over before the commit. Nothing of it counts; nothing is lost.")
    slip = put_slip(vault, packs)
    added = Additions(packs, slip, changes, manifests, reused, looked_at)
    deleted = sum(change.recipe is None for change in changes.values())
    counts = {
        "versions": len(changes) - deleted,
        "deleted": deleted,
        "blobs": sum(pack.blobs for pack in packs),
        "stored_bytes": sum(pack.stored_bytes for pack in packs),
    }

    def following(number: int, digest: bytes) -> Commit:
        return Commit(
            organization=vault.organization,
            number=number + 1,
            previous=digest,
            made_at=now(),
            packs=tuple([CommitPack(pack.pack_id, pack.digest, pack.size, slip) for pack in packs]),
            manifests=tuple([blob for _, blob in manifests]),
            counts=counts,
        )

    sealed = chain(vault, following, lambda sealed: catalogue.accept(sealed, added, holds=holds, save=save))
    return Accepted(sealed.commit.number, sealed.digest, len(packs), **counts)


def chain(
    vault: Vault, following: Callable[[int, bytes], Commit], accept: Callable[[SealedCommit], None]
) -> SealedCommit:
    """Put the commit that ``following(number, digest)`` of the newest one makes, and have it accepted.

    Begins anew behind another writer's commit for as long as one gets ahead. Raises what ``accept`` raises.
    """
    for _ in range(TRIES):
        sealed = seal_commit(vault.keys, following(*lookups.head(vault.organization)))
        fault_point("commit.before_put")
        with suppress(AlreadyThere):
            vault.store.put_if_absent(sealed.name, sealed.content)
        fault_point("commit.after_put")
        try:
            accept(sealed)
        except HeadMoved:
            _take_back(vault, sealed)
        except Superseded:
            _take_back(vault, sealed)
            raise
        else:
            return sealed
    raise VaultError(
        f"{TRIES} other commits of {vault.organization} got ahead of this one, or the organization was erased. Nothing"
        " was committed; run the slice again from its cursor."
    )


def put_slip(vault: Vault, packs: list[NewPack]) -> bytes:
    """Make the keys of packs durable in the store and return the slip's digest."""
    entries = [SlipEntry(pack.pack_id, pack.digest, pack.key) for pack in packs]
    digest, content = write_slip(vault.organization, entries)
    if packs:
        fault_point("slip.before_put")
        with suppress(AlreadyThere):
            vault.store.put_if_absent(layout.slip_name(vault.organization, vault.keys.epoch, digest), content)
        fault_point("slip.after_put")
    return digest


def _take_back(vault: Vault, sealed: SealedCommit) -> None:
    """Remove a commit object that does not count. Where it cannot be removed nobody follows it either."""
    with suppress(StoreProblem):
        vault.store.delete(sealed.name)
