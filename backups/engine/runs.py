"""How a run begins, who comes first in it, and what becomes of one that nobody goes on with."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from backups.engine import item_endings
from backups.engine.look import lock_organization
from backups.models import Run, RunItem
from backups.vault.configured import has_store
from jobs.claims import Claim
from jobs.models import Job
from organizations.actions import schedule_log
from organizations.actions.connections import request_discovery_of
from organizations.models import Connection, Item
from organizations.models.organization import READABLE

# A look that ended so long before a run is new enough for it.
FRESH = timedelta(minutes=10)
# Whoever looks for longer is not waited for; what is known already is copied.
LOOKS_FOR = timedelta(minutes=30)
_POLL = timedelta(seconds=5)
# The same by counting: a clock that was set back would make us wait for as long.
_POLLS = LOOKS_FOR // _POLL
_AT_ONCE = 100
_NO_STORE = (
    "This installation has no place for backups yet: VAULT_STORE is not set. Nothing was copied. This is for the"
    " operator of Portico to repair."
)


@transaction.atomic
def begin_run(run_id: int, claim: Claim, *, now: datetime) -> None:
    """Look first who and what is there, then line the items up and ask for the first jobs."""
    run = Run.objects.select_related("connection__organization", "item").get(pk=run_id)
    lock_organization(run.connection)
    run = Run.objects.select_for_update(of=("self",)).select_related("connection__organization", "item").get(pk=run_id)
    if run.state not in (Run.State.QUEUED, Run.State.LOOKING):
        return
    if run.cancel_asked_at is None and (refusal := _refusal(run)):
        run.problem = refusal
        item_endings.end_run(run, now=now, state=Run.State.FAILED)
    elif run.cancel_asked_at is not None:
        item_endings.end_run(run, now=now)
    elif run.item_id is None and claim.postponements < _POLLS and _has_to_look(run, now):
        Run.objects.filter(pk=run.pk).update(state=Run.State.LOOKING, started_at=run.started_at or now)
        claim.try_again(after=_POLL, because="Looking for new accounts first.")
        return
    else:
        _line_up(run, now)
    claim.finish()


@transaction.atomic
def end_run(run_id: int, claim: Claim, *, now: datetime) -> None:
    """End a run that was called off, as far as nobody is at work on it; those who are stop by themselves."""
    run = Run.objects.select_related("connection").get(pk=run_id)
    lock_organization(run.connection)
    run = Run.objects.select_for_update(of=("self",)).select_related("organization", "item").get(pk=run_id)
    if run.is_open and run.state == Run.State.RUNNING:
        item_endings.end_if_over(run, now=now)
    claim.finish()


def end_abandoned_items(now: datetime) -> int:
    """Give up items whose job was given up or is not there, and return how many; their runs go on without them."""
    open_jobs = Job.objects.filter(
        kind="backup_item", subject_id=OuterRef("pk"), state__in=[Job.State.QUEUED, Job.State.RUNNING]
    )
    lost = RunItem.objects.filter(is_dispatched=True, ended_at=None).filter(~Exists(open_jobs))
    return sum(_give_up(pk, now) for pk in list(lost.values_list("pk", flat=True)[:_AT_ONCE]))


@transaction.atomic
def _give_up(run_item_id: int, now: datetime) -> bool:
    run_item = RunItem.objects.select_related("run__connection", "item").get(pk=run_item_id)
    lock_organization(run_item.run.connection)
    run_item.refresh_from_db(fields=["ended_at"])
    open_jobs = Job.objects.filter(kind="backup_item", subject_id=run_item_id)
    if run_item.ended_at is not None or open_jobs.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).exists():
        return False
    newest = open_jobs.order_by("-pk").first()
    if newest is None:
        # Another job copied the same item when this one was asked for; now it is its turn.
        RunItem.objects.filter(pk=run_item_id).update(is_dispatched=False)
        return bool(item_endings.dispatch(run_item.run, now=now))
    reason = newest.failure.partition(": ")[2] or "Copying broke off several times and was given up."
    item_endings.give_up(run_item, f"{reason[:200]} What was copied so far stays.", now=now)
    return True


def _refusal(run: Run) -> str:
    """Return why a run cannot begin, in a sentence, or ""."""
    if run.connection.state not in READABLE:
        return run.connection.problem or f"{run.connection.get_service_display()} does not let us in."
    return "" if has_store() else _NO_STORE


def _has_to_look(run: Run, now: datetime) -> bool:
    """Ask for a look where none is new enough; return whether one has to be waited for."""
    connection, asked_at = run.connection, run.requested_at
    if now - asked_at >= LOOKS_FOR:
        return False
    if connection.is_looking:
        return True
    if connection.discovered_at and connection.discovered_at >= asked_at - FRESH:
        return False
    if connection.discovery == Connection.Discovery.FAILED and (connection.discovery_started_at or now) >= asked_at:
        # It was tried for this run; what is known already is copied.
        return False
    request_discovery_of(connection, now=now)
    return True


def _line_up(run: Run, now: datetime) -> None:
    items = Item.objects.protected().filter(connection=run.connection, is_being_deleted=False)
    if run.item_id:
        items = items.filter(pk=run.item_id)
    # Who was never saved comes first, then who waits longest.
    ordered = items.order_by(F("last_good_at").asc(nulls_first=True), "pk").values_list("pk", flat=True)
    rows = [RunItem(run=run, item_id=pk, position=position) for position, pk in enumerate(ordered)]
    RunItem.objects.bulk_create(rows, batch_size=1000)
    run.state, run.started_at, run.items_total = Run.State.RUNNING, run.started_at or now, len(rows)
    run.save(update_fields=["state", "started_at", "items_total"])
    _record_start(run, now)
    item_endings.write_organization(run.organization, now=now, is_running=True)
    if not item_endings.dispatch(run, now=now):
        item_endings.end_if_over(run, now=now)


def _record_start(run: Run, now: datetime) -> None:
    schedule_log.note(
        "run.started",
        run.organization,
        {"what": str(run.item) if run.item_id else f"{run.items_total:,} accounts"},
        at=now,
    )
