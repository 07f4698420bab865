"""Erasing an object or an account, for good and at once, also where a lock keeps the old packs for weeks.

What remains in the packs that are touched is carried over; then one commit takes away versions, manifests and the keys
of the old packs, and leaves tombstones. The slips that held those keys are replaced by such without them and deleted.
From then on nobody can read what was erased, whoever keeps copies of the packs. Copies of the database, and of the
slips, from before still hold the wrapped keys: they have to age out. A catalogue restored from one is brought up by
`tombstones`. What a backup was just storing when this ran is new, or an orphan that is swept after the grace.

An erasure that was broken off is simply run again: before its commit nothing has happened, after it only deletions are
left. Whether a legal hold forbids it is for the caller to know.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from backups.vault import committing, copying, layout
from backups.vault.bulk import joined_as_sets
from backups.vault.certificates import Certificate, certificate_of, hash_of_names
from backups.vault.collecting import GRACE, Progress
from backups.vault.commits import Commit
from backups.vault.errors import AlreadyThere, VaultError
from backups.vault.exchanging import Exchange, NewSlip, SourcesChanged, accept
from backups.vault.faults import fault_point
from backups.vault.keys import WrappedKey
from backups.vault.marking import Mark, PackUse
from backups.vault.moving import Moved, Mover, take_back
from backups.vault.operations import check_names
from backups.vault.orphans import unaccepted_commits
from backups.vault.removing import remove_doomed, remove_replaced_slips, remove_unused_slips
from backups.vault.slips import SlipEntry, write_slip
from backups.vault.traces import Traces
from backups.vault.vault import Vault

# Each try again means that a backup of the same account committed meanwhile.
TRIES = 5


def erase_account(vault: Vault, account: str, *, now: datetime, **options) -> Certificate:
    """Erase everything that was ever stored of an account; ``options`` and errors are those of `erase_objects`.

    What a backup stores after this counts as new, so end the account's backups first.
    """
    check_names(account, "any")
    return Erasure(vault, account, None, now=now, **options).run()


def erase_objects(
    vault: Vault, account: str, external_ids: Collection[str], *, now: datetime, **options
) -> Certificate:
    """Erase every version of some objects of an account.

    ``options``: ``holds`` is asked inside the transaction whether the job is still ours, ``progress(what, done,
    total)`` is called as it goes, ``grace`` is the collector's. Content of others that is damaged in a pack that has to
    go stops everything with its error, before anything is erased; with ``over_gaps`` it is given up. Raises
    `RolledBack` when the catalogue is older than the store, `BlobMissing` where it has holes, and `StoreProblem`.
    """
    for external_id in external_ids:
        check_names(account, external_id)
    return Erasure(vault, account, frozenset(external_ids), now=now, **options).run()


class Erasure:
    """One erasure from beginning to end."""

    def __init__(
        self,
        vault: Vault,
        account: str,
        external_ids: frozenset[str] | None,
        *,
        now: datetime,
        holds: Callable[[], bool] = lambda: True,
        over_gaps: bool = False,
        grace: timedelta = GRACE,
        progress: Progress = lambda what, done, total: None,
    ) -> None:
        self.vault, self.account, self.external_ids, self.now = vault, account, external_ids, now
        self.holds, self.over_gaps, self.grace, self.progress = holds, over_gaps, grace, progress
        self.what = "account" if external_ids is None else "objects"

    @joined_as_sets()
    def run(self) -> Certificate:
        """Erase, remove what can be removed at once, and return the certificate."""
        vault = self.vault
        unaccepted_commits(vault)
        # An erasure that died behind its commit left only this to do.
        remove_replaced_slips(vault)
        certificate = self._erase()
        fault_point("erase.before_removal")
        remove_doomed(
            vault.organization,
            vault.store,
            now=self.now,
            grace=self.grace,
            progress=lambda *at: self.progress("remove", *at),
        )
        return certificate

    def _erase(self) -> Certificate:
        for _ in range(TRIES):
            with Traces(self.vault, self.account, self.external_ids) as traces:
                if not traces.look(lambda *at: self.progress("look", *at)):
                    return self._of_before(traces)
                with Mark(
                    self.vault,
                    leaving=traces.leaving,
                    progress=lambda versions: self.progress("mark", versions, 0),
                ) as mark:
                    try:
                        return self._destroy(traces, mark)
                    except SourcesChanged:
                        continue
        raise VaultError(
            f"Backups of the account went on committing while it was being erased, {TRIES} times. Nothing was erased;"
            " end its backups and erase again."
        )

    def _of_before(self, traces: Traces) -> Certificate:
        """Return the certificate of the erasure that left nothing to do, or one that says there was nothing."""
        return certificate_of(self.vault, traces.tombstones) or Certificate(
            self.vault.organization, self.what, self.now, tombstones=_hex(traces.tombstones)
        )

    def _destroy(self, traces: Traces, mark: Mark) -> Certificate:
        if not self.over_gaps:
            mark.check_complete()
        moved = self._carry_over(traces, mark)
        slip, doomed = committing.put_slip(self.vault, moved.packs), _doomed_with_keys(self.vault.organization)
        exchange = Exchange(moved, slip, self.now, destroys_keys=True, doomed=doomed)
        exchange.slips = _new_slips(self.vault, exchange.given_up)
        fault_point("erase.after_slips")
        certificate = self._certificate(traces, exchange)
        replaced = {**traces.manifests, **{old: new.digest for old, new in exchange.slips.items()}}

        def following(number: int, digest: bytes) -> Commit:
            if traces.has_new():
                raise SourcesChanged("The account got new versions.")
            exchange.look_over(mark)
            extra = {"certificate": certificate.as_json()}
            return exchange.commit(
                self.vault, number, digest, "erase", replaced=replaced, tombstones=traces.tombstones, extra=extra
            )

        def also(cursor) -> None:
            traces.forget(cursor)
            _remember(cursor, self.vault.organization, traces.tombstones, self.now)

        try:
            sealed = committing.chain(
                self.vault, following, lambda sealed: accept(sealed, exchange, holds=self.holds, also=also)
            )
        except SourcesChanged:
            self._take_back(exchange)
            raise
        remove_unused_slips(self.vault.organization, self.vault.store, set(exchange.slips))
        return replace(certificate, commit=sealed.commit.number)

    def _carry_over(self, traces: Traces, mark: Mark) -> Moved:
        """Return what is left of the packs that hold anything of it, in new packs."""
        mover = Mover(self.vault, over_gaps=self.over_gaps)
        sources = traces.packs_with_some(mark.packs())
        for done, source in enumerate(sources, 1):
            mover.move(source, mark.live_rows([source.pack_id])[source.pack_id])
            self.progress("carry over", done, len(sources))
        mover.add(traces.written)
        moved = mover.finish()
        if moved.problems and not self.over_gaps:
            take_back(self.vault, moved.packs)
            raise moved.problems[0]
        return moved

    def _certificate(self, traces: Traces, exchange: Exchange) -> Certificate:
        given_up = exchange.given_up
        return Certificate(
            self.vault.organization,
            self.what,
            self.now,
            objects=traces.objects,
            versions=traces.versions,
            manifests=len(traces.manifests),
            packs=len(given_up),
            packs_bytes=sum(pack.size for pack in given_up),
            packs_sha256=hash_of_names([pack.digest for pack in given_up]),
            carried_over_bytes=exchange.moved.moved_bytes,
            lost_blobs=len(exchange.moved.lost),
            tombstones=_hex(traces.tombstones),
        )

    def _take_back(self, exchange: Exchange) -> None:
        take_back(self.vault, exchange.moved.packs, exchange.slip)
        for slip in exchange.slips.values():
            if slip.digest:
                take_back(self.vault, [], slip.digest)


def _doomed_with_keys(organization: UUID) -> list[PackUse]:
    """Return the packs that were given up before and can still be read: nobody knows what waste is in them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT uuid_send(id), digest, size, commit, slip, epoch, wrapped_key, blobs FROM backups_vaultpack"
            " WHERE organization = %s AND doomed_at IS NOT NULL AND wrapped_key IS NOT NULL ORDER BY id",
            [organization],
        )
        return [
            PackUse(bytes(one), bytes(digest), size, commit, bytes(slip), WrappedKey(epoch, bytes(key)), blobs, 0, 0, 0)
            for one, digest, size, commit, slip, epoch, key, blobs in cursor.fetchall()
        ]


def _new_slips(vault: Vault, destroyed: Collection[PackUse]) -> dict[bytes, NewSlip]:
    """Make slips without the keys of ``destroyed`` durable, and return what stands for which."""
    ids = {pack.pack_id for pack in destroyed}
    kept: dict[bytes, list[SlipEntry]] = {pack.slip: [] for pack in destroyed}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT uuid_send(id), slip, digest, epoch, wrapped_key FROM backups_vaultpack"
            " WHERE organization = %s AND slip = ANY(%s::bytea[]) AND wrapped_key IS NOT NULL ORDER BY id",
            [vault.organization, copying.byte_array(kept)],
        )
        for one, slip, digest, epoch, key in cursor.fetchall():
            if bytes(one) not in ids:
                kept[bytes(slip)].append(SlipEntry(bytes(one), bytes(digest), WrappedKey(epoch, bytes(key))))
    return {slip: _put_slip(vault, entries) for slip, entries in kept.items()}


def _put_slip(vault: Vault, entries: list[SlipEntry]) -> NewSlip:
    if not entries:
        return NewSlip(b"", frozenset())
    digest, content = write_slip(vault.organization, entries)
    with suppress(AlreadyThere):
        vault.store.put_if_absent(layout.slip_name(vault.organization, vault.keys.epoch, digest), content)
    return NewSlip(digest, frozenset(entry.pack_id for entry in entries))


def _remember(cursor, organization: UUID, tombstones: Collection[bytes], now: datetime) -> None:
    """Leave tombstones of the commit that the head has just moved to."""
    cursor.execute(
        "INSERT INTO backups_vaulttombstone (organization, digest, commit, erased_at)"
        " SELECT o.organization, t.digest, o.head_number, %s FROM unnest(%s::bytea[]) AS t (digest)"
        " JOIN backups_vaultorganization o ON o.organization = %s"
        " ON CONFLICT (organization, digest) DO UPDATE SET commit = EXCLUDED.commit, erased_at = EXCLUDED.erased_at",
        [now, copying.byte_array(tombstones), organization],
    )


def _hex(digests: Collection[bytes]) -> tuple[str, ...]:
    return tuple(one.hex() for one in digests)
