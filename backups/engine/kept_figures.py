"""How much the vault of a client keeps, by account: asked of the catalogue, and given up when it takes too long."""

from collections.abc import Collection
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import OperationalError, connection, transaction

from backups.engine.notes import RECORD, external_id
from backups.models import Container, VaultCommit

# A page that counts is answered within the 15 seconds a page may take.
SECONDS = 8
_CANCELED = "57014"


class TookTooLong(Exception):
    """There is too much to be counted while somebody waits; nothing is wrong with it."""


@dataclass(frozen=True)
class KeptFigures:
    """Objects, saved states of them, their bytes as the source had them, and the commits they began with."""

    objects: int = 0
    versions: int = 0
    bytes: int = 0
    first_commit: int | None = None
    last_commit: int | None = None

    def __add__(self, other: "KeptFigures") -> "KeptFigures":
        firsts = [one for one in (self.first_commit, other.first_commit) if one is not None]
        lasts = [one for one in (self.last_commit, other.last_commit) if one is not None]
        return KeptFigures(
            self.objects + other.objects,
            self.versions + other.versions,
            self.bytes + other.bytes,
            min(firsts, default=None),
            max(lasts, default=None),
        )


def kept_by_account(
    organization: UUID,
    *,
    accounts: Collection[str] | None = None,
    without: Collection[str] = (),
    over_by: int | None = None,
    seconds: int = SECONDS,
) -> dict[str, KeptFigures]:
    """Return {account: figures} of what is kept: of all accounts or of ``accounts``, ``without`` some.

    With ``over_by`` only of versions that ended with this commit or earlier. Raises `TookTooLong` after ``seconds``.
    """
    condition, values = "v.organization = %s", [external_id(RECORD, "%"), external_id(RECORD, "%"), organization]
    if accounts is not None:
        condition, values = f"{condition} AND o.account = ANY(%s)", [*values, list(accounts)]
    if without:
        condition, values = f"{condition} AND o.account <> ALL(%s)", [*values, list(without)]
    if over_by is not None:
        condition, values = f"{condition} AND v.to_commit <= %s", [*values, over_by]
    sql = (
        "SELECT o.account, count(DISTINCT v.object) FILTER (WHERE o.external_id LIKE %s),"  # noqa: S608 - our own words
        " count(*) FILTER (WHERE o.external_id LIKE %s), sum(v.size), min(v.from_commit), max(v.from_commit)"
        " FROM backups_vaultversion v JOIN backups_vaultobject o"
        f"  ON o.organization = v.organization AND o.id = v.object WHERE {condition} GROUP BY o.account"
    )
    with _for_so_long(seconds) as cursor:
        cursor.execute(sql, values)
        return {account: KeptFigures(*map(_whole, numbers)) for account, *numbers in cursor.fetchall()}


def total_of(figures: dict[str, KeptFigures]) -> KeptFigures:
    """Return the figures of all accounts together."""
    return sum(figures.values(), KeptFigures())


def by_kind(organization_id: int, figures: dict[str, KeptFigures]) -> list[tuple[str, KeptFigures]]:
    """Return (name of a kind, figures) in the order people know; what no item of ours has comes last."""
    kinds = dict(Container.objects.filter(organization=organization_id).values_list("account", "kind"))
    sums: dict[str, KeptFigures] = {}
    for account, one in figures.items():
        kind = kinds.get(account, "")
        sums[kind] = sums.get(kind, KeptFigures()) + one
    names = [*Container.Kind.choices, ("", "Something else")]
    return [(name, sums[kind]) for kind, name in names if kind in sums]


def moment_of(organization: UUID, commit: int | None) -> datetime | None:
    """Return when a commit was made."""
    found = VaultCommit.objects.filter(organization=organization, number=commit or 0)
    return found.values_list("made_at", flat=True).first()


@contextmanager
def _for_so_long(seconds: int):
    """Give a cursor whose questions are stopped after some seconds; the caller's own transaction goes on as it was."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout')")
            before = cursor.fetchone()[0]
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{seconds}s"])
            yield cursor
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
    except OperationalError as problem:
        if getattr(problem.__cause__, "pgcode", None) != _CANCELED:
            raise
        raise TookTooLong from problem


def _whole(number) -> int | None:
    return None if number is None else int(number)
