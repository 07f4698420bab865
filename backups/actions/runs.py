"""Beginning a backup and calling one off."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from backups.models import Run
from jobs.requests import request_job
from organizations.models import Connection, Item, Organization
from organizations.models.organization import READABLE


class RunProblem(Exception):
    """A backup cannot begin, or not be called off, now; the message says why and what to do.

    RunAlreadyOpen   one goes on already, and it copies what a second one would
    NotReadable      the service does not let us in
    NothingChosen    no account is protected
    BeingDeleted     what is backed up of the client is being deleted, or was
    RunIsOver        it ended meanwhile
    """


class RunAlreadyOpen(RunProblem):
    pass


class NotReadable(RunProblem):
    pass


class NothingChosen(RunProblem):
    pass


class BeingDeleted(RunProblem):
    pass


class RunIsOver(RunProblem):
    pass


@transaction.atomic
def start_run(
    *, connection: Connection, trigger: str, actor: User | str | None, now: datetime, item: Item | None = None
) -> Run:
    """Ask for a backup of everything that is protected at ``connection``, or of ``item`` alone, and return it.

    ``actor`` is None for the schedule, whose beginnings are not written down one by one. Raises `RunAlreadyOpen`,
    `NotReadable`, `NothingChosen` and `BeingDeleted`.
    """
    Organization.objects.select_for_update().get(pk=connection.organization_id)
    connection = Connection.objects.select_for_update(of=("self",)).select_related("organization").get(pk=connection.pk)
    _refuse_what_cannot_be(connection, item)
    try:
        with transaction.atomic():
            run = Run.objects.create(
                organization=connection.organization,
                connection=connection,
                item=item,
                trigger=trigger,
                requested_by=str(actor or "")[:200],
                requested_at=now,
            )
    except IntegrityError as problem:
        raise RunAlreadyOpen("A backup is under way already. It copies what this one would have copied.") from problem
    request_job("begin_run", subject_id=run.pk, at=now, key=f"begin_run:{run.pk}")
    if actor is not None:
        _record("run.requested", run, actor, now)
    return run


@transaction.atomic
def cancel_run(*, run: Run, actor: User | str, now: datetime) -> Run:
    """Call a backup off: it stops at its next safe place, and what it copied stays. Raises `RunIsOver`."""
    Organization.objects.select_for_update().get(pk=run.organization_id)
    run = Run.objects.select_for_update(of=("self",)).select_related("organization", "item").get(pk=run.pk)
    if not run.is_open:
        raise RunIsOver(f"This backup ended already: {run.get_state_display().lower()}. What it copied stays.")
    if run.cancel_asked_at is None:
        run.cancel_asked_at, run.cancelled_by = now, str(actor)[:200]
        run.save(update_fields=["cancel_asked_at", "cancelled_by"])
        request_job("end_run", subject_id=run.pk, at=now, key=f"end_run:{run.pk}")
        _record("run.cancelled", run, actor, now)
    return run


def _refuse_what_cannot_be(connection: Connection, item: Item | None) -> None:
    organization = connection.organization
    if organization.erased_at is not None:
        raise BeingDeleted(
            f"Everything that was backed up of {organization} is being deleted for good, or was, keys and all."
            " To back it up again, add it as a new organization."
        )
    if connection.state not in READABLE:
        raise NotReadable(
            f"{connection.get_service_display()} does not let us in: {connection.get_state_display().lower()}. "
            "What was saved stays. Partner staff authorize it again under Settings, Connection."
        )
    protected = Item.objects.protected().filter(connection=connection)
    if item is not None and not protected.filter(pk=item.pk).exists():
        raise NothingChosen(f"{item} is not protected. Protect it under Accounts, then it is backed up.")
    if not protected.exists():
        raise NothingChosen("No account is protected yet. Choose who and what is under Accounts.")


def _record(action: str, run: Run, actor: User | str, now: datetime) -> None:
    audit.record(
        action,
        partner_id=run.organization.partner_id,
        organization_id=run.organization_id,
        actor=actor,
        target=run.organization,
        at=now,
        details={"what": str(run.item) if run.item_id else "everything that is protected"},
    )
