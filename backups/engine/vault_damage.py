"""What the daily check found, in the client's log: told once as long as it stays the same, and once when it is gone."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import AuditEntry
from backups.vault.checking import Level
from backups.vault.errors import StoreProblem
from backups.vault.findings import Finding
from organizations.actions import schedule_log
from organizations.models import Organization

FOUND, GONE = "vault.damage_found", "vault.damage_gone"
# What each kind of damage is called, one and many of it.
_WORDS = {
    "PackDamaged": ("damaged or missing pack", "damaged or missing packs"),
    "BlobDamaged": ("damaged content", "damaged contents"),
    "BlobMissing": ("gap in the catalogue", "gaps in the catalogue"),
    "CommitDamaged": (
        "damaged or missing record of commits and keys",
        "damaged or missing records of commits and keys",
    ),
    "RolledBack": ("missing commit", "missing commits"),
    "Swapped": ("object in another one’s place", "objects in other ones’ places"),
    "ContentDamaged": ("object that is not what was read", "objects that are not what was read"),
}
_ADVICE = (
    "Copy the missing or damaged files of the store back from its other copy and run: manage.py vault check, with"
    " --level all. Without another copy, the next backup saves again what the source still has."
)
_ROLLED_BACK = (
    "The store was put back to an older state: restore what is missing from its other copy before anything else is"
    " written, then run: manage.py vault rebuild."
)


@transaction.atomic
def note_found(organization: Organization, findings: Sequence[tuple[Level, Finding]], *, now: datetime) -> None:
    """Tell in the client's log what is damaged, what is safe and what to do, unless it says just that already.

    Findings that only say that the store did not answer are no damage.
    """
    damage = [(level, one) for level, one in findings if not isinstance(one.problem, StoreProblem)]
    if not damage:
        return
    # A drill draws other versions every day; where the other levels know of damage, theirs is the steady account.
    steady = [one for level, one in damage if level is not Level.DRILL]
    last, details = _last(organization), _details(steady or [one for _, one in damage], is_drawn=not steady)
    if last is None or last.action == GONE or last.details != details:
        schedule_log.note(FOUND, organization, details, at=now)


@transaction.atomic
def note_gone(organization: Organization, *, now: datetime) -> None:
    """Tell that the vault is sound again, if the client's log says that it is not.

    Damage that only a drill has met is not gone because another drill did not meet it: a person has to say so.
    """
    last = _last(organization)
    if last is not None and last.action == FOUND and not last.details["is_drawn"]:
        schedule_log.note(GONE, organization, {}, at=now)


def _details(damage: Sequence[Finding], *, is_drawn: bool) -> dict:
    kinds = Counter(type(one.problem).__name__ for one in damage)
    # Two findings may concern the same objects; beyond what is named the largest figure is the surest.
    named = {one for finding in damage for one in finding.objects}
    touched = max(len(named), *(finding.total for finding in damage))
    return {
        "problems": ", ".join(f"{count:,} {_word(kind, count)}" for kind, count in sorted(kinds.items())),
        "objects": f"{touched:,} {'object' if touched == 1 else 'objects'}",
        "safe": damage[0].readable if len(damage) == 1 else _safe(touched),
        "is_drawn": is_drawn,
        "advice": _ROLLED_BACK if "RolledBack" in kinds else _ADVICE,
    }


def _safe(touched: int) -> str:
    return "Everything else stays readable." if touched else "Every object stays readable."


def _word(kind: str, count: int) -> str:
    one, many = _WORDS.get(kind, ("problem", "problems"))
    return one if count == 1 else many


def _last(organization: Organization) -> AuditEntry | None:
    entries = AuditEntry.objects.filter(organization_id=organization.pk, action__in=(FOUND, GONE))
    return entries.order_by("-number").first()
