"""Asking for backed-up data to be deleted, authorizing that as a second person, declining it, calling it off."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from accounts.models import User
from backups.engine.deletion_checks import contradiction, hold_on, may_authorize
from backups.engine.deletion_endings import State, end, in_words, locked, record, tell
from backups.engine.deletion_forecast import Forecast, forecast_of
from backups.models import Deletion, DeletionItem, VaultOrganization
from backups.models.deletion import HELD_FOR
from notifications import deletion_emails
from organizations.actions.items import unprotect_items
from organizations.actions.policies import AUTOMATIONS, edit_policy
from organizations.models import Item, Organization, Policy

# So many can still be read through before they are decided about.
ITEMS_AT_MOST = 100


class DeletionProblem(Exception):
    """Nothing was changed; the message says why and what to do.

    NothingToDelete   nothing is backed up of what was chosen
    OnLegalHold       a legal hold forbids it
    AskedForAlready   another request is open for some of it
    NeedsAnother      whoever asked for it cannot authorize it
    MayNotDecide      the right to decide was lost meanwhile, or never there
    NotOpen           it was decided, called off or begun meanwhile
    MustNotGoOn       something changed since it was asked for
    """


class NothingToDelete(DeletionProblem):
    pass


class OnLegalHold(DeletionProblem):
    pass


class AskedForAlready(DeletionProblem):
    pass


class NeedsAnother(DeletionProblem):
    pass


class MayNotDecide(DeletionProblem):
    pass


class NotOpen(DeletionProblem):
    pass


class MustNotGoOn(DeletionProblem):
    pass


@transaction.atomic
def request_deletion(
    *, organization: Organization, items: Sequence[Item] | None, reason: str, actor: User, now: datetime
) -> Deletion:
    """Ask for what is backed up of ``items``, or with None of the whole client, to be deleted for good.

    Protection of it is switched off at once, and stays off whatever becomes of the request. Nothing is deleted before
    somebody else has authorized it and the hold is over. Raises `NothingToDelete`, `OnLegalHold`, `AskedForAlready`,
    and what `unprotect_items` raises.
    """
    if items is None:
        _stop_automation(organization, actor, now)
    # Whoever protects, holds or asks as well waits here.
    organization = (
        Organization.objects.select_for_update(of=("self",)).select_related("partner").get(pk=organization.pk)
    )
    _refuse(organization, items)
    forecast = forecast_of(organization, items)
    row = _create(organization, items, forecast, reason=reason, actor=actor, now=now)
    _stop_protecting(organization, items, actor, now)
    record("deletion.requested", row, actor, now, reason=reason)
    tell(deletion_emails.deletion_requested, row, objects=forecast.objects, size=filesizeformat(forecast.bytes))
    return row


@transaction.atomic
def authorize_deletion(*, deletion: Deletion, actor: User, now: datetime) -> Deletion:
    """Agree to a deletion as a second person; it is held for 30 days from now on.

    Raises `NotOpen`, `NeedsAnother`, `MayNotDecide` and `MustNotGoOn`.
    """
    # Whoever protects or holds something of it meanwhile waits here, and is found.
    row = locked(deletion)
    if row.state != State.REQUESTED:
        raise NotOpen(f"This request is {row.get_state_display().lower()} already. Nothing was changed.")
    _refuse_alone(row, actor)
    if not may_authorize(actor, row.organization):
        raise MayNotDecide("You may not authorize deletions any more. Nothing was changed.")
    if reason := contradiction(row):
        raise MustNotGoOn(f"{reason} Nothing was authorized.")
    row.state, row.authorizer = State.AUTHORIZED, actor
    row.authorized_by, row.authorizer_email = (actor.full_name or actor.email)[:200], actor.email.lower()
    row.authorized_at, row.due_at = now, now + HELD_FOR
    row.save(update_fields=["state", "authorizer", "authorized_by", "authorizer_email", "authorized_at", "due_at"])
    record("deletion.authorized", row, actor, now, until=in_words(row.due_at))
    cancel = reverse("backups:deletion_cancel", args=[row.organization.uuid, row.uuid])
    tell(
        deletion_emails.deletion_authorized, row, authorized_by=row.authorized_by, due_at=row.due_at,
        cancel_url=settings.BASE_URL + cancel,
    )  # fmt: skip
    return row


@transaction.atomic
def decline_deletion(*, deletion: Deletion, reason: str, actor: User, now: datetime) -> None:
    """Refuse a deletion that nobody has authorized yet. Raises `NotOpen` and `MayNotDecide`."""
    row = locked(deletion)
    if row.state != State.REQUESTED:
        raise NotOpen(f"This request is {row.get_state_display().lower()} already. Nothing was changed.")
    if not may_authorize(actor, row.organization):
        raise MayNotDecide("You may not decide about deletions any more. Nothing was changed.")
    end(row, State.DECLINED, actor=actor, because=reason, now=now, action="deletion.declined")


@transaction.atomic
def cancel_deletion(*, deletion: Deletion, reason: str, actor: User, now: datetime) -> None:
    """Call a deletion off, of which nothing was destroyed yet. Raises `NotOpen` and `MayNotDecide`."""
    row = locked(deletion)
    if not may_cancel(row, actor):
        raise MayNotDecide("Whoever asked for it, or an Administrator, can cancel it. Nothing was changed.")
    if not row.is_stoppable:
        raise NotOpen(f"This request is {row.get_state_display().lower()} already. Nothing was changed.")
    end(row, State.CANCELLED, actor=actor, because=reason, now=now)


def may_cancel(deletion: Deletion, actor: User) -> bool:
    """Return whether a person may call a deletion off: whoever asked for it, and every Administrator."""
    return deletion.requester_id == actor.pk or may_authorize(actor, deletion.organization)


def is_requester(deletion: Deletion, actor: User) -> bool:
    """Return whether it was this person who asked, under whatever membership or login."""
    return deletion.requester_id == actor.pk or deletion.requester_email == actor.email.lower()


def _refuse_alone(row: Deletion, actor: User) -> None:
    if is_requester(row, actor):
        raise NeedsAnother("You asked for this deletion, so somebody else has to authorize it. Nothing was changed.")


def _refuse(organization: Organization, items: Sequence[Item] | None) -> None:
    pks = None if items is None else [item.pk for item in items]
    if pks is not None and not 1 <= len(pks) <= ITEMS_AT_MOST:
        raise NothingToDelete(f"Choose 1 to {ITEMS_AT_MOST} accounts. Nothing was asked for.")
    if not VaultOrganization.objects.filter(organization=organization.uuid, erased_at=None).exists():
        raise NothingToDelete(f"Nothing is backed up of {organization}. Nothing was asked for.")
    if held := hold_on(organization, pks):
        raise OnLegalHold(f"{held} An Administrator can lift it under Settings, Retention. Nothing was asked for.")
    open_ones = Deletion.objects.open().filter(organization=organization)
    if open_ones.filter(scope=Deletion.Scope.ORGANIZATION).exists():
        raise AskedForAlready("The deletion of everything at this client is asked for already. Nothing was changed.")
    if pks and (line := DeletionItem.objects.filter(item__in=pks, is_open=True).first()):
        raise AskedForAlready(f"The deletion of {line.name} is asked for already. Leave it out. Nothing was changed.")


def _create(
    organization: Organization, items: Sequence[Item] | None, forecast: Forecast, *, reason: str, actor: User,
    now: datetime,
) -> Deletion:  # fmt: skip
    if not forecast.versions:
        raise NothingToDelete("Nothing is backed up of what was chosen. Nothing was asked for.")
    try:
        with transaction.atomic():
            row = Deletion.objects.create(
                organization=organization,
                scope=Deletion.Scope.ORGANIZATION if items is None else Deletion.Scope.ITEMS,
                reason=reason,
                requester=actor,
                requested_by=(actor.full_name or actor.email)[:200],
                requester_email=actor.email.lower(),
                requested_at=now,
                accounts=forecast.accounts,
                objects_kept=forecast.objects,
                versions_kept=forecast.versions,
                bytes_kept=forecast.bytes,
                oldest_at=forecast.oldest_at,
                newest_at=forecast.newest_at,
            )
            DeletionItem.objects.bulk_create(
                DeletionItem(deletion=row, item=item, name=str(item)[:256], address=item.address)
                for item in items or ()
            )
    except IntegrityError as problem:
        raise AskedForAlready("Somebody else has just asked for the same. Nothing was changed.") from problem
    return row


def _stop_automation(organization: Organization, actor: User, now: datetime) -> None:
    """Let newcomers not be protected by themselves: they would call the deletion of everything off."""
    policy = Policy.objects.get(organization=organization)
    values = dict.fromkeys(AUTOMATIONS, False)
    edit_policy(organization=organization, values=values, revision=policy.revision, actor=actor, now=now)


def _stop_protecting(organization: Organization, items: Sequence[Item] | None, actor: User, now: datetime) -> None:
    chosen = Item.objects.filter(organization=organization, is_chosen=True)
    if items is not None:
        chosen = chosen.filter(pk__in=[item.pk for item in items])
    for tab in Item.Tab.values:
        unprotect_items(items=chosen.in_tab(tab), organization=organization, actor=actor, now=now)
    # Those a filter leaves out, or that are gone, are not protected; they must not become so by themselves either.
    chosen.update(is_chosen=False, decided_by=(actor.full_name or actor.email)[:200], decided_at=now)
