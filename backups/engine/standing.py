"""How items and organizations stand, decided in one place from what is known of their parts.

The rules are those of the product's status table: all failed is Failed; any failed or partial, among those past their
first backup, is Partial; else In progress; else Onboarding; else Success. Green means that everything is saved.
"""

from collections.abc import Collection
from datetime import date, timedelta

from backups.models import Container, Run, RunContainer
from organizations.models.organization import BackupStatus

DAYS = 14
_S = Container.Status


def status_of_item(statuses: Collection[str], *, is_running: bool = False) -> BackupStatus:
    """Return how an item stands by the statuses of its containers, and whether it is being copied."""
    real = [one for one in statuses if one != _S.NOT_AVAILABLE]
    if not statuses:
        return BackupStatus.NONE
    if not real:
        # There is nothing to save, and that is known.
        return BackupStatus.SUCCESS
    if any(one in (_S.NEVER, _S.ONBOARDING) for one in real):
        return BackupStatus.ONBOARDING
    if all(one == _S.FAILED for one in real):
        return BackupStatus.FAILED
    if any(one in (_S.FAILED, _S.PARTIAL) for one in real):
        return BackupStatus.PARTIAL
    return BackupStatus.IN_PROGRESS if is_running else BackupStatus.SUCCESS


def status_of_organization(counts: dict[str, int], *, is_running: bool = False) -> BackupStatus:
    """Return how an organization stands by the number of its protected items in each status."""
    onboarding = counts.get(BackupStatus.ONBOARDING, 0) + counts.get(BackupStatus.NONE, 0)
    failed, partial = counts.get(BackupStatus.FAILED, 0), counts.get(BackupStatus.PARTIAL, 0)
    others = sum(counts.values()) - onboarding
    if not sum(counts.values()):
        return BackupStatus.NONE
    if others and failed == others:
        return BackupStatus.FAILED
    if failed or partial:
        return BackupStatus.PARTIAL
    if counts.get(BackupStatus.IN_PROGRESS, 0):
        return BackupStatus.IN_PROGRESS
    if onboarding:
        return BackupStatus.ONBOARDING
    return BackupStatus.IN_PROGRESS if is_running else BackupStatus.SUCCESS


def note_of_organization(counts: dict[str, int]) -> str:
    """Return in a sentence what a status other than Success is made of."""
    words = [
        (counts.get(BackupStatus.FAILED, 0), "failed"),
        (counts.get(BackupStatus.PARTIAL, 0), "partial"),
        (counts.get(BackupStatus.IN_PROGRESS, 0), "being backed up"),
        (counts.get(BackupStatus.ONBOARDING, 0) + counts.get(BackupStatus.NONE, 0), "in the first backup"),
    ]
    told = [f"{number:,} {word}" for number, word in words if number]
    return f"{', '.join(told)} of {sum(counts.values()):,} accounts" if told else ""


def state_of_run(states: Collection[str]) -> str:
    """Return how a run ended by the states of its parts."""
    real = [one for one in states if one != RunContainer.State.NOT_AVAILABLE]
    if any(one == RunContainer.State.CANCELLED for one in real):
        return Run.State.CANCELLED
    if real and all(one == RunContainer.State.FAILED for one in real):
        return Run.State.FAILED
    if any(one != RunContainer.State.SUCCESS for one in real):
        return Run.State.PARTIAL
    return Run.State.SUCCESS


def with_today(days: str, until: date | None, *, today: date, status: BackupStatus) -> str:
    """Return the line of the last days, one letter each, oldest first, with ``today`` at its end."""
    letter = "-" if status == BackupStatus.NONE else status.value[0]
    if until is None or until > today:
        return letter
    gap = min((today - until) // timedelta(days=1), DAYS)
    kept = days if gap else days[:-1]
    return (kept + "-" * max(gap - 1, 0) + letter)[-DAYS:]
