"""Asking for an export, calling one off, and noting what was fetched."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import audit
from accounts.models import User
from backups.engine.deletion_checks import is_being_deleted
from backups.engine.export_endings import KIND
from backups.engine.notes import object_id_in, read_note
from backups.models import Container, Export, ExportPart, ExportVolume, Snapshot
from backups.vault import lookups, points
from backups.vault.errors import KeyDestroyed
from jobs.requests import request_job
from organizations.models import Organization

MOST_CHOSEN = 10_000
# Of one client at a time: nobody fills the store, or the queue, with copies.
MOST_OPEN = 5


class ExportProblem(Exception):
    """An export cannot begin, or not be called off, now; the message says why and what to do.

    NothingToExport  nothing of what was asked for is in the backup
    NotOfThisClient  an object is not one of this client
    TooMuchAtOnce    more objects than one selection takes, or more exports than one client gets at a time
    BeingDeleted     what was asked for is being deleted for good
    ExportIsOver     it ended meanwhile
    """


class NothingToExport(ExportProblem):
    pass


class NotOfThisClient(ExportProblem):
    pass


class TooMuchAtOnce(ExportProblem):
    pass


class BeingDeleted(ExportProblem):
    pass


class ExportIsOver(ExportProblem):
    pass


@dataclass(frozen=True)
class Wanted:
    """What somebody wants of one container: everything as of ``commit`` (None: now), one feed of it, or ``chosen``
    objects, each by its id in the vault and the commit its version begins with.
    """

    container: Container
    commit: int | None = None
    feed_key: str = ""
    chosen: tuple[tuple[UUID, int], ...] = ()


@dataclass(frozen=True)
class Amount:
    """How much an export will bring, as far as can be told."""

    objects: int
    bytes: int


@transaction.atomic
def draft_export(
    *,
    organization: Organization,
    wanted: Sequence[Wanted],
    what: str,
    actor: User,
    now: datetime,
    as_of: datetime | None = None,
    form: str = Export.Form.ZIP,
    mail_format: str = Export.MailFormat.EML,
) -> Export:
    """Write down what somebody wants to have exported; nothing begins before `confirm_export`.

    Raises `NothingToExport`, `NotOfThisClient`, `TooMuchAtOnce` and `BeingDeleted`.
    """
    # A rule that lets older versions go waits here, or was applied.
    Organization.objects.select_for_update().get(pk=organization.pk)
    head = _head_of(organization)
    wanted = [one for one in wanted if one.container.organization_id == organization.pk]
    _refuse_choice(wanted)
    amounts = [_amount_of(organization, one) for one in wanted]
    export = Export.objects.create(
        organization=organization,
        person=actor,
        requested_by=str(actor.full_name or actor.email)[:200],
        requested_at=now,
        what=what[:300],
        as_of=as_of,
        form=form,
        mail_format=mail_format,
        objects_expected=sum(one.objects for one in amounts),
        bytes_expected=sum(one.bytes for one in amounts),
    )
    ExportPart.objects.bulk_create(_part_of(export, position, one, head=head) for position, one in enumerate(wanted))
    return export


@transaction.atomic
def confirm_export(*, export: Export, actor: User, now: datetime, mail_format: str = "") -> Export:
    """Begin an export that was written down; twice changes nothing.

    Raises `TooMuchAtOnce`, `BeingDeleted` and `ExportIsOver`.
    """
    # The last look of a deletion waits here, or was taken.
    Organization.objects.select_for_update().get(pk=export.organization_id)
    export = _locked(export)
    if export.state != Export.State.DRAFT:
        return export
    if Export.objects.open().filter(organization=export.organization_id).count() >= MOST_OPEN:
        raise TooMuchAtOnce(
            f"{MOST_OPEN} exports of {export.organization} are being prepared already. Nothing was begun; "
            "wait until one of them is ready, or cancel one."
        )
    _refuse_what_is_being_deleted(Container.objects.filter(pk__in=export.parts.values("container")))
    export.state, export.requested_at = Export.State.QUEUED, now
    export.mail_format = mail_format or export.mail_format
    export.save(update_fields=["state", "requested_at", "mail_format"])
    request_job(KIND, subject_id=export.pk, at=now, key=f"{KIND}:{export.pk}")
    _record("export.started", export, actor, now, objects=export.objects_expected)
    return export


def start_export(
    *,
    organization: Organization,
    wanted: Sequence[Wanted],
    what: str,
    actor: User,
    now: datetime,
    as_of: datetime | None = None,
    form: str = Export.Form.ZIP,
    mail_format: str = Export.MailFormat.EML,
) -> Export:
    """Begin an export and return it. Raises what `draft_export` and `confirm_export` raise."""
    with transaction.atomic():
        export = draft_export(
            organization=organization, wanted=wanted, what=what, actor=actor, now=now, as_of=as_of, form=form,
            mail_format=mail_format,
        )  # fmt: skip
        return confirm_export(export=export, actor=actor, now=now)


@transaction.atomic
def cancel_export(*, export: Export, actor: User, now: datetime) -> Export:
    """Call an export off; nothing of it can be fetched afterwards. Raises `ExportIsOver`."""
    export = _locked(export)
    if not export.is_open:
        raise ExportIsOver(f"This export ended already: {export.get_state_display().lower()}.")
    if export.cancel_asked_at is None:
        export.cancel_asked_at, export.cancelled_by = now, str(actor.full_name or actor.email)[:200]
        export.save(update_fields=["cancel_asked_at", "cancelled_by"])
        _record("export.cancelled", export, actor, now)
    return export


@transaction.atomic
def note_download(*, volume: ExportVolume, size: int, actor: User, now: datetime) -> None:
    """Note that somebody fetches a volume, or the ``size`` bytes of a range of it."""
    ExportVolume.objects.filter(pk=volume.pk, downloaded_at=None).update(downloaded_at=now)
    _record("export.downloaded", volume.export, actor, now, file=volume.name, size=size)


def _locked(export: Export) -> Export:
    found = Export.objects.select_for_update(of=("self",)).select_related("organization").filter(pk=export.pk).first()
    if found is None:
        # Nobody confirmed it within a day, or what it was to bring was deleted.
        raise ExportIsOver("This export is not there any more. Nothing was begun; ask for it again.")
    return found


def _head_of(organization: Organization) -> int:
    try:
        return lookups.head(organization.uuid)[0]
    except (LookupError, KeyDestroyed) as problem:
        raise NothingToExport(f"Nothing of {organization} is in the backup. Nothing was begun.") from problem


def _part_of(export: Export, position: int, wanted: Wanted, *, head: int) -> ExportPart:
    return ExportPart(
        export=export,
        position=position,
        container=wanted.container,
        commit=head if wanted.commit is None else wanted.commit,
        feed_key=wanted.feed_key,
        chosen=[[str(object_id), commit] for object_id, commit in wanted.chosen],
    )


def _refuse_what_is_being_deleted(containers: Iterable[Container]) -> None:
    for item in {one.item_id: one.item for one in containers}.values():
        if is_being_deleted(item.organization_id, item.pk):
            raise BeingDeleted(f"What is backed up of {item} is being deleted for good. Nothing was begun.")


def _refuse_choice(wanted: Sequence[Wanted]) -> None:
    if not wanted:
        raise NothingToExport("None of this is in the backup. Nothing was begun; choose an account that is backed up.")
    if sum(len(one.chosen) for one in wanted) > MOST_CHOSEN:
        raise TooMuchAtOnce(
            f"More than {MOST_CHOSEN:,} objects are chosen. Nothing was begun; choose fewer, or export whole accounts."
        )
    _refuse_what_is_being_deleted([one.container for one in wanted])
    for one in wanted:
        points = Snapshot.objects.filter(item=one.container.item_id, commit=one.commit)
        if one.commit is not None and not points.exists():
            raise NothingToExport("This point in time is not kept any more. Nothing was begun; choose another one.")


def _amount_of(organization: Organization, wanted: Wanted) -> Amount:
    """Return how much of a container is wanted. Raises `NotOfThisClient` for an object that is not one of it."""
    if not wanted.chosen:
        return Amount(wanted.container.objects_kept, wanted.container.bytes_kept)
    names = points.names_of(organization.uuid, [one for one, _ in wanted.chosen])
    for one, _ in wanted.chosen:
        account, external = names.get(one, ("", ""))
        if account != wanted.container.account or object_id_in(external) is None:
            raise NotOfThisClient("One of the objects is not in this backup. Nothing was begun; search again.")
    by_commit: dict[int, list[UUID]] = {}
    for one, commit in wanted.chosen:
        by_commit.setdefault(commit, []).append(one)
    sizes = [
        read_note(version.meta).whole_size
        for commit, some in by_commit.items()
        for version in points.versions_at(organization.uuid, some, commit).values()
    ]
    return Amount(len(wanted.chosen), sum(sizes))


def _record(action: str, export: Export, actor: User, now: datetime, **details) -> None:
    audit.record(
        action,
        partner_id=export.organization.partner_id,
        organization_id=export.organization_id,
        actor=actor,
        target=export.organization,
        at=now,
        details={"what": export.what, **details},
    )
