"""The collector: bytes that no remaining version needs are given up in one pass and deleted in a later one.

    1  mark what is live                             `marking`
    2  packs with too much waste, and small ones, are carried over into new ones      `moving`, `exchanging`
    3  packs given up at least a grace ago leave the store                            `removing`
    4  what writers left that died is swept after the same grace                      `orphans`
    5  locks of packs in use are made longer                                          `locking`

It runs beside backups and beside itself, without any lock across jobs, and may be killed anywhere: the next run goes
on. No committed content depends on the clock being right: a pack is given up because nothing refers to it, and the
grace only spares those who are just reading it, and what a running job has not committed yet.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from django.db import connection

from backups.vault import committing, copying
from backups.vault.bulk import joined_as_sets
from backups.vault.commits import Commit
from backups.vault.errors import VaultError
from backups.vault.exchanging import Exchange, SourcesChanged, accept
from backups.vault.locking import extend_locks
from backups.vault.marking import Mark, PackUse
from backups.vault.moving import Mover, take_back
from backups.vault.orphans import sweep, unaccepted_commits
from backups.vault.removing import remove_doomed, remove_replaced_slips
from backups.vault.vault import Vault

# What one commit gives up at most; bounds memory, locks and the length of its transaction.
ROUND_BYTES, ROUND_BLOBS, ROUND_PACKS = 512 << 20, 200_000, 256
GRACE, SHORTEST_GRACE = timedelta(hours=72), timedelta(hours=24)

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Terms:
    """When the collector acts. ``grace`` is longer than any job and any two clocks apart, never below 24 hours."""

    grace: timedelta = GRACE
    # A pack is carried over when more than this part of it is waste.
    waste: float = 0.25
    # Packs below this size are merged once there are so many of a mailbox.
    small_bytes: int = 4 << 20
    merged_packs: int = 8

    def __post_init__(self) -> None:
        if self.grace < SHORTEST_GRACE:
            raise ValueError(f"A grace below {SHORTEST_GRACE} could delete what a running job still needs.")


@dataclass
class Collected:
    """What a run of the collector did. ``problems`` are those of packs that could not be carried over and stay."""

    versions: int = 0
    live_bytes: int = 0
    waste_bytes: int = 0
    given_up: int = 0
    packs_written: int = 0
    moved_bytes: int = 0
    # Left for the next run, because somebody began to use them meanwhile.
    postponed: int = 0
    removed: int = 0
    removed_bytes: int = 0
    locked: int = 0
    swept: int = 0
    swept_bytes: int = 0
    locks_extended: int = 0
    commits: list[int] = field(default_factory=list)
    problems: list[VaultError] = field(default_factory=list)

    def as_json(self) -> dict:
        return {**asdict(self), "problems": [str(problem) for problem in self.problems]}


@joined_as_sets()
def collect(
    vault: Vault,
    *,
    now: datetime,
    terms: Terms | None = None,
    holds: Callable[[], bool] = lambda: True,
    over_gaps: bool = False,
    progress: Progress = lambda what, done, total: None,
) -> Collected:
    """Free what nothing refers to and return what was done; safe beside everything, and to repeat.

    ``over_gaps`` goes on although blobs are missing that versions need, which is right once a rebuild has not found
    them either. Raises `RolledBack` when the catalogue is older than the store, `BlobMissing` when it lacks something
    that versions need, `Superseded` when ``holds`` says no, and `StoreProblem`; what was done until then stays done.
    """
    terms, collected = terms or Terms(), Collected()
    unaccepted_commits(vault)
    remove_replaced_slips(vault)
    _give_up(vault, collected, terms, now, holds, over_gaps, progress)
    removed = remove_doomed(
        vault.organization, vault.store, now=now, grace=terms.grace, progress=lambda *at: progress("remove", *at)
    )
    collected.removed, collected.removed_bytes, collected.locked = removed
    swept = sweep(vault, now=now, grace=terms.grace, progress=lambda seen: progress("sweep", seen, 0))
    collected.swept, collected.swept_bytes = swept.objects, swept.bytes
    collected.locked += swept.locked
    collected.locks_extended = extend_locks(
        vault.organization, vault.store, now=now, progress=lambda *at: progress("lock", *at)
    )
    return collected


def _give_up(vault, collected: Collected, terms: Terms, now, holds, over_gaps: bool, progress: Progress) -> None:
    with Mark(vault, progress=lambda versions: progress("mark", versions, 0)) as mark:
        if not over_gaps:
            mark.check_complete()
        packs = mark.packs()
        collected.versions = mark.versions
        collected.live_bytes = sum(pack.live for pack in packs)
        collected.waste_bytes = sum(pack.stored - pack.live for pack in packs)
        wasteful = [pack for pack in packs if pack.waste > terms.waste or not pack.live]
        chosen = wasteful + _mergeable(vault, packs, set(wasteful), terms)
        done = 0
        for sources in _rounds(chosen):
            _exchange(vault, mark, sources, collected, now, holds)
            done += len(sources)
            progress("give up", done, len(chosen))


def _exchange(
    vault: Vault, mark: Mark, sources: list[PackUse], collected: Collected, now: datetime, holds: Callable[[], bool]
) -> None:
    """Give up some packs with one commit."""
    mover = Mover(vault)
    live = mark.live_rows([source.pack_id for source in sources])
    for source in sources:
        mover.move(source, live.pop(source.pack_id))
    moved = mover.finish()
    collected.problems += moved.problems
    if not moved.sources:
        return
    exchange = Exchange(moved, committing.put_slip(vault, moved.packs), now)

    def following(number: int, digest: bytes) -> Commit:
        exchange.look_over(mark)
        return exchange.commit(vault, number, digest, "collect")

    try:
        sealed = committing.chain(vault, following, lambda sealed: accept(sealed, exchange, holds=holds))
    except SourcesChanged:
        take_back(vault, moved.packs, exchange.slip)
        collected.postponed += len(moved.sources)
        return
    collected.commits.append(sealed.commit.number)
    collected.given_up += len(moved.sources)
    collected.packs_written += len(moved.packs)
    collected.moved_bytes += moved.moved_bytes


def _rounds(packs: list[PackUse]) -> Iterator[list[PackUse]]:
    one: list[PackUse] = []
    live = blobs = 0
    for pack in packs:
        live, blobs = live + pack.live, blobs + pack.blobs
        if one and (len(one) >= ROUND_PACKS or live > ROUND_BYTES or blobs > ROUND_BLOBS):
            yield one
            one, live, blobs = [], pack.live, pack.blobs
        one.append(pack)
    if one:
        yield one


def _mergeable(vault: Vault, packs: list[PackUse], taken: set[PackUse], terms: Terms) -> list[PackUse]:
    """Return small packs that are worth merging, those of one mailbox next to each other."""
    small = {pack.pack_id: pack for pack in packs if pack.size < terms.small_bytes and pack not in taken}
    if len(small) < terms.merged_packs:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT uuid_send(b.pack), array_agg(DISTINCT m.account ORDER BY m.account) FROM backups_vaultblob b"
            " JOIN backups_vaultmanifest m ON m.organization = b.organization AND m.blob = b.id"
            " WHERE b.organization = %s AND b.pack = ANY(%s::uuid[]) GROUP BY b.pack",
            [vault.organization, copying.uuid_array(small)],
        )
        accounts = {bytes(one): found for one, found in cursor.fetchall()}
    of_account = sorted(small.values(), key=lambda pack: (accounts.get(pack.pack_id, []), pack.commit))
    chosen: list[PackUse] = []
    for _, group in groupby(of_account, key=lambda pack: accounts.get(pack.pack_id, [])):
        together = list(group)
        if len(together) >= terms.merged_packs:
            chosen += together
    return chosen
