"""The second and third level of checking: packs are read again, each within 30 days by its hash, or all of them open.

A pack's day is decided by its id, so that every day has its thirtieth and nothing has to be planned. What was missed
while nobody checked is caught up first. The catalogue remembers when each pack was last right, so that a check that was
broken off goes on where it was.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from struct import Struct
from uuid import UUID

from django.db import connection

from backups.vault.copying import uuid_array
from backups.vault.errors import BlobMissing, Damaged, KeyProblem, StoreProblem, Swapped, VaultError
from backups.vault.fetching import each
from backups.vault.findings import Affected, Finding, Trouble
from backups.vault.keys import WrappedKey
from backups.vault.pack import PackRow
from backups.vault.rereading import PackRead, PackToRead, hash_pack, read_through
from backups.vault.vault import Vault

DAYS = 30
# A pack that was found damaged is due again every day until it is right.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_NOTED_AT_ONCE = 64
_THREADS = 2
# id, start, length, plain length, flags: one blob as the catalogue sends it.
_KNOWN = Struct(">32siiih")

Progress = Callable[[int, int], None]


class PackCheck:
    """Reads packs of one organization again. ``now`` is written into the catalogue for those that are right."""

    def __init__(self, vault: Vault, *, now: datetime, progress: Progress = lambda done, total: None) -> None:
        self.vault, self.now, self.progress = vault, now, progress
        self.affected = Affected(vault)
        self.counts = {"packs_read": 0, "bytes_read": 0, "blobs_opened": 0, "packs_damaged": 0}

    def todays(self, *, goes_on: Callable[[], bool] = lambda: True) -> Iterator[Finding]:
        """Hash the packs whose day it is and those that were missed; stop early when ``goes_on`` says no."""
        packs = _packs(self.vault.organization, _DUE, _due_values(self.now))
        yield from self._noted(self._hashed(packs, goes_on))

    def everything(self) -> Iterator[Finding]:
        """Open every pack, decompress every blob and compute its id again."""
        packs = _packs(self.vault.organization, "TRUE", {})
        yield from self._noted(self._opened(packs))

    def _hashed(self, packs: list[PackToRead], goes_on) -> Iterator[tuple[PackToRead, list[VaultError]]]:
        wanted = (pack for pack in packs if goes_on())
        for done, (pack, problem) in enumerate(each(self._hash, wanted, at_once=_THREADS), 1):
            self.counts["bytes_read"] += pack.size
            self.progress(done, len(packs))
            if not isinstance(problem, VaultError):
                yield pack, []
            elif isinstance(problem, Damaged):
                # Which objects it concerns, only opening it can tell.
                yield pack, self._read(pack, self._known_rows(pack)).problems
            else:
                yield pack, [problem]

    def _opened(self, packs: list[PackToRead]) -> Iterator[tuple[PackToRead, list[VaultError]]]:
        wanted = ((pack, self._known_rows(pack)) for pack in packs)
        for done, ((pack, known), read) in enumerate(each(lambda one: self._read(*one), wanted, at_once=_THREADS), 1):
            self.progress(done, len(packs))
            if isinstance(read, VaultError):
                yield pack, [read]
                continue
            self.counts["bytes_read"] += read.size
            self.counts["blobs_opened"] += len(read.rows)
            yield pack, read.problems + self._misplaced(pack, known, read)

    def _hash(self, pack: PackToRead) -> None:
        hash_pack(self.vault.store, pack)

    def _read(self, pack: PackToRead, known: list[PackRow]) -> PackRead:
        return read_through(self.vault.store, self.vault.keys, pack, known_rows=lambda: known)

    def _misplaced(self, pack: PackToRead, known: list[PackRow], read: PackRead) -> list[VaultError]:
        """Say which blobs the catalogue looks for in a pack at a place where they are not."""
        lost = tuple(row.blob_id for row in set(known) - set(read.rows)) if read.rows else ()
        if not lost:
            return []
        return [
            BlobMissing(
                f"{len(lost)} blobs are not where the catalogue looks for them in {pack.name}. Nothing wrong is handed"
                " out; rebuild the catalogue.",
                name=pack.name,
                blobs=lost,
            )
        ]

    def _noted(self, results: Iterator[tuple[PackToRead, list[VaultError]]]) -> Iterator[Finding]:
        """Yield findings, and write into the catalogue which packs were right, a few at a time."""
        right: list[bytes] = []
        wrong: list[tuple[PackToRead, list[VaultError]]] = []
        try:
            for pack, problems in results:
                self.counts["packs_read"] += 1
                (wrong.append((pack, problems)) if problems else right.append(pack.pack_id))
                if len(right) >= _NOTED_AT_ONCE:
                    _note(self.vault.organization, right, self.now)
                    right = []
                if len(wrong) >= _NOTED_AT_ONCE:
                    yield from self._findings(wrong)
                    wrong = []
        finally:
            _note(self.vault.organization, right, self.now)
        yield from self._findings(wrong)

    def _findings(self, wrong: list[tuple[PackToRead, list[VaultError]]]) -> Iterator[Finding]:
        """Yield one finding a pack, for those still in use: the collector may have removed one meanwhile."""
        ids = uuid_array([pack.pack_id for pack, _ in wrong])
        in_use = {pack.pack_id for pack in _packs(self.vault.organization, "p.id = ANY(%(ids)s::uuid[])", {"ids": ids})}
        counting = [(pack, problems) for pack, problems in wrong if pack.pack_id in in_use]
        damaged = [pack.pack_id for pack, problems in counting if not _is_unanswered(problems)]
        self.counts["packs_damaged"] += len(damaged)
        _note(self.vault.organization, damaged, NEVER)
        yield from self.affected.findings([self._trouble(pack, problems) for pack, problems in counting])

    def _trouble(self, pack: PackToRead, problems: list[VaultError]) -> Trouble:
        """Return what is told of a pack: its most telling problem, and all blobs that cannot be read because of any."""
        if _is_unanswered(problems):
            return problems[0], ()
        if any(isinstance(problem, KeyProblem) for problem in problems):
            return problems[0], self.affected.blobs_of_pack(pack.pack_id)
        blobs = {one for problem in problems if isinstance(problem, Damaged) for one in problem.blobs}
        return next((one for one in problems if isinstance(one, Swapped)), problems[0]), blobs

    def _known_rows(self, pack: PackToRead) -> list[PackRow]:
        """Return what the catalogue says lies in a pack; as one value, because thousands of rows take long to fetch."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT string_agg(id || int4send(start) || int4send(length) || int4send(plain_length) ||"
                " int2send(flags), ''::bytea) FROM backups_vaultblob WHERE organization = %s AND pack = %s",
                [self.vault.organization, UUID(bytes=pack.pack_id)],
            )
            return list(map(PackRow._make, _KNOWN.iter_unpack(cursor.fetchone()[0] or b"")))


def _is_unanswered(problems: list[VaultError]) -> bool:
    """Return whether the store did not answer, which says nothing about the pack."""
    return any(isinstance(problem, StoreProblem) for problem in problems)


# The slot of a pack is its id, taken as a number, modulo 30.
_DUE = """
    (p.checked_at IS NULL OR p.checked_at < %(today)s)
    AND ((get_byte(uuid_send(p.id), 0) * 256 + get_byte(uuid_send(p.id), 1)) %% 30 = %(slot)s
         OR COALESCE(p.checked_at, (SELECT c.made_at FROM backups_vaultcommit c
                                    WHERE c.organization = p.organization AND c.number = p.commit)) < %(overdue)s)
"""


def _due_values(now: datetime) -> dict:
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return {"today": today, "slot": today.toordinal() % DAYS, "overdue": now - timedelta(days=DAYS)}


def _packs(organization: UUID, condition: str, values: dict) -> list[PackToRead]:
    """Return the packs in use that meet a condition, those that were not read for the longest time first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT uuid_send(p.id), p.digest, p.size, p.epoch, p.wrapped_key FROM backups_vaultpack p"  # noqa: S608
            f" WHERE p.organization = %(organization)s AND p.doomed_at IS NULL AND {condition}"
            " ORDER BY p.checked_at NULLS FIRST, p.id",
            {"organization": organization, **values},
        )
        return [
            PackToRead(organization, bytes(one), bytes(digest), size, WrappedKey(epoch, bytes(key)))
            for one, digest, size, epoch, key in cursor.fetchall()
        ]


def _note(organization: UUID, pack_ids: list[bytes], moment: datetime) -> None:
    if not pack_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE backups_vaultpack SET checked_at = %s WHERE organization = %s AND id = ANY(%s::uuid[])",
            [moment, organization, uuid_array(pack_ids)],
        )
