"""Deleting for good what was asked for, authorized and held: a job in slices that may be broken off anywhere.

    1  the last look: nothing forbids it, nobody is backing it up; from then on no backup of it begins
    2  whoever reads it is stopped, and what the database knows of it is forgotten
    3  the vault erases account after account, each with a certificate, or the whole organization at once
    4  the deletion is done: its certificate, the log, the mails

An erasure that was broken off is run again and gives the certificate of the first time.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from backups.engine import deletion_remains
from backups.engine.deletion_certificates import certificate_of, erasures_of_items
from backups.engine.deletion_checks import contradiction
from backups.engine.deletion_endings import State, end, locked, note_stuck, record, tell
from backups.models import Container, Deletion, DeletionItem, Run, RunItem
from backups.models.deletion import WARNED_BEFORE
from backups.vault.certificates import Certificate
from backups.vault.configured import configured_root, configured_store, has_store
from backups.vault.erased_organizations import erase_organization
from backups.vault.erasing import erase_account
from backups.vault.errors import Damaged, KeyProblem, VaultError
from backups.vault.faults import fault_point
from backups.vault.vault import Vault, open_vault
from jobs.claims import Claim
from jobs.models import Job
from jobs.requests import request_job
from notifications import deletion_emails
from organizations.actions.connections import disconnect
from organizations.models import Item, Organization

log = logging.getLogger(__name__)

KIND = "execute_deletion"
SLICE = timedelta(minutes=4)
_A_MINUTE, _LATER = timedelta(minutes=1), timedelta(minutes=15)
# One whose job was given up is taken up again after so long.
_AGAIN = timedelta(hours=1)
_AT_ONCE = 100
# What stays as it is until the operator has repaired it, or gives up what is damaged: `vault erase … --over-gaps`.
_LASTING = (Damaged, KeyProblem)
_ALL_GOES = "Everything of the client is being deleted for good."


def request_due_deletions(now: datetime) -> int:
    """Ask for deletions whose hold is over, and for those that nobody goes on with; return how many."""
    if not has_store():
        return 0
    jobs = Job.objects.filter(kind=KIND, subject_id=OuterRef("pk"))
    held = jobs.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]) | jobs.filter(finished_at__gt=now - _AGAIN)
    due = Deletion.objects.filter(
        state__in=[State.AUTHORIZED, State.EXECUTING], due_at__lte=now, warned_at__lte=now - WARNED_BEFORE
    )
    return sum(
        request_job(KIND, subject_id=pk, at=now, key=f"{KIND}:{pk}") is not None
        for pk in due.filter(~Exists(held)).order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]
    )


def execute(
    deletion_id: int,
    claim: Claim,
    *,
    clock: Callable[[], datetime] = timezone.now,
    slice_lasts: timedelta = SLICE,
) -> None:
    """Delete, or as much of it as one slice allows; raises `LeaseLost` where another worker has taken over."""
    deletion = Deletion.objects.select_related("organization").get(pk=deletion_id)
    ends_at = clock() + slice_lasts
    if not _begin(deletion, claim, clock()):
        return
    deletion.refresh_from_db()
    fault_point("deletion.began")
    try:
        erasures = _erase(deletion, claim, clock, ends_at)
    except VaultError as problem:
        log.error("The deletion %s waits: %s", deletion.uuid, problem)
        if isinstance(problem, _LASTING):
            note_stuck(deletion, str(problem), clock())
        claim.try_again(after=_LATER, because=str(problem))
        return
    if erasures is None:
        claim.try_again(after=timedelta(), because="")
        return
    fault_point("deletion.erased")
    _complete(deletion, erasures, claim, clock())


@transaction.atomic
def _begin(deletion: Deletion, claim: Claim, now: datetime) -> bool:
    """Take the last look and begin; return whether there is anything to destroy now."""
    # Whoever protects, holds or lines up a backup waits here, and then finds that it is being deleted.
    row = locked(deletion)
    if row.state == State.EXECUTING:
        others = Deletion.objects.of_everything_under_way().filter(organization=row.organization_id)
        if others.exclude(pk=row.pk).exists():
            claim.try_again(after=_A_MINUTE, because=_ALL_GOES)
            return False
        return True
    if row.state != State.AUTHORIZED or row.due_at > now:
        return False
    if row.warned_at is None or row.warned_at > now - WARNED_BEFORE:
        return False
    if reason := contradiction(row):
        end(row, State.CANCELLED, actor="Schedule", because=f"{reason} Nothing was deleted; ask again.", now=now)
        claim.finish()
        return False
    if waits := _waits_for(row, now):
        claim.try_again(after=_A_MINUTE, because=waits)
        return False
    row.state, row.began_at = State.EXECUTING, now
    row.save(update_fields=["state", "began_at"])
    record("deletion.began", row, "Schedule", now)
    if row.is_of_everything:
        _take_over(row, now)
    else:
        Item.objects.filter(deletion_items__deletion=row).update(is_being_deleted=True)
    return True


def _waits_for(row: Deletion, now: datetime) -> str:
    """Return in a sentence what comes to its end first, or ""."""
    at_work = Job.objects.filter(kind=KIND, subject_id=OuterRef("pk"), state=Job.State.RUNNING)
    others = Deletion.objects.filter(organization=row.organization_id, state=State.EXECUTING)
    # One that rests because something cannot be read would let this wait for ever, which needs to read nothing.
    if row.is_of_everything and others.filter(Q(stuck_because="") | Exists(at_work)).exists():
        return "Another deletion at this client is under way and comes to its end first."
    return "A backup of it is under way and comes to its end first." if _is_backed_up_now(row, now) else ""


def _take_over(row: Deletion, now: datetime) -> None:
    """Let nothing be begun at a client of whom everything goes, and end what was asked for of single accounts."""
    Organization.objects.filter(pk=row.organization_id).update(erased_at=now)
    for one in Deletion.objects.stoppable().filter(organization=row.organization_id).order_by("pk"):
        end(locked(one), State.CANCELLED, actor="Schedule", because=_ALL_GOES, now=now)


def _is_backed_up_now(row: Deletion, now: datetime) -> bool:
    """Return whether a backup has to come to its end first; one of a whole client is called off."""
    if row.is_of_everything:
        runs = Run.objects.open().filter(organization=row.organization_id)
        for run in runs.filter(cancel_asked_at=None):
            Run.objects.filter(pk=run.pk).update(cancel_asked_at=now, cancelled_by="The deletion of everything")
            request_job("end_run", subject_id=run.pk, at=now, key=f"end_run:{run.pk}")
        return runs.exists()
    return RunItem.objects.filter(item__deletion_items__deletion=row, ended_at=None).exists()


def _erase(deletion: Deletion, claim: Claim, clock: Callable[[], datetime], ends_at: datetime) -> list[dict] | None:
    """Erase and return what was erased; None where the slice is over before the end.

    What cannot be read keeps nothing else from being erased; then its problem is raised.
    """
    if deletion.is_of_everything:
        return _erase_everything(deletion, claim, clock)
    vault, stuck, has_erased = _vault_of(deletion), None, False
    for line in deletion.items.select_related("item", "deletion").order_by("pk"):
        for container in Container.objects.filter(item=line.item_id).order_by("pk"):
            if str(container.pk) in line.certificates:
                continue
            # Behind what takes the whole slice and cannot be erased, one goes each time.
            if clock() >= ends_at and (has_erased or stuck is None):
                return None
            try:
                _erase_container(vault, line, container, claim, clock())
            except _LASTING as problem:
                log.error("The deletion %s cannot erase %s: %s", deletion.uuid, container.account, problem)
                stuck = stuck or problem
            else:
                has_erased = True
    if stuck is not None:
        raise stuck
    return erasures_of_items(deletion)


def _vault_of(deletion: Deletion) -> Vault | None:
    """Return the vault; None where everything of the client was deleted since, so that nothing is left of anybody."""
    if deletion.organization.erased_at is not None:
        return None
    return open_vault(deletion.organization.uuid, store=configured_store(), root=configured_root())


def _erase_container(
    vault: Vault | None, line: DeletionItem, container: Container, claim: Claim, now: datetime
) -> None:
    """Erase one kind of data of an item: what leads to it goes first, so that nobody meets half of it."""
    deletion_remains.stop_using([container.pk], now=now)
    deletion_remains.forget([container.pk])
    if vault is None:
        certificate = Certificate(line.deletion.organization.uuid, "account", now)
    else:
        certificate = erase_account(vault, container.account, now=now, holds=claim.is_ours)
    if certificate.erased_at < line.deletion.began_at:
        # That of another deletion, which is not counted again: there was nothing left.
        certificate = Certificate(certificate.organization, certificate.what, now, tombstones=certificate.tombstones)
    # Whoever was begun meanwhile found some of it.
    deletion_remains.stop_using([container.pk], now=now)
    deletion_remains.forget([container.pk])
    fault_point("deletion.account_erased")
    line.certificates[str(container.pk)] = certificate.as_json()
    line.save(update_fields=["certificates"])


def _erase_everything(deletion: Deletion, claim: Claim, clock: Callable[[], datetime]) -> list[dict]:
    organization, now = deletion.organization, clock()
    containers = list(Container.objects.filter(organization=organization).values_list("pk", flat=True))
    deletion_remains.stop_using(containers, now=now)
    certificate = erase_organization(
        organization.uuid,
        store=configured_store(),
        root=configured_root(),
        # The moment of the first try is the one that counts.
        now=deletion.began_at,
        holds=claim.is_ours,
    )
    # Whoever was begun meanwhile found some of it.
    deletion_remains.stop_using(containers, now=now)
    deletion_remains.forget(containers)
    fault_point("deletion.account_erased")
    for connection in organization.connections.in_use():
        disconnect(connection=connection, actor="Schedule", now=now)
    return [{"account": "Everything", "address": "", "kind": "", "certificate": certificate.as_json()}]


@transaction.atomic
def _complete(deletion: Deletion, erasures: list[dict], claim: Claim, now: datetime) -> None:
    row = locked(deletion)
    if row.state == State.EXECUTING:
        row.certificate = certificate_of(row, erasures, now=now)
        row.state, row.ended_at, row.ended_by = State.DONE, now, "Schedule"
        row.save(update_fields=["certificate", "state", "ended_at", "ended_by"])
        row.items.update(is_open=False)
        Item.objects.filter(deletion_items__deletion=row).update(is_being_deleted=False)
        deletion_remains.note_left(row.organization)
        totals = row.certificate["totals"]
        record("deletion.done", row, "Schedule", now, objects=totals["objects"], versions=totals["versions"])
        tell(deletion_emails.deletion_done, row, at=now, authorized_by=row.authorized_by, **totals)
    claim.finish()
