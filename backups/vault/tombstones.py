"""What was erased stays erased, also when the database comes back from an older copy.

An erasure is written into the vault itself: tombstones in the commit that erased, a signed certificate for a whole
organization. After a restore of the database, before the first request is served, every organization is compared with
its store; where the store has gone on, the catalogue is brought up to it, erasures and destroyed keys included.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from backups.vault import layout, lookups
from backups.vault.erased_organizations import erase_organization, erased_at, verified_certificate
from backups.vault.errors import VaultError
from backups.vault.keys import open_keys
from backups.vault.rebuilding import rebuild
from backups.vault.root_keys import RootKeys
from backups.vault.stores.base import Store


@dataclass(frozen=True)
class Reapplied:
    """What was done for one organization: nothing, commits behind the catalogue, or its erasure again."""

    organization: UUID
    commits: int = 0
    is_erased: bool = False
    problem: VaultError | None = None


def reapply_everywhere(store_of: Callable[[UUID], Store], *, root: RootKeys, now: datetime) -> Iterator[Reapplied]:
    """Yield what was done for each organization of the catalogue; one that fails does not stop the others."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization FROM backups_vaultorganization ORDER BY organization")
        organizations = [row[0] for row in cursor.fetchall()]
    for organization in organizations:
        try:
            yield reapply(organization, store=store_of(organization), root=root, now=now)
        except VaultError as problem:
            yield Reapplied(organization, problem=problem)


def reapply(organization: UUID, *, store: Store, root: RootKeys, now: datetime) -> Reapplied:
    """Erase again from the catalogue what the store says is erased; quick where nothing has to be done.

    Raises what `rebuild` raises.
    """
    if erased_at(organization) is not None:
        erase_organization(organization, store=store, root=root, now=now)
        return Reapplied(organization, is_erased=True)
    keys = open_keys(organization, [record for record in lookups.key_records(organization) if record], root)
    certificate = verified_certificate(store, keys)
    if certificate is not None:
        erase_organization(organization, store=store, root=root, now=certificate.erased_at)
        return Reapplied(organization, is_erased=True)
    if not _has_gone_on(organization, store):
        return Reapplied(organization)
    rebuilt = rebuild(organization, store=store, root=root, now=now)
    return Reapplied(organization, commits=rebuilt.counts["commits"], problem=next(iter(rebuilt.problems), None))


def _has_gone_on(organization: UUID, store: Store) -> bool:
    head = lookups.head(organization)[0]
    for entry in store.list(layout.prefix(organization, layout.COMMITS)):
        try:
            if layout.commit_number(entry.name) > head:
                return True
        except ValueError:
            continue
    return False
