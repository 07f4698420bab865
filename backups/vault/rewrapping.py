"""Wrapping the keys of packs again with the newest master of their organization, slip by slip.

Every 64 slips are one commit of the kind "rotate", so this may break off at any moment and be run again.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from backups.vault import catalogue, committing, copying, layout
from backups.vault.commits import Commit, SealedCommit
from backups.vault.errors import AlreadyThere, StoreProblem, VaultError
from backups.vault.faults import fault_point
from backups.vault.fetching import each
from backups.vault.keys import WrappedKey
from backups.vault.removing import remove_replaced_slips
from backups.vault.slips import SlipEntry, write_slip
from backups.vault.vault import Vault

# Slips that one commit replaces. Their packs are locked meanwhile, so it must not take long.
_SLIPS = 64
_OLD = (
    "FROM backups_vaultpack WHERE organization = %s AND wrapped_key IS NOT NULL"
    " AND epoch < (SELECT max(epoch) FROM backups_vaultkey WHERE organization = %s)"
)

Progress = Callable[[int, int], None]


def packs_of_older_epochs(organization: UUID) -> int:
    """Return how many packs have a key that an older master still wraps."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {_OLD}", [organization, organization])
        return cursor.fetchone()[0]


def wrap_packs_again(vault: Vault, *, now: datetime, progress: Progress = lambda done, total: None) -> int:
    """Wrap the keys of all packs with the newest master and return how many there were.

    Every 64 slips are one commit, so this may break off and be run again. Raises a `KeyProblem` for a key that does not
    open; packs of other slips are wrapped all the same when it is run again after that slip was restored.
    """
    total, done = packs_of_older_epochs(vault.organization), 0
    while moved := _wrap_some(vault, now):
        done += moved
        progress(done, max(total, done))
    remove_replaced_slips(vault)
    return done


def _wrap_some(vault: Vault, now: datetime) -> int:
    """Replace up to 64 slips by one commit; return the number of their packs.

    The packs are locked from before their keys are read until they count, so that a key that is destroyed meanwhile
    does not come back.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        catalogue.patient(cursor)
        slips = _locked_slips(cursor, vault.organization)
        if not slips:
            return 0
        new = {old: _wrapped_again(vault, entries) for old, entries in slips.items()}
        _put_slips(vault, [write_slip(vault.organization, entries) for entries in new.values()])
        fault_point("rotation.slips_stored")
        packs = _commit(vault, new, now)
    fault_point("rotation.committed")
    return packs


def _locked_slips(cursor, organization: UUID) -> dict[bytes, list[SlipEntry]]:
    """Return the entries of some slips that hold keys of older epochs, with all their packs locked."""
    cursor.execute(
        f"SELECT DISTINCT slip {_OLD} ORDER BY slip LIMIT {_SLIPS}",
        [organization, organization],
    )
    wanted = [bytes(slip) for (slip,) in cursor.fetchall()]
    cursor.execute(
        "SELECT slip, uuid_send(id), digest, epoch, wrapped_key FROM backups_vaultpack"
        " WHERE organization = %s AND slip = ANY(%s::bytea[]) AND wrapped_key IS NOT NULL ORDER BY id FOR UPDATE",
        [organization, copying.byte_array(wanted)],
    )
    slips: dict[bytes, list[SlipEntry]] = {}
    for slip, pack_id, digest, epoch, wrapped in cursor.fetchall():
        entry = SlipEntry(bytes(pack_id), bytes(digest), WrappedKey(epoch, bytes(wrapped)))
        slips.setdefault(bytes(slip), []).append(entry)
    return slips


def _wrapped_again(vault: Vault, entries: list[SlipEntry]) -> list[SlipEntry]:
    keys = vault.keys
    return [
        SlipEntry(pack_id, digest, keys.wrap_pack_key(pack_id, keys.unwrap_pack_key(pack_id, key)))
        for pack_id, digest, key in entries
    ]


def _put_slips(vault: Vault, slips: list[tuple[bytes, bytes]]) -> None:
    def put(slip: tuple[bytes, bytes]) -> None:
        digest, content = slip
        with suppress(AlreadyThere):
            vault.store.put_if_absent(layout.slip_name(vault.organization, vault.keys.epoch, digest), content)

    answers = [answer for _, answer in each(put, slips)]
    failed = next((answer for answer in answers if isinstance(answer, VaultError)), None)
    if failed is not None:
        _take_back(vault, [digest for digest, _ in slips])
        raise failed


def _commit(vault: Vault, new: dict[bytes, list[SlipEntry]], now: datetime) -> int:
    """Make the new slips stand for the old ones, in the chain of commits and in the catalogue."""
    digests = {old: write_slip(vault.organization, entries)[0] for old, entries in new.items()}
    entries = [(digests[old], entry) for old, of_slip in new.items() for entry in of_slip]

    def following(number: int, digest: bytes) -> Commit:
        return Commit(
            organization=vault.organization,
            number=number + 1,
            previous=digest,
            made_at=now,
            kind="rotate",
            replaced=digests,
            counts={"slips": len(digests), "keys": len(entries)},
            extra={"epoch": vault.keys.epoch},
        )

    def accept(sealed: SealedCommit) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE backups_vaultpack SET slip = %s, epoch = %s, wrapped_key = %s"
                " WHERE organization = %s AND id = %s AND wrapped_key IS NOT NULL",
                [
                    (slip, key.epoch, key.wrapped, vault.organization, UUID(bytes=pack_id))
                    for slip, (pack_id, _, key) in entries
                ],
            )
            # Packs whose keys were destroyed have nothing to wrap, but name a slip all the same.
            cursor.executemany(
                "UPDATE backups_vaultpack SET slip = %s WHERE organization = %s AND slip = %s",
                [(slip, vault.organization, old) for old, slip in digests.items()],
            )
            catalogue.move_head(cursor, sealed)

    committing.chain(vault, following, accept)
    return len(entries)


def _take_back(vault: Vault, slips: list[bytes]) -> None:
    """Remove slips no commit names yet; what stays is swept later."""
    for digest in slips:
        with suppress(StoreProblem):
            vault.store.delete(layout.slip_name(vault.organization, vault.keys.epoch, digest))
