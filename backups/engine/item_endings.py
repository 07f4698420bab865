"""How a container, an item and a run end, and what is written of it: statuses, snapshots, figures, the log.

Whoever ends an item holds the organization's row and the run's, in this order, and the audit chain last.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Count, Max, Sum

from backups.engine.indexing import request_indexing
from backups.engine.look import lock_organization
from backups.engine.standing import (
    note_of_organization,
    state_of_run,
    status_of_item,
    status_of_organization,
    with_today,
)
from backups.models import Container, Failure, Run, RunContainer, RunItem, Snapshot
from backups.vault import lookups
from jobs.claims import Claim
from jobs.requests import request_job
from notifications.models import WebhookEvent
from organizations.actions import schedule_log, webhook_events
from organizations.actions.connections import note_access_lost
from organizations.models import Item, Organization
from organizations.models.organization import BackupStatus

# So many items of one run are under way or waiting for a worker at once: no client fills the queue.
AT_ONCE = 4
_FIGURES = ("added", "changed", "removed", "unchanged", "failed", "bytes_read", "requests")
_State, _Status = RunContainer.State, Container.Status


@transaction.atomic
def end_container(one: RunContainer, state: str, *, now: datetime, problem: str = "") -> None:
    """End one kind of an item in a run; SUCCESS becomes PARTIAL where failures are open."""
    container = Container.objects.select_for_update().get(pk=one.container_id)
    if state == _State.SUCCESS:
        open_failures = Failure.objects.counting().filter(container=container).count()
        if open_failures:
            state = _State.PARTIAL
            problem = f"{open_failures:,} could not be saved; everything else is."
    was, is_first = container.status, container.completed_at is None and state in (_State.SUCCESS, _State.PARTIAL)
    container.status, container.problem, container.last_tried_at = _status(container, state), problem[:300], now
    if is_first:
        container.completed_at = now
    if state == _State.SUCCESS:
        container.last_good_at = now
    container.save(update_fields=["status", "problem", "last_tried_at", "completed_at", "last_good_at"])
    one.state, one.problem, one.ended_at, one.current = state, problem[:300], now, ""
    one.save(update_fields=["state", "problem", "ended_at", "current"])
    if is_first:
        _tell(container, "container.completed", now)
    elif state == _State.FAILED and was == _Status.NEVER:
        _tell(container, "container.failed", now, reason=problem)
    elif state == _State.NOT_AVAILABLE and was != _Status.NOT_AVAILABLE and container.objects_kept:
        _tell(container, "container.gone", now)


def _status(container: Container, state: str) -> str:
    if state == _State.NOT_AVAILABLE:
        return _Status.NOT_AVAILABLE
    if state == _State.FAILED:
        return _Status.FAILED if container.completed_at else _Status.ONBOARDING
    return _Status.SUCCESS if state == _State.SUCCESS else _Status.PARTIAL


@transaction.atomic
def complete(run_item: RunItem, claim: Claim, *, now: datetime) -> None:
    """End an item all of whose kinds have ended: a snapshot, its figures, the next item, maybe the run."""
    lock_organization(run_item.run.connection)
    if RunItem.objects.filter(pk=run_item.pk).exclude(ended_at=None).exists():
        # The run lost its access meanwhile, and said so of all its items.
        claim.finish()
        return
    parts = list(run_item.run_containers.select_related("container"))
    failed = bool(parts) and all(one.state in (_State.FAILED, _State.NOT_AVAILABLE) for one in parts)
    failed = failed and any(one.state == _State.FAILED for one in parts)
    if not failed:
        _take_snapshot(run_item, parts, now)
    _end_item(run_item, RunItem.State.FAILED if failed else RunItem.State.DONE, now)
    claim.finish()


@transaction.atomic
def fail(run_item: RunItem, claim: Claim, reason: str, *, now: datetime) -> None:
    """End an item that could not be copied, whatever of it was; the run goes on with the others."""
    lock_organization(run_item.run.connection)
    give_up(run_item, reason, now=now)
    claim.finish()


def give_up(run_item: RunItem, reason: str, *, now: datetime) -> None:
    """End an item with a reason, in the caller's transaction."""
    _end_parts(run_item, _State.FAILED, reason, now)
    _end_item(run_item, RunItem.State.FAILED, now, problem=reason)


@transaction.atomic
def cancel(run_item: RunItem, claim: Claim, *, now: datetime) -> None:
    """End an item of a run that was called off."""
    lock_organization(run_item.run.connection)
    _end_parts(run_item, _State.CANCELLED, "", now)
    _end_item(run_item, RunItem.State.CANCELLED, now)
    claim.finish()


@transaction.atomic
def lose_access(run_item: RunItem, claim: Claim, reason: str, *, now: datetime) -> None:
    """End an item, and with it the run, because the client's service does not let us in any more."""
    lock_organization(run_item.run.connection)
    note_access_lost(connection=run_item.run.connection, reason=reason, now=now)
    Run.objects.filter(pk=run_item.run_id).update(problem=reason[:300])
    for one in RunItem.objects.filter(run=run_item.run_id, ended_at=None).exclude(pk=run_item.pk):
        _end_parts(one, _State.FAILED, reason, now)
    RunItem.objects.filter(run=run_item.run_id, ended_at=None).exclude(pk=run_item.pk).update(
        state=RunItem.State.FAILED, ended_at=now
    )
    give_up(run_item, reason, now=now)
    claim.finish()


def _end_parts(run_item: RunItem, state: str, reason: str, now: datetime) -> None:
    for one in run_item.run_containers.select_related("container").filter(ended_at=None):
        if state == _State.FAILED:
            end_container(one, state, problem=reason, now=now)
        else:
            one.state, one.ended_at, one.current = state, now, ""
            one.save(update_fields=["state", "ended_at", "current"])


def _end_item(run_item: RunItem, state: str, now: datetime, *, problem: str = "") -> None:
    RunItem.objects.filter(pk=run_item.pk).update(state=state, ended_at=now, waits_until=None, in_hand="")
    write_item(run_item.item_id)
    run = Run.objects.select_for_update().get(pk=run_item.run_id)
    run.items_done = run.run_items.exclude(ended_at=None).count()
    run.problem = run.problem or problem[:300]
    run.save(update_fields=["items_done", "problem"])
    request_indexing(run.organization, now=now)
    if run.cancel_asked_at is None and dispatch(run, now=now):
        # The client's page shows it move; the day's letter is written at the end.
        write_organization(run.organization, now=now, is_running=True)
        return
    end_if_over(run, now=now)


def dispatch(run: Run, *, now: datetime) -> int:
    """Ask for jobs for the next items of a run, as long as few are under way; return how many are open then."""
    waiting = run.run_items.filter(state=RunItem.State.WAITING, is_dispatched=False).order_by("position", "pk")
    under_way = run.run_items.filter(is_dispatched=True, ended_at=None).count()
    for one in list(waiting[: max(AT_ONCE - under_way, 0)]):
        RunItem.objects.filter(pk=one.pk).update(is_dispatched=True)
        request_job("backup_item", subject_id=one.pk, at=now, key=f"backup_item:{one.item_id}")
        under_way += 1
    return under_way


def end_if_over(run: Run, *, now: datetime) -> bool:
    """End a run none of whose items is under way any more; ``run`` is locked. Return whether it ended."""
    if not run.is_open:
        return True
    if run.cancel_asked_at is not None:
        run.run_items.filter(ended_at=None, state=RunItem.State.WAITING).update(
            state=RunItem.State.CANCELLED, ended_at=now
        )
    if run.run_items.filter(ended_at=None).exists():
        return False
    end_run(run, now=now)
    return True


def end_run(run: Run, *, now: datetime, state: str | None = None) -> None:
    """Write how a run ended: its figures, the organization's standing, a line in the log."""
    parts = RunContainer.objects.filter(run_item__run=run)
    sums = parts.aggregate(**{name: Sum(name) for name in _FIGURES})
    states = set(parts.values_list("state", flat=True).distinct())
    if run.run_items.filter(state=RunItem.State.FAILED).exists():
        states.add(_State.FAILED)
    run.state = state or (Run.State.CANCELLED if run.cancel_asked_at else state_of_run(states))
    run.ended_at = now
    for name, value in sums.items():
        setattr(run, name, value or 0)
    run.items_done = run.run_items.exclude(ended_at=None).count()
    run.save()
    write_organization(run.organization, now=now)
    _record_end(run, now)


def write_organization(organization: Organization, *, now: datetime, is_running: bool = False) -> None:
    """Write how an organization stands into its own row, from which the board is read."""
    row = Organization.objects.select_for_update().get(pk=organization.pk)
    protected = Item.objects.protected().filter(organization=row)
    counts = dict(protected.order_by().values_list("backup_status").annotate(number=Count("pk")))
    status = status_of_organization(counts, is_running=is_running)
    row.backup_status, row.backup_note = status, note_of_organization(counts)[:200]
    if not is_running:
        today = now.date()
        row.days = with_today(row.days, row.days_until, today=today, status=status)
        row.days_until = max(today, row.days_until or today)
        if status == BackupStatus.SUCCESS:
            row.last_good_at = now
    row.stored_bytes = Container.objects.filter(organization=row).aggregate(sum=Sum("bytes_kept"))["sum"] or 0
    names = ["backup_status", "backup_note", "days", "days_until", "last_good_at", "stored_bytes"]
    row.save(update_fields=names)


def write_item(item_id: int) -> None:
    """Write how an item stands, by its containers, into its own row."""
    containers = Container.objects.filter(item=item_id)
    found = containers.aggregate(stored=Sum("bytes_kept"))
    statuses = list(containers.values_list("status", flat=True))
    status = status_of_item(statuses)
    values = {"backup_status": status, "stored_bytes": max(found["stored"] or 0, 0)}
    if status == BackupStatus.SUCCESS:
        values["last_good_at"] = containers.aggregate(good=Max("last_tried_at"))["good"]
    Item.objects.filter(pk=item_id).update(**values)


def _take_snapshot(run_item: RunItem, parts: list[RunContainer], now: datetime) -> None:
    item = run_item.item
    kept = Container.objects.filter(item=item).aggregate(objects=Sum("objects_kept"), bytes=Sum("bytes_kept"))
    Snapshot.objects.get_or_create(
        run=run_item.run,
        item=item,
        defaults={
            "organization_id": item.organization_id,
            "commit": lookups.head(item.organization.uuid)[0],
            "taken_at": now,
            "kinds": sorted(one.container.kind for one in parts if one.state in (_State.SUCCESS, _State.PARTIAL)),
            "objects_kept": kept["objects"] or 0,
            "bytes_kept": kept["bytes"] or 0,
            "failures": Failure.objects.open().filter(container__item=item).count(),
        },
    )


def _tell(container: Container, action: str, now: datetime, **more: str) -> None:
    organization = container.organization
    facts = {"kind": container.get_kind_display(), "name": str(container.item), "objects": container.objects_kept}
    schedule_log.note(action, organization, facts | more, at=now)


def _record_end(run: Run, now: datetime) -> None:
    action = {Run.State.FAILED: "run.failed", Run.State.CANCELLED: "run.stopped"}.get(run.state, "run.completed")
    what = str(run.item) if run.item_id else f"{run.items_done:,} accounts"
    details = {"what": what, "how": run.get_state_display().lower(), "added": run.added, "changed": run.changed}
    details |= {"removed": run.removed, "failed": run.failed, "reason": run.problem or "see the backup’s page"}
    schedule_log.note(action, run.organization, details, at=now)
    if run.state == Run.State.FAILED:
        facts = {
            "id": str(run.uuid), "what": what, "problem": run.problem, "requested_at": run.requested_at,
            "ended_at": now, "url": webhook_events.page("backups:run_detail", run.organization, run.uuid),
        }  # fmt: skip
        webhook_events.publish(WebhookEvent.RUN_FAILED, run.organization, {"run": facts}, at=now)
