"""What partner staff and colleagues do to the users of a client; every rule about it, whichever door it came through.

There are no roles among them: each looks after the whole organization, and after each other. The last one may be
deleted, by partner staff, since nobody deletes the own account.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.actions.memberships import (
    MemberGone,
    NotYourself,
    NotYoursToRename,
    add_membership,
    lock_membership,
    name_of,
    remove_membership,
    rename,
)
from accounts.models import Membership, User
from accounts.models.membership import MembershipQuerySet
from accounts.roles import Role
from organizations.models import Organization


@transaction.atomic
def create_organization_user(
    *, organization: Organization, first_name: str, last_name: str, email: str, actor: User, now: datetime
) -> Membership:
    """Give a person a place at the organization and send the invitation, valid for 7 days.

    Somebody who has an account already, at whatever company, gets one more place; the inviter cannot tell.
    Raises `AlreadyMember`, `MemberGone`.
    """
    organization = _lock(organization, actor=actor)
    return add_membership(
        partner=organization.partner,
        organization=organization,
        first_name=first_name,
        last_name=last_name,
        email=email,
        role=Role.ORGANIZATION_USER,
        products=[],
        actor=actor,
        now=now,
    )


@transaction.atomic
def rename_organization_user(
    *,
    membership: Membership,
    first_name: str,
    last_name: str,
    reach: MembershipQuerySet,
    actor: User,
    now: datetime,
) -> None:
    """Change the name: in the invitation until the person joined, on the account after.

    Raises `NotYoursToRename` for a person who also holds a membership outside ``reach``, and `MemberGone`.
    """
    _lock(membership.organization, actor=actor)
    membership = lock_membership(membership)
    old, new = name_of(membership), f"{first_name} {last_name}"
    if old == new:
        return
    if not rename(membership, first_name=first_name, last_name=last_name, reach=reach):
        raise NotYoursToRename(f"Nothing was changed. Only {old} can change this name, under Account settings.")
    audit.record(
        "member.edited",
        partner_id=membership.partner_id,
        organization_id=membership.organization_id,
        actor=actor,
        target=membership,
        at=now,
        details={"name": [old, new]},
    )


@transaction.atomic
def delete_organization_user(*, membership: Membership, actor: User, now: datetime) -> None:
    """Take a person out of the organization; the next click of an open session leads to the door.

    Raises `NotYourself`, and `MemberGone` when somebody else was faster, also at deleting the actor.
    """
    _lock(membership.organization, actor=actor)
    membership = lock_membership(membership)
    if membership.user_id == actor.pk:
        who = f"Ask a colleague, or {membership.partner}."
        raise NotYourself(f"You cannot delete your own account. Nothing was changed. {who}")
    remove_membership(membership, actor=actor, now=now)


@transaction.atomic
def require_second_factor(*, organization: Organization, is_required: bool, actor: User, now: datetime) -> None:
    """Demand a second factor of all users of the organization from their next page on, or make it optional again."""
    organization = _lock(organization, actor=actor)
    if organization.requires_second_factor == is_required:
        return
    organization.requires_second_factor = is_required
    organization.save(update_fields=["requires_second_factor"])
    audit.record(
        "organization.edited",
        partner_id=organization.partner_id,
        organization_id=organization.pk,
        actor=actor,
        target=organization,
        at=now,
        details={"second_factor_of_everyone": ["optional", "required"] if is_required else ["required", "optional"]},
    )


def _lock(organization: Organization, *, actor: User) -> Organization:
    """Let changes of one organization's people happen one after the other, by people who are still among them.

    Without it two colleagues who delete each other at the same moment would both succeed.
    """
    locked = (
        Organization.objects.select_related("partner")
        .defer("partner__logo")
        .select_for_update(of=("self",), no_key=True)
        .get(pk=organization.pk)
    )
    here = Q(organization=None, partner_id=locked.partner_id) | Q(organization=locked)
    if not Membership.objects.filter(here, user=actor).usable().exists():
        raise MemberGone("Your own account was deleted a moment ago. Nothing was changed.")
    return locked
