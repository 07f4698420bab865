"""The catalogue made again from the store and the keys alone, or brought up to a store that has gone on without it.

Every commit behind the catalogue's head is applied as it was the first time: its packs, what became of older ones, its
manifests, its erasures. An empty catalogue begins at the beginning; one that was restored from an older copy begins
where that copy ends, so that what was erased since is erased again. A rebuild that was broken off is simply run again.
No backup of this organization may run meanwhile; if one does, the rebuild stops and says so.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from backups.vault import catalogue, committing, copying, ids, lookups
from backups.vault.bulk import joined_as_sets
from backups.vault.catalogue import Additions, Change, HeadMoved
from backups.vault.chain import Chain, Head, read_chain
from backups.vault.commits import BEGINNING, Commit, SealedCommit
from backups.vault.errors import RolledBack, Superseded, VaultError
from backups.vault.history import History
from backups.vault.key_records import best_records, stored_records
from backups.vault.keys import open_keys, record_epoch
from backups.vault.lookups import CatalogueIndex
from backups.vault.rebuilt_packs import PackRebuild
from backups.vault.replaying import ADOPTED, Replay
from backups.vault.root_keys import RootKeys
from backups.vault.stores.base import Store
from backups.vault.vault import Vault

Progress = Callable[[str, int, int], None]


@dataclass
class Rebuilt:
    """What a rebuild did; ``problems`` are parts of the store that could not be used."""

    vault: Vault
    before: int
    counts: dict[str, int] = field(default_factory=lambda: {"commits": 0, "packs": 0, "blobs": 0, "versions": 0})
    problems: list[VaultError] = field(default_factory=list)
    # Names of commits that lie in the store and do not count.
    left_over: list[str] = field(default_factory=list)


def vault_in_store(organization: UUID, *, store: Store, root: RootKeys) -> Vault:
    """Return the vault of an organization by the key records in its store; no catalogue is needed.

    Raises what `keys.open_keys` raises.
    """
    records = best_records(stored_records(store, organization), root.name)
    return Vault(organization, store, open_keys(organization, records, root))


@lookups.database_named()
@joined_as_sets()
def rebuild(
    organization: UUID,
    *,
    store: Store,
    root: RootKeys,
    now: datetime,
    expected: Head | None = None,
    over_gaps: bool = False,
    progress: Progress = lambda what, done, total: None,
) -> Rebuilt:
    """Bring the catalogue of an organization to the newest commit in its store.

    ``expected`` is the newest commit known from elsewhere. Raises `RolledBack` when the store ends before it or before
    the catalogue, `CommitDamaged` where a commit is missing (``over_gaps`` goes on behind it, without what only it
    named), and a `KeyProblem` when the keys do not open; then the catalogue is as it
    was. Raises `CatalogueUnavailable` when the database goes away; run it again then.
    """
    vault = vault_in_store(organization, store=store, root=root)
    head = _head(organization)
    chain = read_chain(store, vault.keys, expected=head if head.number else expected)
    _refuse_what_is_not_whole(chain, over_gaps)
    _add_organization(vault, chain, now)
    rebuilt = Rebuilt(vault, head.number, problems=chain.problems, left_over=[link.name for link in chain.left_over])
    history = History(store, vault.keys, chain)
    replay = Replay(vault, chain)
    replay.begin(after=head.number)
    PackRebuild(vault, history, rebuilt.counts, rebuilt.problems).run(after=head.number, progress=progress)
    for done, sealed in enumerate(chain.commits(store, vault.keys, after=head.number), 1):
        if over_gaps:
            _step_over(sealed)
        _apply(sealed, _said(vault, history, sealed.commit, rebuilt), replay)
        progress("commits", done, len(chain.links) - head.number)
    for commit in chain.rival_commits(store, vault.keys):
        _adopt(vault, commit, _said(vault, history, commit, rebuilt), replay)
    return rebuilt


def _head(organization: UUID) -> Head:
    try:
        return Head(*lookups.head(organization))
    except LookupError:
        return Head(0, BEGINNING)


def _refuse_what_is_not_whole(chain: Chain, over_gaps: bool) -> None:
    for problem in chain.lacking:
        if isinstance(problem, RolledBack) or not over_gaps:
            raise problem


def _add_organization(vault: Vault, chain: Chain, now: datetime) -> None:
    """Write the rows of the organization and its keys where they are missing."""
    began = chain.links[0].made_at if chain.links else now
    records = best_records(stored_records(vault.store, vault.organization), b"")
    kept = {record_epoch(record)[0]: record for record in records}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO backups_vaultorganization (organization, head_number, head_digest, created_at)"
            " VALUES (%s, 0, %s, %s) ON CONFLICT DO NOTHING",
            [vault.organization, BEGINNING, began],
        )
        for epoch in sorted(vault.keys.public_keys):
            record = kept.get(epoch)
            retired_at = now if epoch < vault.keys.epoch else None
            destroyed_at = now if record is None else None
            name = record_epoch(record)[1] if record else b""
            cursor.execute(
                "INSERT INTO backups_vaultkey (organization, epoch, record, root_name, created_at, retired_at,"
                " destroyed_at) VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (organization, epoch) DO UPDATE SET"
                " record = EXCLUDED.record, root_name = EXCLUDED.root_name, destroyed_at = EXCLUDED.destroyed_at,"
                " retired_at = COALESCE(backups_vaultkey.retired_at, EXCLUDED.retired_at)",
                [vault.organization, epoch, record, name, began, retired_at, destroyed_at],
            )


@dataclass
class _Said:
    """What the manifests of one commit still say: each as (position, account, blob id), and what became of objects."""

    manifests: list[tuple[int, str, bytes]] = field(default_factory=list)
    changes: dict[UUID, Change] = field(default_factory=dict)


def _said(vault: Vault, history: History, commit: Commit, rebuilt: Rebuilt) -> _Said:
    said, object_key = _Said(), vault.keys.object_key
    for found in history.manifests(commit, CatalogueIndex(vault.organization)):
        if isinstance(found, VaultError):
            rebuilt.problems.append(found)
            continue
        said.manifests.append((found.position, found.account, found.blob_id))
        for external_id, recipe, sha256, size, meta in found.entries:
            one = ids.object_id(object_key, found.account, external_id)
            said.changes[one] = Change(found.account, external_id, recipe, sha256, size, meta)
    rebuilt.counts["commits"] += 1
    rebuilt.counts["versions"] += sum(change.recipe is not None for change in said.changes.values())
    return said


def _apply(sealed: SealedCommit, said: _Said, replay: Replay) -> None:
    """Make one commit count again, with the manifests that still stand and what it did to the past."""
    commit = sealed.commit

    def save() -> None:
        _add_manifests(commit, said.manifests)
        replay.apply(commit)

    for one in _standing(commit.organization, said.changes):
        said.changes[one].has_current = True
    added = Additions([], b"", said.changes, [], (), looked_at=commit.number - 1)
    try:
        catalogue.accept(sealed, added, holds=lambda: True, save=save)
    except HeadMoved as moved:
        raise Superseded(
            f"Somebody committed while the catalogue of {commit.organization} was rebuilt. Commits up to"
            f" {commit.number - 1} are in it; stop its backups and run the rebuild again."
        ) from moved


def _standing(organization: UUID, object_ids: Collection[UUID]) -> list[UUID]:
    """Return those objects that have a version now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT object FROM backups_vaultversion"
            " WHERE organization = %s AND object = ANY(%s::uuid[]) AND to_commit = %s",
            [organization, copying.uuid_array(object_ids), lookups.STILL],
        )
        return [one for (one,) in cursor.fetchall()]


def _step_over(sealed: SealedCommit) -> None:
    """Let a commit follow that stands behind a gap; without a gap nothing changes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE backups_vaultorganization SET head_number = %s, head_digest = %s"
            " WHERE organization = %s AND head_number < %s",
            [sealed.commit.number - 1, sealed.commit.previous, sealed.commit.organization, sealed.commit.number],
        )


def _adopt(vault: Vault, commit: Commit, said: _Said, replay: Replay) -> None:
    """Chain a rival of the last commit behind it, because it may be the one that was acknowledged."""
    committing.chain(
        vault,
        lambda number, digest: replace(
            commit, number=number + 1, previous=digest, extra={**commit.extra, ADOPTED: True}
        ),
        lambda sealed: _apply(sealed, said, replay),
    )


def _add_manifests(commit: Commit, manifests: list[tuple[int, str, bytes]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO backups_vaultmanifest (organization, commit, position, account, blob)"
            " VALUES (%s, %s, %s, %s, %s)",
            [(commit.organization, commit.number, *manifest) for manifest in manifests],
        )
