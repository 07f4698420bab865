"""Retention: versions that no kept restore point sees are deleted; the collector frees their bytes later.

What is kept is somebody else's decision, handed in as a policy. Never deleted are versions that still stand, and those
of accounts under a legal hold. The rule is written into a commit of the kind "retain", so that a rebuilt catalogue
forgets the same versions: ``extra`` holds "kept", the numbers of commits in ascending order, "until", the newest commit
that was weighed, and "held", the tombstones of accounts under a hold (names would outlive an erasure there).
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol
from uuid import UUID

from django.db import connection, transaction

from backups.vault import catalogue, committing, ids
from backups.vault.bulk import joined_as_sets
from backups.vault.commits import Commit, SealedCommit
from backups.vault.errors import Superseded
from backups.vault.faults import fault_point
from backups.vault.keys import OrganizationKeys
from backups.vault.lookups import STILL
from backups.vault.vault import Vault

# Every version that is over.
_EVER = STILL - 1


class Point(NamedTuple):
    """A commit one could go back to."""

    number: int
    made_at: datetime


class Policy(Protocol):
    """Says what is kept. The vault asks it once a run and never guesses."""

    def kept(self, points: Sequence[Point], now: datetime) -> Collection[int]:
        """Return the numbers of those points that must stay as they are; ``points`` are in the order of numbers."""

    def held_accounts(self) -> Collection[str]:
        """Return the accounts under a legal hold: nothing of them is deleted."""


@dataclass(frozen=True)
class KeepPoints:
    """Keeps the restore points somebody lists."""

    numbers: frozenset[int]
    held: frozenset[str] = frozenset()

    def kept(self, points: Sequence[Point], now: datetime) -> Collection[int]:
        return self.numbers

    def held_accounts(self) -> Collection[str]:
        return self.held


@dataclass(frozen=True)
class KeepDays:
    """Keeps every moment of the last days, and nothing that was over before."""

    days: int
    held: frozenset[str] = frozenset()

    def kept(self, points: Sequence[Point], now: datetime) -> Collection[int]:
        begin = now - timedelta(days=self.days)
        older = [point.number for point in points if point.made_at <= begin]
        # The newest of the older ones is what the first of those days saw.
        return {point.number for point in points if point.made_at > begin} | set(older[-1:])

    def held_accounts(self) -> Collection[str]:
        return self.held


@dataclass(frozen=True)
class Rule:
    """A policy's answer as a commit carries it; what ended after ``until`` was never weighed and stays."""

    kept: tuple[int, ...]
    held: tuple[bytes, ...]
    until: int = _EVER

    def as_extra(self) -> dict:
        return {"kept": list(self.kept), "held": [one.hex() for one in self.held], "until": self.until}


def rule_in(commit: Commit) -> Rule:
    """Return the rule of a commit of the kind "retain"."""
    held = tuple(bytes.fromhex(one) for one in commit.extra["held"])
    # Commits of before this was written down do not say it.
    return Rule(tuple(commit.extra["kept"]), held, commit.extra.get("until", _EVER))


@joined_as_sets()
def retain(vault: Vault, policy: Policy, *, now: datetime, holds: Callable[[], bool] = lambda: True) -> int:
    """Delete the versions that ``policy`` does not keep and return their number; nothing else changes.

    Raises `Superseded` when ``holds`` says no inside the transaction; then nothing was deleted.
    """
    organization, keys = vault.organization, vault.keys
    held = sorted(ids.tombstone(keys.tombstone_key, account) for account in policy.held_accounts())
    points = _points(organization)
    kept = tuple(sorted(set(policy.kept(points, now))))
    rule = Rule(kept, tuple(held), until=points[-1].number if points else 0)
    with transaction.atomic(), connection.cursor() as cursor:
        catalogue.patient(cursor)
        if not _count(cursor, organization, keys, rule):
            return 0
    deleted = 0

    def following(number: int, digest: bytes) -> Commit:
        return Commit(organization, number + 1, digest, now, kind="retain", extra=rule.as_extra())

    def accept(sealed: SealedCommit) -> None:
        nonlocal deleted
        with transaction.atomic(), connection.cursor() as cursor:
            catalogue.patient(cursor)
            catalogue.move_head(cursor, sealed)
            deleted = apply_rule(cursor, organization, keys, rule)
            fault_point("retain.before_commit")
            if not holds():
                raise Superseded(
                    "Another worker took this retention run over, or what it goes by changed. Nothing was deleted."
                )
        fault_point("retain.after_commit")

    committing.chain(vault, following, accept)
    return deleted


def apply_rule(cursor, organization: UUID, keys: OrganizationKeys, rule: Rule) -> int:
    """Delete what a rule does not keep, and objects that are left without any version; return how many versions.

    Belongs behind the move of the head: nobody else adds versions then.
    """
    condition, values = _lost(cursor, organization, keys, rule)
    cursor.execute(f"DELETE FROM backups_vaultversion v WHERE {condition}", values)  # noqa: S608 - our own words
    deleted = cursor.rowcount
    delete_empty_objects(cursor, organization)
    return deleted


def delete_empty_objects(cursor, organization: UUID) -> None:
    """Delete objects that have no version any more. Belongs behind the move of the head."""
    cursor.execute(
        "DELETE FROM backups_vaultobject o WHERE o.organization = %s"
        " AND NOT EXISTS (SELECT 1 FROM backups_vaultversion v"
        "   WHERE v.organization = o.organization AND v.object = o.id)",
        [organization],
    )


def _count(cursor, organization: UUID, keys: OrganizationKeys, rule: Rule) -> int:
    condition, values = _lost(cursor, organization, keys, rule)
    cursor.execute(f"SELECT count(*) FROM backups_vaultversion v WHERE {condition}", values)  # noqa: S608 - our words
    return cursor.fetchone()[0]


def _lost(cursor, organization: UUID, keys: OrganizationKeys, rule: Rule) -> tuple[str, list]:
    """Return the SQL for versions with as many kept points before their end as before their beginning: none between."""
    kept = list(rule.kept)
    condition = (
        "v.organization = %s AND v.to_commit <= %s"
        " AND width_bucket(v.to_commit - 1, %s::bigint[]) = width_bucket(v.from_commit - 1, %s::bigint[])"
    )
    values = [organization, rule.until, kept, kept]
    if rule.held:
        cursor.execute("SELECT DISTINCT account FROM backups_vaultobject WHERE organization = %s", [organization])
        accounts = [row[0] for row in cursor.fetchall()]
        held = [one for one in accounts if ids.tombstone(keys.tombstone_key, one) in rule.held]
        condition += (
            " AND NOT EXISTS (SELECT 1 FROM backups_vaultobject o WHERE o.organization = v.organization"
            " AND o.id = v.object AND o.account = ANY(%s))"
        )
        values.append(held)
    return condition, values


def _points(organization: UUID) -> list[Point]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number, made_at FROM backups_vaultcommit WHERE organization = %s ORDER BY number", [organization]
        )
        return [Point(*row) for row in cursor.fetchall()]
