"""Putting a client's data on legal hold, and lifting the hold."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from backups.engine.deletion_checks import is_being_deleted
from organizations.models import Item, LegalHold, Organization


class HoldProblem(Exception):
    """Nothing was changed; the message says why.

    HeldAlready    there is such a hold
    TooLate        it is being deleted at this moment
    LiftedAlready  somebody was faster
    """


class HeldAlready(HoldProblem):
    pass


class TooLate(HoldProblem):
    pass


class LiftedAlready(HoldProblem):
    pass


@transaction.atomic
def place_hold(
    *, organization: Organization, items: Sequence[Item] | None, reason: str, actor: User, now: datetime
) -> list[LegalHold]:
    """Let nothing of ``items``, or with None of the whole client, be deleted until the hold is lifted.

    A hold of the whole client does not stop what is being destroyed of single accounts at this moment.
    Raises `HeldAlready` and `TooLate`.
    """
    # The last look of a deletion waits here, or was taken.
    organization = Organization.objects.select_for_update().get(pk=organization.pk)
    for item in items if items is not None else [None]:
        if is_being_deleted(organization.pk, item.pk if item else None):
            raise TooLate(
                f"What is backed up of {item or organization} is being deleted at this moment. Nothing was put on hold."
            )
    placed = []
    for item in items if items is not None else [None]:
        hold = LegalHold(organization=organization, item=item, reason=reason, placed_at=now)
        hold.placed_by = (actor.full_name or actor.email)[:200]
        try:
            with transaction.atomic():
                hold.save()
        except IntegrityError as problem:
            raise HeldAlready(f"{item or organization} is on legal hold already. Nothing was changed.") from problem
        _record("legal_hold.placed", hold, actor, reason, now)
        placed.append(hold)
    return placed


@transaction.atomic
def lift_hold(*, hold: LegalHold, reason: str, actor: User, now: datetime) -> None:
    """Let rules and people delete again what was held. Raises `LiftedAlready`."""
    row = LegalHold.objects.select_for_update(of=("self",)).select_related("organization", "item").get(pk=hold.pk)
    if row.lifted_at is not None:
        raise LiftedAlready(f"{row.lifted_by} lifted this hold already.")
    row.lifted_at, row.lifted_by, row.lifted_because = now, (actor.full_name or actor.email)[:200], reason[:500]
    row.save(update_fields=["lifted_at", "lifted_by", "lifted_because"])
    _record("legal_hold.lifted", row, actor, reason, now)


def _record(action: str, hold: LegalHold, actor: User, reason: str, now: datetime) -> None:
    audit.record(
        action,
        partner_id=hold.organization.partner_id,
        organization_id=hold.organization_id,
        actor=actor,
        target=hold.organization,
        at=now,
        details={"what": hold.what, "reason": reason},
    )
