"""Starting somebody afresh with a password or a second factor: asked by one person, felt by another."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts import audit, second_factor
from accounts.actions.memberships import belongs_elsewhere
from accounts.doors import door_for
from accounts.models import Membership, ResetRequest, User
from accounts.models.membership import MembershipQuerySet
from accounts.reset_links import reset_link_for
from accounts.roles import Role
from jobs.requests import request_job
from notifications import emails

# Somebody phished must not be able to take over the only other person before that one can object.
DELAY_FOR_THE_ONLY_OTHER = timedelta(hours=24)


class ResetRefused(Exception):
    """A rule forbids this reset; the message says which and what to do instead."""


@transaction.atomic
def request_reset(
    *,
    membership: Membership,
    what: str,
    reason: str,
    actor: User,
    now: datetime,
    reach: MembershipQuerySet | None = None,
) -> ResetRequest:
    """Ask for a reset of ``what`` (`ResetRequest.What`). The person is mailed either way. Raises `ResetRefused`.

    Nobody resets the own second factor, and nobody resets a person who holds a membership outside ``reach``: the
    memberships the actor looks after, which are the company's when nothing is said.

    It happens at once, except between the only two: the only other Administrator of a company, and the only other
    user of an organization when a colleague asks, have 24 hours to object. Where a third could be asked, or where
    partner staff help a client, nobody waits.
    """
    if reach is None:
        reach = Membership.objects.filter(partner_id=membership.partner_id)
    _refuse_where_needed(membership, what, actor, reach)
    due_at = now + (DELAY_FOR_THE_ONLY_OTHER if _are_the_only_two(membership, actor) else timedelta())
    try:
        with transaction.atomic():
            reset = ResetRequest.objects.create(
                membership=membership,
                what=what,
                reason=reason,
                requested_by=actor.full_name,
                requested_at=now,
                due_at=due_at,
            )
    except IntegrityError as error:
        raise ResetRefused("The same reset was asked for already and has not happened yet.") from error
    _record("reset.requested", reset, actor, now, reason=reason, due_at=due_at.isoformat())
    emails.reset_requested(
        to=membership.user.email,
        name=membership.user.full_name,
        what=reset.get_what_display(),
        requested_by=actor.full_name,
        reason=reason,
        due_at=due_at,
        stop_url=settings.BASE_URL + reverse("accounts:profile_edit"),
    )
    request_job("finish_reset", subject_id=reset.pk, at=now, not_before=due_at)
    return reset


@transaction.atomic
def stop_reset(*, reset: ResetRequest, actor: User, now: datetime) -> None:
    """Let the person object while there is time. Afterwards nothing happens, and asking again is possible."""
    reset = ResetRequest.objects.select_related("membership").select_for_update(of=("self",)).get(pk=reset.pk)
    if reset.done_at or reset.stopped_at:
        return
    reset.stopped_at = now
    reset.save(update_fields=["stopped_at"])
    _record("reset.stopped", reset, actor, now)


@transaction.atomic
def finish_reset(*, reset_id: int, now: datetime) -> None:
    """Carry out a waiting reset. Doing it twice equals doing it once."""
    reset = (
        ResetRequest.objects.select_related("membership__user", "membership__partner", "membership__organization")
        .select_for_update(of=("self",))
        .filter(pk=reset_id)
        .waiting()
        .first()
    )
    if reset is None:
        return
    user = reset.membership.user
    if reset.what == ResetRequest.What.SECOND_FACTOR:
        second_factor.remove(user)
        _tell_about_second_factor(reset.membership)
    else:
        _send_reset_link(reset.membership, now)
    reset.done_at = now
    reset.save(update_fields=["done_at"])
    _record("reset.done", reset, reset.requested_by, now)


def _tell_about_second_factor(membership: Membership) -> None:
    person = {"to": membership.user.email, "name": membership.user.full_name, "partner": membership.partner.name}
    if membership.organization is None:
        emails.second_factor_reset_done(**person)
    else:
        emails.organization_second_factor_reset_done(**person, organization=membership.organization.name)


def _send_reset_link(membership: Membership, now: datetime) -> None:
    # The old password ends with the request: whoever asked may have reason to think that it is known to others.
    user = membership.user
    user.set_password(f"{uuid.uuid4()}{uuid.uuid4()}")
    user.save(update_fields=["password"])
    user.end_all_sessions()
    emails.password_reset(
        to=user.email,
        name=user.full_name,
        reset_url=reset_link_for(user, door=door_for(membership)),
        expires_at=now + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
    )


def _refuse_where_needed(membership: Membership, what: str, actor: User, reach: MembershipQuerySet) -> None:
    if membership.user_id == actor.pk:
        who = "another Administrator of your company" if membership.organization_id is None else "a colleague"
        raise ResetRefused(f"Nobody resets the own account. Ask {who}.")
    if membership.is_pending:
        raise ResetRefused("This person has not joined yet. Send the invitation again instead.")
    if belongs_elsewhere(membership.user, reach=reach):
        raise ResetRefused(
            "This account cannot be reset from here. The person can use Forgotten at sign-in, or support."
        )
    if what == ResetRequest.What.SECOND_FACTOR and not second_factor.is_set_up(membership.user):
        raise ResetRefused("This person has no second factor to reset.")


def _are_the_only_two(membership: Membership, actor: User) -> bool:
    if membership.organization_id is None:
        if membership.role != Role.ADMINISTRATOR:
            return False
        peers = Membership.objects.filter(partner_id=membership.partner_id).administrators()
    else:
        peers = Membership.objects.filter(organization_id=membership.organization_id).usable()
    return set(peers.values_list("user_id", flat=True)) == {membership.user_id, actor.pk}


def _record(action: str, reset: ResetRequest, actor: User | str, now: datetime, **details) -> None:
    audit.record(
        action,
        partner_id=reset.membership.partner_id,
        organization_id=reset.membership.organization_id,
        actor=actor,
        target=reset.membership,
        at=now,
        details={"what": reset.what, **details},
    )
