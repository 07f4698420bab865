"""Comparing the index with the vault, row by row, and making it right.

The database's own foreign keys keep the two in step. This is for the day on which somebody has restored a table by
hand, and for finding out that nothing of the kind has happened.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from django.db import connection, transaction

from backups.engine import indexing_store
from backups.engine.indexing import BATCH
from backups.engine.indexing_changes import unindexed
from backups.engine.indexing_entries import EntryMaker
from backups.engine.notes import RECORD, external_id, object_id_in
from backups.engine.search_words import EVERYTHING, mark_of
from backups.models import Container, SearchProgress
from backups.vault import lookups
from backups.vault.bulk import joined_as_sets
from backups.vault.vault import Vault
from organizations.models import Organization

# So many of each sort are named; all are counted.
_NAMED = 20
_SECONDS = "600s"
_SORTS = ("missing", "surplus", "interval", "unmarked")


@dataclass
class Compared:
    """What was found of one organization: per sort how many, and some of them by name.

    ``missing``   a saved state without an entry       ``surplus``   an entry of nothing that is kept
    ``interval``  an entry that ends at another commit ``unmarked``  an entry that no search finds
    """

    reached: int
    head: int
    entries: int
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("missing", "surplus", "interval", "unmarked"), 0)
    )
    named: dict[str, list[str]] = field(default_factory=dict)
    repaired: int = 0

    @property
    def differences(self) -> int:
        """How many rows are not as they should be."""
        return sum(self.counts.values())


def compare(organization: Organization) -> Compared:
    """Compare the index of a client with its vault, as far as the index has come."""
    with transaction.atomic(), joined_as_sets():
        return _compare(organization)


def repair(organization: Organization, vault: Vault) -> Compared:
    """Compare, take away what should not be there and index what is missing; return what was found."""
    with transaction.atomic(), joined_as_sets():
        compared = _compare(organization)
        with connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM backups_searchentry WHERE id IN (SELECT e.id FROM ({_WRONG}) e)",  # noqa: S608 - our words
                _values(organization),
            )
            compared.repaired = cursor.rowcount
        missing = list(_rows(_MISSING, _values(organization)))
    progress = SearchProgress.objects.filter(organization=organization.uuid).first()
    if progress is not None:
        compared.repaired += _index(organization, vault, progress, missing)
    return compared


def _index(organization: Organization, vault: Vault, progress: SearchProgress, missing: list[tuple]) -> int:
    maker, stored = EntryMaker(organization, vault, progress), 0
    for (account, commit), rows in groupby(sorted(missing), key=lambda row: row[:2]):
        object_ids = [object_id_in(external) for _, _, external in rows]
        for begin in range(0, len(object_ids), BATCH):
            saved = unindexed(vault, account, object_ids[begin : begin + BATCH], commit)
            stored += indexing_store.store(vault.organization, maker.entries(saved), holds=lambda: None)
    return stored


def _compare(organization: Organization) -> Compared:
    values = _values(organization)
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{_SECONDS}'")
    entries = next(_rows("SELECT count(*) FROM backups_searchentry WHERE organization = %(organization)s", values))[0]
    compared = Compared(values["reached"], lookups.head(organization.uuid)[0], entries)
    for account, commit, external in _rows(_MISSING, values):
        _note(compared, "missing", f"{account} {external} of commit {commit}")
    for _, what, object_id, commit in _rows(_WRONG, values):
        _note(compared, what, f"{object_id} of commit {commit}")
    return compared


def _note(compared: Compared, what: str, name: str) -> None:
    compared.counts[what] += 1
    named = compared.named.setdefault(what, [])
    if len(named) < _NAMED:
        named.append(name)


_MISSING = """
    SELECT o.account, v.from_commit, o.external_id FROM backups_vaultversion v
    JOIN backups_vaultobject o ON o.organization = v.organization AND o.id = v.object
    WHERE v.organization = %(organization)s AND v.from_commit <= %(reached)s AND o.external_id LIKE %(record)s
      AND o.account = ANY(%(accounts)s) AND NOT EXISTS (
        SELECT 1 FROM backups_searchentry e
        WHERE e.organization = v.organization AND e.object = v.object AND e.from_commit = v.from_commit)
"""
_WRONG = """
    SELECT e.id, CASE WHEN v.object IS NULL THEN 'surplus' WHEN v.to_commit <> e.to_commit THEN 'interval'
                      ELSE 'unmarked' END AS what, e.object_id, e.from_commit
    FROM backups_searchentry e LEFT JOIN backups_vaultversion v
      ON v.organization = e.organization AND v.object = e.object AND v.from_commit = e.from_commit
    WHERE e.organization = %(organization)s
      AND (v.object IS NULL OR v.to_commit <> e.to_commit OR NOT e.words @@ %(everything)s::tsquery)
"""


def _values(organization: Organization) -> dict:
    progress = SearchProgress.objects.filter(organization=organization.uuid).first()
    # Accounts that no item of ours has are kept, but nobody could be shown them.
    accounts = Container.objects.filter(organization=organization).values_list("account", flat=True)
    return {
        "organization": organization.uuid,
        "reached": progress.commit if progress else 0,
        "record": external_id(RECORD, "%"),
        "accounts": list(accounts),
        "everything": f"'{mark_of(progress.pk if progress else 0)}{EVERYTHING}'",
    }


def _rows(sql: str, values: dict) -> Iterator[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        yield from cursor
