"""Copying one item in a run: a job in slices, kind after kind, so that a mailbox is never asked by two at once."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

import sealing
from backups.connectors.base import AccessRevoked, ConnectorError, CredentialRefused, NotThere, ProviderBusy
from backups.connectors.contract import Connector
from backups.engine import item_endings
from backups.engine.access import graph_of
from backups.engine.backup_container import Cancelled, Pass, SliceOver, Surroundings, begin_pass
from backups.engine.connecting import account_of, connectors_for, kinds_of, source_of
from backups.engine.deletion_checks import is_being_deleted
from backups.engine.failures import note_failure, reason_of
from backups.engine.fetching import concerns_more_than_one
from backups.engine.vaults import vault_of
from backups.models import Container, Failure, Run, RunContainer, RunItem
from backups.vault.errors import CatalogueUnavailable, ReuseLost, Superseded, VaultError
from jobs.claims import Claim
from organizations.models import Policy
from organizations.models.organization import ConnectionState

SLICE = timedelta(minutes=4)
# The first try may meet an object that kills workers; two more prove which it is, the fourth leaves it out.
MAX_ATTEMPTS = 6
_AT_ONCE, _SHORTLY = timedelta(), timedelta(seconds=10)
_BEING_DELETED = "What was backed up of {} is being deleted for good. A backup that begins after that saves it anew."
_OPEN = (RunContainer.State.WAITING, RunContainer.State.READING, RunContainer.State.SETTLING)

Connectors = Callable[..., dict[str, Connector]]


def backup_item(
    run_item_id: int,
    claim: Claim,
    *,
    clock: Callable[[], datetime] = timezone.now,
    sleep: Callable[[float], None] = time.sleep,
    connectors: Connectors = connectors_for,
    slice_lasts: timedelta = SLICE,
) -> None:
    """Copy an item, or as much of it as one slice allows. Raises `LeaseLost` where another worker has taken over."""
    run_item = _begin(run_item_id, clock())
    if run_item is None:
        return
    if is_being_deleted(run_item.item.organization_id, run_item.item_id):
        # What is saved now would begin where the last backup ended, and that is being destroyed.
        item_endings.fail(run_item, claim, _BEING_DELETED.format(run_item.item), now=clock())
        return
    work = _Work(run_item, claim, clock, clock() + slice_lasts)
    try:
        _copy(work, sleep, connectors)
    except (SliceOver, Cancelled, ConnectorError, sealing.CannotUnseal, VaultError) as problem:
        work.lay_down()
        _end_slice(work, problem)
    else:
        item_endings.complete(run_item, claim, now=clock())


def _end_slice(work: "_Work", problem: Exception) -> None:
    if isinstance(problem, SliceOver):
        work.claim.try_again(after=_AT_ONCE, because="")
    elif isinstance(problem, Cancelled):
        item_endings.cancel(work.run_item, work.claim, now=work.clock())
    elif isinstance(problem, VaultError):
        _end_for_the_vault(work, problem)
    else:
        _end_for_the_source(work, problem)


def _end_for_the_source(work: "_Work", problem: ConnectorError | sealing.CannotUnseal) -> None:
    run_item, claim, now = work.run_item, work.claim, work.clock()
    if isinstance(problem, ProviderBusy):
        RunItem.objects.filter(pk=run_item.pk).update(waits_until=now + problem.wait)
        claim.try_again(after=problem.wait, because=str(problem))
    elif isinstance(problem, AccessRevoked):
        item_endings.lose_access(run_item, claim, str(problem), now=now)
    elif isinstance(problem, CredentialRefused | sealing.CannotUnseal):
        item_endings.fail(run_item, claim, f"{problem} This is for the operator of Portico to repair.", now=now)
    else:
        item_endings.fail(run_item, claim, str(problem), now=now)


def _end_for_the_vault(work: "_Work", problem: VaultError) -> None:
    if isinstance(problem, Superseded | ReuseLost | CatalogueUnavailable):
        # Nothing of the last commit counts; the next slice goes on from the cursor before.
        work.claim.try_again(after=_SHORTLY, because=str(problem))
    elif work.claim.attempts < MAX_ATTEMPTS:
        raise problem
    else:
        for one in work.run_item.run_containers.filter(ended_at=None).select_related("container"):
            reason = Failure.Reason.STORE
            note_failure(one.container, object_id="", reason=reason, message=str(problem), now=work.clock())
        item_endings.fail(work.run_item, work.claim, str(problem), now=work.clock())


def containers_of(run_item: RunItem) -> list[RunContainer]:
    """Return the parts of an item in its run, made when it is begun."""
    item, policy = run_item.item, Policy.objects.get(organization=run_item.item.organization_id)
    for kind in kinds_of(item, policy):
        container, _ = Container.objects.get_or_create(
            item=item,
            kind=kind.value,
            defaults={
                "organization_id": item.organization_id,
                "connection": item.connection,
                "account": account_of(item, kind),
            },
        )
        RunContainer.objects.get_or_create(run_item=run_item, container=container)
    return list(run_item.run_containers.select_related("container").order_by("pk"))


class _Work:
    """One slice of an item."""

    def __init__(self, run_item: RunItem, claim: Claim, clock: Callable[[], datetime], ends_at: datetime) -> None:
        self.run_item, self.claim, self.clock, self.ends_at = run_item, claim, clock, ends_at
        self.is_careful = claim.attempts > 1
        left_out = Failure.objects.filter(
            container__item=run_item.item_id, reason=Failure.Reason.POISON, closed_at=None
        )
        self.poison = set(left_out.filter(next_try_at__gt=clock()).values_list("object_id", flat=True))
        self.new_poison = self._convict()

    def check(self) -> None:
        """Raise `Cancelled` or `SliceOver` when it is time to stop."""
        if Run.objects.filter(pk=self.run_item.run_id, cancel_asked_at__isnull=False).exists():
            raise Cancelled
        if self.clock() >= self.ends_at:
            raise SliceOver

    def take_in_hand(self, object_id: str) -> None:
        """Note that an object is in hand, so that whoever comes after this worker knows what stopped it."""
        RunItem.objects.filter(pk=self.run_item.pk).update(in_hand=object_id)

    def lay_down(self) -> None:
        """Note that nothing is in hand: what ended this slice was no object."""
        RunItem.objects.filter(pk=self.run_item.pk).exclude(in_hand="").update(in_hand="")

    def _convict(self) -> set[str]:
        """Return the object that two workers in a row had in hand when they died; after one it is only suspected."""
        in_hand = self.run_item.in_hand
        if not self.is_careful or not in_hand:
            return set()
        is_guilty = in_hand == self.run_item.suspected
        RunItem.objects.filter(pk=self.run_item.pk).update(in_hand="", suspected="" if is_guilty else in_hand)
        return {in_hand} if is_guilty else set()


def _copy(work: _Work, sleep: Callable[[float], None], connectors: Connectors) -> None:
    run_item, clock = work.run_item, work.clock
    connection = run_item.run.connection
    work.check()
    vault = vault_of(connection.organization, now=clock())
    with graph_of(connection, now=clock(), clock=clock, sleep=sleep) as (graph, _):
        readers = connectors(graph)
        around = Surroundings(
            vault=vault,
            claim=work.claim,
            clock=clock,
            requests=lambda: graph.http.requests,
            check=work.check,
            poison=frozenset(work.poison),
            new_poison=frozenset(work.new_poison),
            take_in_hand=work.take_in_hand if work.is_careful else None,
        )
        for one in containers_of(run_item):
            if one.state in _OPEN:
                work.check()
                _copy_container(one, readers[one.container.kind], run_item, around)


def _copy_container(one: RunContainer, connector: Connector, run_item: RunItem, around: Surroundings) -> None:
    begin_pass(one, now=around.clock())
    try:
        Pass(connector, source_of(run_item.item), one, around).run()
    except NotThere:
        item_endings.end_container(one, RunContainer.State.NOT_AVAILABLE, now=around.clock())
    except ConnectorError as problem:
        if concerns_more_than_one(problem):
            raise
        with transaction.atomic():
            facts = {"message": str(problem), "code": problem.code, "request_id": problem.request_id}
            note_failure(one.container, object_id="", reason=reason_of(problem), now=around.clock(), **facts)
            item_endings.end_container(one, RunContainer.State.FAILED, problem=str(problem), now=around.clock())
    else:
        item_endings.end_container(one, RunContainer.State.SUCCESS, now=around.clock())


def _begin(run_item_id: int, now: datetime) -> RunItem | None:
    """Return the item to copy, or None where its run ended meanwhile."""
    found = RunItem.objects.select_related("run__connection__organization", "item__connection")
    run_item = found.get(pk=run_item_id)
    if not run_item.run.is_open or run_item.ended_at is not None:
        return None
    if run_item.run.connection.state == ConnectionState.DISCONNECTED:
        Run.objects.filter(pk=run_item.run_id, cancel_asked_at=None).update(
            cancel_asked_at=now, cancelled_by="The connection was ended"
        )
    run_item.started_at = run_item.started_at or now
    run_item.state, run_item.waits_until = RunItem.State.RUNNING, None
    run_item.save(update_fields=["started_at", "state", "waits_until"])
    return run_item
