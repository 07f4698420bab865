"""Closing what a restore left open at its target when it stopped before its end, such as a channel for old messages.

It has the restore's own job do it, so that nobody goes on with the restore at the same moment.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

import sealing
from backups.connectors.base import (
    AccessRevoked,
    CannotBeRestored,
    ConnectorError,
    CredentialRefused,
    PermissionMissing,
    ProviderBusy,
)
from backups.engine.access import graph_of
from backups.engine.restore_assignment import Restorers, assignment_of
from backups.engine.restore_tree import SavedTree
from backups.engine.vaults import vault_of
from backups.models import Restore
from backups.vault.errors import VaultError
from jobs.claims import Claim
from organizations.models.source_app import SourceApp

log = logging.getLogger(__name__)

# What the same question gets the same answer to, until somebody has done something about it.
_LASTING = (AccessRevoked, CannotBeRestored, CredentialRefused, PermissionMissing, sealing.CannotUnseal)


def close(
    restore_id: int,
    claim: Claim,
    *,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
    restorers: Restorers,
    most_attempts: int,
    others_turn: timedelta,
) -> None:
    """Close what a restore that rests left open, and end the job; whoever wants to go on meanwhile comes after that.

    While another restore writes to the same target it may use what is open: then this waits for ``others_turn``. What
    cannot be closed is told on the restore. Raises `LeaseLost`, and what is worth another of ``most_attempts``.
    """
    found = Restore.objects.select_related("connection__organization", "organization", "source", "target")
    restore = found.get(pk=restore_id)
    others = Restore.objects.filter(target=restore.target, state=Restore.State.RUNNING).exclude(pk=restore_id)
    if restore.rests and restore.leaves_open():
        if others.exists():
            claim.try_again(after=others_turn, because="Another restore to the same target is under way.")
            return
        try:
            _close(restore, clock, sleep, restorers)
        except ProviderBusy as problem:
            claim.try_again(after=problem.wait, because=str(problem))
            return
        except (ConnectorError, VaultError, sealing.CannotUnseal) as problem:
            if not isinstance(problem, _LASTING) and claim.attempts < most_attempts:
                raise
            _tell(restore, problem)
    _end(restore, claim)


def _close(
    restore: Restore, clock: Callable[[], datetime], sleep: Callable[[float], None], restorers: Restorers
) -> None:
    vault = vault_of(restore.organization, now=clock())
    purpose = SourceApp.Purpose.RESTORE
    with graph_of(restore.connection, now=clock(), purpose=purpose, clock=clock, sleep=sleep) as (graph, _):
        known = restorers(graph)
        for part in restore.parts.open_at_the_target().select_related("container__item").order_by("position"):
            tree = SavedTree(vault, part.container, restore.commit, part)
            known[part.container.kind].finish(assignment_of(restore, part, tree))


def _tell(restore: Restore, problem: Exception) -> None:
    log.warning("What restore %s left open could not be closed: %s", restore.uuid, problem)
    words = f"What it had opened at the target could not be closed again: {problem} Go on to have it closed."
    Restore.objects.filter(pk=restore.pk).update(problem=f"{words} {restore.problem}"[:400])


@transaction.atomic
def _end(restore: Restore, claim: Claim) -> None:
    """End the job, unless somebody went on with the restore in the meantime: they could not ask for another one."""
    row = Restore.objects.select_for_update(of=("self",)).get(pk=restore.pk)
    if row.state in (Restore.State.QUEUED, Restore.State.RUNNING):
        claim.try_again(after=timedelta(), because="")
    else:
        claim.finish()
