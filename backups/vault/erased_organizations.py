"""Erasing a whole organization: all copies of its master and identity are destroyed, its objects go as locks allow.

From the moment the keys are gone nobody can read anything, not even with a recovery sheet: that opens slips, and they
are deleted along with the keys. What stays is one object, ``<organization>/erased/<sha256>``: the certificate in plain
words, signed with the last epoch's key while it was there, so that a planted one does not erase anybody.

    1  the organization is marked in the catalogue: nothing can commit any more
    2  the certificate is durable in the store
    3  keys in the catalogue, then keys in the store
    4  rows that name objects; then, as often as it takes, packs and commits

Each step may be repeated; `erase_organization` after a crash, and `finish_erasure` every night.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from backups.vault import layout, lookups, sealing
from backups.vault.certificates import Certificate, certificate_from, hash_of_names
from backups.vault.errors import AlreadyThere, CommitDamaged, KeyDestroyed, StoreLocked, Superseded
from backups.vault.faults import fault_point
from backups.vault.keys import OrganizationKeys, open_keys
from backups.vault.root_keys import RootKeys
from backups.vault.stores.base import Store

ERASED = "erased"
# Rows deleted by one statement.
_BATCH = 50_000
_NAMING = ("version", "object", "manifest", "blob", "tombstone")


@dataclass(frozen=True)
class Leftover:
    """What was removed of an erased organization, and what locks still hold."""

    removed: int
    locked: int


def erase_organization(
    organization: UUID,
    *,
    store: Store,
    root: RootKeys,
    now: datetime,
    holds: Callable[[], bool] = lambda: True,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Certificate:
    """Erase an organization and return the certificate; run it again if it was broken off.

    Raises LookupError where there is no vault, `Superseded` when ``holds`` says no before anything was done, a
    `KeyProblem` when the keys do not open (without them no certificate can be signed), and `StoreProblem`.
    """
    _mark(organization, now, holds)
    fault_point("erase_organization.marked")
    certificate = _stored_certificate(organization, store) or _certify(organization, store, root, now)
    fault_point("erase_organization.certified")
    _destroy_keys(organization, store, now)
    fault_point("erase_organization.destroyed")
    _forget_names(organization, progress)
    remove_erased(organization, store=store, progress=lambda *at: progress("remove", *at))
    return certificate


def finish_erasure(
    organization: UUID,
    *,
    store: Store,
    root: RootKeys,
    now: datetime,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Leftover:
    """Do what is left of an erasure that was broken off, and remove what locks have let go of since.

    Raises LookupError for an organization that was not erased, and what `erase_organization` raises.
    """
    if erased_at(organization) is None:
        raise LookupError(f"Organization {organization} was not erased; nothing was removed.")
    if any(lookups.key_records(organization)):
        erase_organization(organization, store=store, root=root, now=now, progress=progress)
    else:
        # The catalogue's keys went first; those in the store may still be there.
        _destroy_keys(organization, store, now)
        _forget_names(organization, progress)
    return remove_erased(organization, store=store, progress=lambda *at: progress("remove", *at))


def remove_erased(
    organization: UUID, *, store: Store, progress: Callable[[int, int], None] = lambda done, total: None
) -> Leftover:
    """Delete what is left of an erased organization in the store, as far as locks allow, and the rows of what is gone.

    Raises LookupError for an organization that was not erased.
    """
    if erased_at(organization) is None:
        raise LookupError(f"Organization {organization} was not erased; nothing was removed.")
    removed, left = 0, []
    for entry in store.list(layout.prefix(organization)):
        if entry.name.startswith(layout.prefix(organization, ERASED)):
            continue
        try:
            store.delete(entry.name)
        except StoreLocked:
            left.append(entry.name)
        else:
            removed += 1
        progress(removed + len(left), 0)
    _forget_packs(organization, left)
    return Leftover(removed, len(left))


def erased_at(organization: UUID) -> datetime | None:
    """Return when an organization was erased, None if it was not. Raises LookupError where there is no vault."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT erased_at FROM backups_vaultorganization WHERE organization = %s", [organization])
        row = cursor.fetchone()
    if row is None:
        raise LookupError(f"Organization {organization} has no vault.")
    return row[0]


def verified_certificate(store: Store, keys: OrganizationKeys) -> Certificate | None:
    """Return the certificate in the store that ``keys`` signed, or None; planted ones are passed over."""
    for written in _written(keys.organization, store):
        with suppress(CommitDamaged, ValueError):
            keys.verify(written["epoch"], bytes.fromhex(written["signature"]), _signed(keys.organization, written))
            return certificate_from(written["certificate"])
    return None


def certificate_of_organization(organization: UUID, store: Store) -> Certificate | None:
    """Return the certificate of an erased organization, None where there is none.

    Its keys are gone, so among several the one with the catalogue's moment is taken.
    """
    moment = erased_at(organization)
    found = [certificate_from(written["certificate"]) for written in _written(organization, store)]
    return min(found, key=lambda one: one.erased_at != moment, default=None)


def _mark(organization: UUID, now: datetime, holds: Callable[[], bool]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        # Waits for the commit that is just being accepted.
        cursor.execute(
            "UPDATE backups_vaultorganization SET erased_at = COALESCE(erased_at, %s) WHERE organization = %s",
            [now, organization],
        )
        if cursor.rowcount != 1:
            raise LookupError(f"Organization {organization} has no vault.")
        if not holds():
            raise Superseded("Another worker took this erasure over. Nothing was erased; the other worker goes on.")


def _stored_certificate(organization: UUID, store: Store) -> Certificate | None:
    """Return a certificate of before, once the keys are gone; None while one can still be verified or written."""
    if any(lookups.key_records(organization)):
        return None
    certificate = certificate_of_organization(organization, store)
    if certificate is None:
        raise KeyDestroyed(
            f"The keys of {organization} are gone and there is no certificate that it was erased. Nobody can read its"
            " content; look for the certificate in a copy of the store.",
            key=str(organization),
        )
    return certificate


def _certify(organization: UUID, store: Store, root: RootKeys, now: datetime) -> Certificate:
    keys = open_keys(organization, [record for record in lookups.key_records(organization) if record], root)
    before = verified_certificate(store, keys)
    if before is not None:
        return before
    certificate = _counted(organization, now)
    written = {"certificate": certificate.as_json(), "epoch": keys.epoch}
    written["signature"] = keys.sign(_signed(organization, written)).hex()
    content = json.dumps(written, indent=1, sort_keys=True).encode()
    with suppress(AlreadyThere):
        store.put_if_absent(f"{organization}/{ERASED}/{hashlib.sha256(content).hexdigest()}", content)
    return certificate


def _counted(organization: UUID, now: datetime) -> Certificate:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT head_number FROM backups_vaultorganization WHERE organization = %(o)s),"
            " (SELECT count(*) FROM backups_vaultobject WHERE organization = %(o)s),"
            " (SELECT count(*) FROM backups_vaultversion WHERE organization = %(o)s),"
            " (SELECT count(*) FROM backups_vaultmanifest WHERE organization = %(o)s)",
            {"o": organization},
        )
        head, objects, versions, manifests = cursor.fetchone()
        cursor.execute("SELECT digest, size FROM backups_vaultpack WHERE organization = %s", [organization])
        packs = {bytes(digest): size for digest, size in cursor.fetchall()}
    return Certificate(
        organization,
        "organization",
        now,
        commit=head,
        objects=objects,
        versions=versions,
        manifests=manifests,
        packs=len(packs),
        packs_bytes=sum(packs.values()),
        packs_sha256=hash_of_names(packs),
    )


def _destroy_keys(organization: UUID, store: Store, now: datetime) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE backups_vaultkey SET record = NULL, destroyed_at = %s"
            " WHERE organization = %s AND record IS NOT NULL",
            [now, organization],
        )
        cursor.execute(
            "UPDATE backups_vaultpack SET wrapped_key = NULL, key_destroyed_at = %s, live_bytes = 0,"
            " doomed_at = COALESCE(doomed_at, %s) WHERE organization = %s AND wrapped_key IS NOT NULL",
            [now, now, organization],
        )
    fault_point("erase_organization.between_keys")
    for entry in store.list(layout.prefix(organization, layout.KEYS)):
        store.delete(entry.name)


def _forget_names(organization: UUID, progress: Callable[[str, int, int], None]) -> None:
    for done, table in enumerate(_NAMING, 1):
        _delete_rows(organization, table)
        progress("forget", done, len(_NAMING))


def _delete_rows(organization: UUID, table: str) -> None:
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM backups_vault{table} WHERE ctid = ANY(ARRAY("  # noqa: S608 - our own words
                f"  SELECT ctid FROM backups_vault{table} WHERE organization = %s LIMIT %s))",
                [organization, _BATCH],
            )
            if cursor.rowcount < _BATCH:
                return


def _forget_packs(organization: UUID, left: list[str]) -> None:
    """Delete the rows of packs that are gone, and those of commits once nothing is left."""
    digests = [layout.digest_in(name) for name in left if f"/{layout.PACKS}/" in name]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM backups_vaultpack WHERE organization = %s AND digest <> ALL(%s::bytea[])",
            [organization, digests],
        )
        if not left:
            cursor.execute("DELETE FROM backups_vaultcommit WHERE organization = %s", [organization])


def _written(organization: UUID, store: Store) -> Iterator[dict]:
    """Yield what is written in the folder of certificates, as far as it is a certificate of this organization."""
    for entry in store.list(layout.prefix(organization, ERASED)):
        with suppress(ValueError, KeyError, TypeError):
            written = json.loads(store.get(entry.name))
            written["epoch"], written["signature"] = int(written["epoch"]), str(written["signature"])
            if certificate_from(written["certificate"]).organization == organization:
                yield written


def _signed(organization: UUID, written: dict) -> bytes:
    body = json.dumps(written["certificate"], separators=(",", ":"), sort_keys=True).encode()
    return sealing.binding(organization, "erased") + written["epoch"].to_bytes(4, "big") + body
