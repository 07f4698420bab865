"""Asking for a restore: a plan that is counted first, its start, a pause, going on, and calling it off."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import audit
from accounts.models import User
from backups.actions.restore_agreement import refuse_alone
from backups.actions.restore_refusals import (
    NotCountedYet,
    NothingToRestore,
    RestoreIsOver,
    folder_name,
    head_of,
    refuse_choice,
    refuse_target,
    refuse_what_is_being_deleted,
    refuse_what_is_not_kept,
    refuse_what_was_deleted,
    refuse_without_consent,
)
from backups.engine.restore_endings import COUNT_KIND, KIND
from backups.models import Container, Restore, RestoreContainer, RestoreObject, Snapshot
from backups.models.restore import TRIED_AGAIN
from jobs.models import Job
from jobs.requests import request_job
from organizations.models import Item, Organization


@dataclass(frozen=True)
class Chosen:
    """What is wanted of one container: everything, or feeds and folders by their ids with all below them, or objects,
    each by its id in the vault and the commit its version begins with.
    """

    container: Container
    feeds: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    objects: tuple[tuple[UUID, int], ...] = ()

    def as_json(self) -> dict:
        """Return it as a row keeps it."""
        objects = [[str(one), commit] for one, commit in self.objects]
        whole = {"feeds": list(self.feeds), "folders": list(self.folders), "objects": objects}
        return {name: value for name, value in whole.items() if value}


@dataclass(frozen=True)
class Wishes:
    """How it is put back. ``folder`` None stands for a folder that says today's date, "" for the original place."""

    folder: str | None = None
    conflict: str = Restore.Conflict.SKIP
    sharing: bool = False
    notifies: bool = False
    as_messages: bool = False


@transaction.atomic
def plan_restore(
    *,
    source: Item,
    chosen: Sequence[Chosen],
    actor: User | str,
    now: datetime,
    target: Item | None = None,
    snapshot: Snapshot | None = None,
    wishes: Wishes = Wishes(),
) -> Restore:
    """Write down what somebody wants to have restored and have it counted; nothing is written at the service.

    It shows the moment of ``snapshot``, without one what was saved last. ``actor`` is a word for an operator. Raises
    every `RestoreProblem` but `NotCountedYet` and `RestoreIsOver`.
    """
    refuse_what_is_not_kept(source, snapshot)
    target = target or source
    refuse_choice(source, chosen, is_elsewhere=source.pk != target.pk)
    refuse_target(source, target)
    refuse_without_consent(source.connection, [one.container.kind for one in chosen])
    restore = Restore.objects.create(
        organization=source.organization,
        connection=source.connection,
        **_asked_by(actor),
        requested_at=now,
        what=_words(source, chosen)[:300],
        source=source,
        target=target,
        snapshot=snapshot,
        commit=snapshot.commit if snapshot else head_of(source.organization),
        as_of=snapshot.taken_at if snapshot else None,
        **asdict(wishes) | {"folder": folder_name(wishes.folder, now)},
    )
    RestoreContainer.objects.bulk_create(
        RestoreContainer(restore=restore, container=one.container, position=position, selection=one.as_json())
        for position, one in enumerate(chosen)
    )
    _request_count(restore, now)
    _record("restore.planned", restore, actor, now)
    return restore


def _asked_by(actor: User | str) -> dict:
    if isinstance(actor, User):
        return {"trigger": Restore.Trigger.PERSON, "person": actor, "requested_by": _name(actor)}
    return {"trigger": Restore.Trigger.OPERATOR, "person": None, "requested_by": _name(actor)}


@transaction.atomic
def start_restore(*, restore: Restore, actor: User | str, now: datetime) -> Restore:
    """Begin a restore that was counted. One that was counted long ago is counted again and then begins by itself.

    Starting twice changes nothing. Raises `NotCountedYet`, `NothingToRestore`, `NeedsSecondPerson`,
    `NoConsentToWrite`, `TargetGone`, `RestoreIsOver`, `BeingDeleted`.
    """
    restore = _locked(restore, with_client=True)
    if restore.started_at is not None and not restore.has_ended:
        return restore
    if restore.has_ended:
        raise RestoreIsOver(f"This restore ended already: {restore.get_state_display().lower()}. Plan a new one.")
    if restore.state == Restore.State.COUNTING:
        raise NotCountedYet("What there is to restore is still being counted. Nothing was begun; it takes a moment.")
    if not restore.to_restore:
        raise NothingToRestore("Everything is there already. Nothing was begun.")
    refuse_what_is_being_deleted(restore.source)
    refuse_alone(restore, actor, now=now)
    _refuse_what_is_not_allowed(restore)
    restore.started_at = now
    _send_off(restore, now)
    _record("restore.started", restore, actor, now, objects=restore.to_restore)
    return restore


@transaction.atomic
def pause_restore(*, restore: Restore, actor: User | str, now: datetime) -> Restore:
    """Have a restore stop at its next safe place until somebody goes on. Raises `RestoreIsOver`."""
    restore = _locked(restore)
    if restore.state not in (Restore.State.QUEUED, Restore.State.RUNNING):
        raise RestoreIsOver(f"There is nothing to pause: {restore.get_state_display().lower()}.")
    if restore.pause_asked_at is None:
        restore.pause_asked_at, restore.stopped_by = now, _name(actor)
        restore.save(update_fields=["pause_asked_at", "stopped_by"])
        _wake(restore, now)
        _record("restore.paused", restore, actor, now)
    return restore


@transaction.atomic
def resume_restore(*, restore: Restore, actor: User | str, now: datetime) -> Restore:
    """Go on with a restore that is paused, or that ended with objects left; nothing is restored twice.

    What did not fit or found no place is tried again. Raises `RestoreIsOver`, `NeedsSecondPerson`,
    `NoConsentToWrite`, `TargetGone`, `BeingDeleted`.
    """
    restore = _locked(restore, with_client=True)
    refuse_what_was_deleted(restore)
    if restore.state == Restore.State.RUNNING and restore.pause_asked_at is not None:
        # It has not stopped yet, and need not.
        restore.pause_asked_at = None
        restore.save(update_fields=["pause_asked_at"])
        return restore
    again = RestoreObject.objects.filter(part__restore=restore, state="FAILED", code__in=TRIED_AGAIN)
    has_again = restore.has_ended and restore.started_at is not None and again.exists()
    if not (restore.can_go_on or has_again):
        raise RestoreIsOver(f"There is nothing to go on with: {restore.get_state_display().lower()}.")
    if not restore.was_counted_lately(now):
        # It is counted again, and may then replace what nobody has agreed to.
        refuse_alone(restore, actor, now=now)
    _refuse_what_is_not_allowed(restore)
    if has_again:
        _take_up_again(restore, again)
    restore.parts.exclude(state="DONE").update(state="WAITING", ended_at=None, problem="")
    restore.ended_at = restore.pause_asked_at = restore.cancel_asked_at = None
    restore.problem, restore.pace = "", []
    if isinstance(actor, User):
        # From now on it is this person's right that counts, and this person who is told of the end.
        restore.person, restore.trigger = actor, Restore.Trigger.PERSON
    _send_off(restore, now)
    _record("restore.resumed", restore, actor, now)
    return restore


@transaction.atomic
def cancel_restore(*, restore: Restore, actor: User | str, now: datetime) -> Restore:
    """Call a restore off: it stops at its next safe place, and what it put back stays. Raises `RestoreIsOver`."""
    restore = _locked(restore)
    if restore.has_ended:
        raise RestoreIsOver(f"This restore ended already: {restore.get_state_display().lower()}. What it made stays.")
    if restore.cancel_asked_at is not None:
        return restore
    restore.cancel_asked_at, restore.stopped_by = now, _name(actor)
    if restore.started_at is None:
        # Nothing was written, so there is nothing to stop.
        restore.state, restore.ended_at = Restore.State.CANCELLED, now
        restore.parts.update(state="CANCELLED", ended_at=now)
    restore.save(update_fields=["cancel_asked_at", "stopped_by", "state", "ended_at"])
    if not restore.has_ended:
        _wake(restore, now)
    _record("restore.cancelled", restore, actor, now)
    return restore


def _words(source: Item, chosen: Sequence[Chosen]) -> str:
    """Return what is restored in words, such as "Mail and Calendar of Lena Vogt"."""
    objects = sum(len(one.objects) for one in chosen)
    if objects and not any(one.feeds or one.folders for one in chosen):
        return f"{objects:,} {'object' if objects == 1 else 'objects'} of {source}"
    kinds = [one.container.get_kind_display() for one in chosen]
    words = " and ".join(filter(None, (", ".join(kinds[:-1]), kinds[-1])))
    is_whole = not any(one.as_json() for one in chosen)
    return f"{words if is_whole else f'Folders of {words}'} of {source}"


def _refuse_what_is_not_allowed(restore: Restore) -> None:
    refuse_target(restore.source, restore.target)
    refuse_without_consent(restore.connection, list(restore.parts.values_list("container__kind", flat=True)))


def _send_off(restore: Restore, now: datetime) -> None:
    """Let a worker begin or go on, counting first where that was done too long ago."""
    is_fresh = restore.was_counted_lately(now)
    restore.state = Restore.State.QUEUED if is_fresh else Restore.State.COUNTING
    restore.starts_when_counted = not is_fresh
    restore.save()
    if is_fresh:
        request_job(KIND, subject_id=restore.pk, at=now, key=f"{KIND}:{restore.pk}")
    else:
        restore.parts.update(compared=[])
        _request_count(restore, now)


def _take_up_again(restore: Restore, again) -> None:
    """Let objects wait again that ended with what has passed meanwhile."""
    for part in restore.parts.all():
        number = again.filter(part=part).update(state="WAITING", problem="", code="", may_be_made=True)
        RestoreContainer.objects.filter(pk=part.pk).update(failed=part.failed - number)
        restore.failed -= number


def _request_count(restore: Restore, now: datetime) -> None:
    request_job(COUNT_KIND, subject_id=restore.pk, at=now, key=f"{COUNT_KIND}:{restore.pk}")


def _wake(restore: Restore, now: datetime) -> None:
    """Let a job look at its restore now, though it may wait for the provider."""
    mine = Job.objects.filter(kind__in=[KIND, COUNT_KIND], subject_id=restore.pk)
    # A job that is done right now looks by itself; its row is not waited for, as its worker may wait for ours.
    if mine.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).exists():
        mine.filter(state=Job.State.QUEUED, not_before__gt=now).update(not_before=now)
    else:
        request_job(KIND, subject_id=restore.pk, at=now, key=f"{KIND}:{restore.pk}")


def _locked(restore: Restore, *, with_client: bool = False) -> Restore:
    if with_client:
        # The last look of a deletion waits here, or was taken; so does a rule that lets older versions go.
        Organization.objects.select_for_update().get(pk=restore.organization_id)
    found = Restore.objects.select_for_update(of=("self",))
    row = found.select_related("organization", "connection", "source", "target").filter(pk=restore.pk).first()
    if row is None:
        # Nobody started it within a day, or what it was to put back was deleted.
        raise RestoreIsOver("This restore is not there any more. Nothing was begun; plan a new one.")
    return row


def _name(actor: User | str) -> str:
    return str((actor.full_name or actor.email) if isinstance(actor, User) else actor)[:200]


def _record(action: str, restore: Restore, actor: User | str, now: datetime, **details) -> None:
    audit.record(
        action,
        partner_id=restore.organization.partner_id,
        organization_id=restore.organization_id,
        actor=actor,
        target=restore.organization,
        at=now,
        details={"what": restore.what, "to": str(restore.target), **details},
    )
