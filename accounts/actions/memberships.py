"""What happens to one person's place, at a company or at one of its clients: what the rules of both have in common."""

from datetime import datetime

from django.db import IntegrityError, models, transaction

from accounts import audit
from accounts.actions import invitations
from accounts.models import Membership, Partner, User
from accounts.models.membership import MembershipQuerySet, list_name_of
from notifications import emails


class MemberProblem(Exception):
    """A rule forbids it; the message tells the person which one and what to do instead.

    AlreadyMember          the address is there already
    MemberGone             somebody else deleted the person meanwhile
    LastAdministrator      nobody could manage the company afterwards
    NotYourself            nobody deletes or demotes the own account
    NotYoursToRename       the person also belongs elsewhere, so the name is not this place's alone
    """


class AlreadyMember(MemberProblem):
    pass


class MemberGone(MemberProblem):
    pass


class LastAdministrator(MemberProblem):
    pass


class NotYourself(MemberProblem):
    pass


class NotYoursToRename(MemberProblem):
    pass


@transaction.atomic
def add_membership(
    *,
    partner: Partner,
    organization: models.Model | None = None,
    first_name: str,
    last_name: str,
    email: str,
    role: str,
    products: list[str],
    actor: User,
    now: datetime,
) -> Membership:
    """Give a person a place at ``partner``, or at its client ``organization``, and send the invitation.

    An address that already has a user gets a membership like any other; the inviter cannot tell the difference.
    Raises `AlreadyMember`.
    """
    user = _user_for(email=email, first_name=first_name, last_name=last_name)
    try:
        with transaction.atomic():
            membership = Membership.objects.create(
                user=user,
                partner=partner,
                organization=organization,
                role=role,
                products=sorted(set(products)),
                list_name=list_name_of(first_name, last_name),
            )
    except IntegrityError as error:
        # The database decides, not an earlier SELECT, so two people at once cannot both win.
        place = organization or partner
        raise AlreadyMember(f"{email} already belongs to {place}. Look for it in the list of users.") from error
    audit.record(
        "member.created",
        partner_id=partner.pk,
        organization_id=membership.organization_id,
        actor=actor,
        target=membership,
        at=now,
        details={
            "email": user.email,
            "role": role,
            "products": membership.products,
            "name": f"{first_name} {last_name}",
        },
    )
    invitations.invite(membership=membership, first_name=first_name, last_name=last_name, actor=actor, now=now)
    return membership


def lock_membership(membership: Membership) -> Membership:
    """Return the membership as it is now, locked until the transaction ends. Raises `MemberGone`."""
    locked = (
        Membership.objects.select_related("user", "partner", "organization")
        .select_for_update(of=("self",))
        .filter(pk=membership.pk)
        .first()
    )
    if locked is None:
        raise MemberGone("Somebody else deleted this account a moment ago. Nothing is left to change.")
    return locked


def name_of(membership: Membership) -> str:
    """Return the name this place knows the person by: the invitation's until the person joined, then the account's."""
    person = membership.user if membership.joined_at else membership.invitation
    return f"{person.first_name} {person.last_name}"


def rename(membership: Membership, *, first_name: str, last_name: str, reach: MembershipQuerySet) -> bool:
    """Change the name where the inviter may, and return whether that was so.

    In the invitation until the person joined, on the account after; but a person who holds a membership outside
    ``reach`` keeps the name: it is not this place's alone.
    """
    if membership.joined_at is None:
        membership.invitation.first_name, membership.invitation.last_name = first_name, last_name
        membership.invitation.save(update_fields=["first_name", "last_name"])
    elif belongs_elsewhere(membership.user, reach=reach):
        return False
    else:
        membership.user.first_name, membership.user.last_name = first_name, last_name
        membership.user.save(update_fields=["first_name", "last_name"])
    membership.list_name = list_name_of(first_name, last_name)
    membership.save(update_fields=["list_name"])
    return True


def belongs_elsewhere(user: User, *, reach: MembershipQuerySet) -> bool:
    """Return whether the person is more than ``reach`` covers: a member elsewhere, or platform staff."""
    return user.is_staff or Membership.objects.filter(user=user).exclude(pk__in=reach.values("pk")).exists()


def remove_membership(membership: Membership, *, actor: User, now: datetime) -> None:
    """Delete a membership that `lock_membership` returned; whoever had joined is told by mail.

    The name stays on what the person wrote. A user without any membership left can no longer sign in; asked to join
    again, the person sets a new password.
    """
    user, had_joined = membership.user, membership.joined_at is not None
    place = membership.organization or membership.partner
    audit.record(
        "member.deleted",
        partner_id=membership.partner_id,
        organization_id=membership.organization_id,
        actor=actor,
        target=membership,
        at=now,
        details={"email": user.email, "name": name_of(membership), "role": membership.role},
    )
    membership.delete()
    if had_joined:
        emails.membership_removed(to=user.email, name=user.full_name, partner=place.name, removed_by=actor.full_name)
    if not user.is_staff and not Membership.objects.filter(user=user).exists():
        _close(user)


def _user_for(*, email: str, first_name: str, last_name: str) -> User:
    user = User.objects.with_email(email).first()
    if user is None:
        return User.objects.create_user(email, None, first_name=first_name, last_name=last_name)
    if not user.memberships.exists() and not user.is_staff:
        # Somebody who was deleted everywhere starts afresh, under the name typed today.
        user.first_name, user.last_name = first_name, last_name
        user.save(update_fields=["first_name", "last_name"])
    return user


def _close(user: User) -> None:
    user.set_unusable_password()
    user.is_active = False
    user.save(update_fields=["password", "is_active"])
    user.end_all_sessions()
