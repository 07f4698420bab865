"""The first level of checking: what the store lists against what the catalogue says, and the chain of commits.

No content is read, so it takes minutes however much there is.
"""

import hashlib
from collections.abc import Iterator

from django.db import connection

from backups.vault import layout, lookups
from backups.vault.chain import Chain, Head, Link, read_chain
from backups.vault.errors import CommitDamaged, EndUnclear, KeyMissing, RolledBack, VaultError
from backups.vault.fetching import each
from backups.vault.findings import Affected, Finding, Trouble
from backups.vault.key_records import stored_records
from backups.vault.rereading import pack_damaged
from backups.vault.slips import read_slip
from backups.vault.vault import Vault


class ListingCheck:
    """Compares one organization's part of the store with its catalogue.

    ``counts`` says afterwards how much was seen, and what lies there that nobody refers to: such objects belong to
    writers that died or are still at work, and the collector removes them after its grace.
    """

    def __init__(self, vault: Vault) -> None:
        self.vault, self.organization = vault, vault.organization
        self.counts = {"packs": 0, "pack_bytes": 0, "slips": 0, "commits": 0, "orphans": 0, "orphan_bytes": 0}

    def findings(self) -> Iterator[Finding]:
        """Yield everything that is wrong."""
        yield from self._commits()
        yield from Affected(self.vault).findings(self._packs())
        yield from map(Finding, self._keys())

    def _packs(self) -> Iterator[Trouble]:
        affected = Affected(self.vault)
        # Asked first: what is listed later has everything that counted by now.
        known = self._known_packs()
        for entry in self.vault.store.list(layout.prefix(self.organization, layout.PACKS)):
            pack_id, size, _ = known.pop(_digest_in(entry.name), (None, 0, False))
            self.counts["packs"] += 1
            self.counts["pack_bytes"] += entry.size
            if pack_id is None:
                self.counts["orphans"] += 1
                self.counts["orphan_bytes"] += entry.size
            elif entry.size != size:
                problem = pack_damaged(entry.name, f"it has {entry.size} bytes and should have {size}")
                yield problem, affected.blobs_of_pack(pack_id)
        for digest, (pack_id, _, is_doomed) in known.items():
            # The collector may have deleted it meanwhile.
            if not is_doomed and digest in self._known_packs(digest):
                problem = pack_damaged(layout.pack_name(self.organization, digest), "it is missing from the store")
                yield problem, affected.blobs_of_pack(pack_id)

    def _known_packs(self, digest: bytes | None = None) -> dict[bytes, tuple[bytes, int, bool]]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT digest, uuid_send(id), size, doomed_at IS NOT NULL FROM backups_vaultpack"
                " WHERE organization = %s AND (%s::bytea IS NULL OR (digest = %s AND doomed_at IS NULL))",
                [self.organization, digest, digest],
            )
            return {bytes(name): (bytes(one), size, doomed) for name, one, size, doomed in cursor.fetchall()}

    def _keys(self) -> Iterator[VaultError]:
        yield from self._records()
        listed = self._slips_in_store()
        wanted = self._slips_wanted()
        self.counts["slips"] = len(wanted)
        missing = wanted.keys() - listed.keys()
        # An erasure may have replaced a slip since it was asked for.
        for digest in sorted(missing & self._slips_wanted().keys() if missing else missing):
            yield CommitDamaged(
                f"The slip {digest.hex()} with the keys of {len(wanted[digest])} packs is missing from the store. The"
                " catalogue has these keys, so everything can be read; without it a rebuild could not.",
                name=digest.hex(),
            )
        for (digest, name), content in each(lambda one: self.vault.store.get(one[1]), _both(wanted, listed)):
            problem = content if isinstance(content, VaultError) else self._slip_problem(name, content, wanted[digest])
            if problem is not None:
                yield problem

    def _records(self) -> Iterator[VaultError]:
        in_store = stored_records(self.vault.store, self.organization)
        for epoch, record in enumerate(lookups.key_records(self.organization), 1):
            if record is not None and record not in in_store:
                yield KeyMissing(
                    f"The store does not hold the key record of epoch {epoch} that the catalogue has. Everything can be"
                    " read, but a rebuild or the offline reader could not. Put it back with: vault rotate root",
                    key=f"epoch {epoch}",
                )

    def _slips_in_store(self) -> dict[bytes, str]:
        entries = self.vault.store.list(layout.prefix(self.organization, layout.KEYS))
        return {digest: entry.name for entry in entries if (digest := _digest_in(entry.name))}

    def _slips_wanted(self) -> dict[bytes, dict[bytes, tuple[int, bytes]]]:
        """Return {slip: {pack: (epoch, wrapped key)}} of packs in use."""
        wanted: dict[bytes, dict[bytes, tuple[int, bytes]]] = {}
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT slip, uuid_send(id), epoch, wrapped_key FROM backups_vaultpack"
                " WHERE organization = %s AND wrapped_key IS NOT NULL AND doomed_at IS NULL",
                [self.organization],
            )
            for slip, pack_id, epoch, key in cursor.fetchall():
                wanted.setdefault(bytes(slip), {})[bytes(pack_id)] = (epoch, bytes(key))
        return wanted

    def _slip_problem(self, name: str, content: bytes, expected: dict[bytes, tuple[int, bytes]]) -> VaultError | None:
        if hashlib.sha256(content).digest() != layout.digest_in(name):
            return _slip_damaged(name, "was altered")
        try:
            entries = read_slip(self.organization, content, name=name)
        except VaultError as problem:
            return problem
        found = {entry.pack_id: (entry.key.epoch, entry.key.wrapped) for entry in entries}
        if any(found.get(pack_id) != key for pack_id, key in expected.items()):
            return _slip_damaged(name, "does not hold the keys the catalogue has")
        return None

    def _commits(self) -> Iterator[Finding]:
        head = Head(*lookups.head(self.organization))
        chain = read_chain(self.vault.store, self.vault.keys, expected=head)
        self.counts["commits"] = len(chain.links)
        # What lies behind the head waits for its writer, or for the collector; the catalogue knows what counted.
        yield from (Finding(problem) for problem in chain.problems if not isinstance(problem, EndUnclear))
        yield from map(Finding, self._unlisted(chain))
        newer = [link for link in chain.links if link.number > head.number]
        # Somebody may have committed since the head was read.
        newest = lookups.head(self.organization)[0]
        if problem := _catalogue_is_behind([link for link in newer if link.number > newest], newest):
            yield Finding(problem)

    def _unlisted(self, chain: Chain) -> Iterator[VaultError]:
        listed = {link.digest for link in chain.links}
        named = {getattr(problem, "name", "") for problem in chain.problems}
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT number, digest FROM backups_vaultcommit WHERE organization = %s AND number <= %s"
                " ORDER BY number",
                [self.organization, chain.head.number],
            )
            rows = [(number, bytes(digest)) for number, digest in cursor.fetchall()]
        for number, digest in rows:
            name = layout.commit_name(self.organization, number, digest)
            if digest not in listed and name not in named:
                yield CommitDamaged(
                    f"{name} counted and is not in the store's chain. The catalogue knows what it said, so everything"
                    " can be read; restore the object from the other copy.",
                    name=name,
                )


def _both(wanted: dict, listed: dict[bytes, str]) -> Iterator[tuple[bytes, str]]:
    return ((digest, listed[digest]) for digest in sorted(wanted.keys() & listed.keys()))


def _slip_damaged(name: str, what: str) -> CommitDamaged:
    return CommitDamaged(
        f"The slip {name} {what}. The catalogue's keys are used and everything can be read; without a right slip a"
        " rebuild could not. Restore it from the other copy.",
        name=name,
    )


def _catalogue_is_behind(newer: list[Link], head: int) -> VaultError | None:
    """Say that the database was put back.

    A single commit behind the head is of somebody who died before it counted; only an erasure is not left to chance.
    """
    if not newer or (len(newer) == 1 and newer[0].kind != "erase"):
        return None
    reason = "the database was put back to an older state"
    if len(newer) == 1:
        reason += ", or an erasure broke off just before it counted"
    return RolledBack(
        f"The catalogue ends at commit {head} and the store goes on to {newer[-1].number}: {reason}. Nothing is lost,"
        " but erasures since then are not in force. Run: vault rebuild",
        name=newer[-1].name,
    )


def _digest_in(name: str) -> bytes | None:
    try:
        return layout.digest_in(name)
    except ValueError:
        return None
