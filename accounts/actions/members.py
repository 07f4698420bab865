"""What Administrators do to the people of their company; every rule about it, whichever door it came through."""

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts import audit
from accounts.actions import invitations
from accounts.models import Membership, Partner, User
from accounts.models.membership import list_name_of
from accounts.roles import Role
from notifications import emails


class MemberProblem(Exception):
    """A rule forbids it; the message tells the person which one and what to do instead.

    AlreadyMember          the address is in this company already
    LastAdministrator      nobody could manage the company afterwards
    NotYourself            nobody deletes or demotes the own account
    """


class AlreadyMember(MemberProblem):
    pass


class LastAdministrator(MemberProblem):
    pass


class NotYourself(MemberProblem):
    pass


@transaction.atomic
def create_member(
    *,
    partner: Partner,
    first_name: str,
    last_name: str,
    email: str,
    role: str,
    products: list[str],
    actor: User,
    now: datetime,
) -> Membership:
    """Give a person a place in the company and send the invitation.

    An address that already has a user gets a membership like any other; the inviter cannot tell the difference.
    Raises `AlreadyMember`.
    """
    user = _user_for(email=email, first_name=first_name, last_name=last_name)
    try:
        with transaction.atomic():
            membership = Membership.objects.create(
                user=user,
                partner=partner,
                role=role,
                products=sorted(set(products)),
                list_name=list_name_of(first_name, last_name),
            )
    except IntegrityError as error:
        # The database decides, not an earlier SELECT, so two Administrators at once cannot both win.
        raise AlreadyMember(f"{email} already belongs to {partner}. Look for it in the list of users.") from error
    audit.record(
        "member.created",
        partner_id=partner.pk,
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


@transaction.atomic
def edit_member(
    *,
    membership: Membership,
    first_name: str,
    last_name: str,
    role: str,
    products: list[str],
    actor: User,
    now: datetime,
) -> Membership:
    """Change name, role and products. Raises `LastAdministrator` and `NotYourself`.

    A new role works at the person's next click. One who is no Accountant any more loses an opened billing.
    """
    _lock_company(membership)
    membership = (
        Membership.objects.select_related("user", "partner").select_for_update(of=("self",)).get(pk=membership.pk)
    )
    old = _facts(membership)
    if role != membership.role:
        _refuse_loss_of_administrators(membership, role=role, actor=actor)
    _rename(membership, first_name=first_name, last_name=last_name)
    membership.role = role
    membership.products = sorted(set(products))
    if role != Role.ACCOUNTANT:
        membership.billing_requested_at = membership.billing_opened_at = None
        membership.billing_requested_by = ""
    membership.save()
    changes = {key: [old[key], value] for key, value in _facts(membership).items() if old[key] != value}
    if changes:
        audit.record(
            "member.edited", partner_id=membership.partner_id, actor=actor, target=membership, at=now, details=changes
        )
    if "role" in changes and membership.joined_at:
        emails.role_changed(
            to=membership.user.email,
            name=membership.user.full_name,
            partner=membership.partner.name,
            role=membership.get_role_display(),
            changed_by=actor.full_name,
        )
    return membership


@transaction.atomic
def delete_member(*, membership: Membership, actor: User, now: datetime) -> None:
    """Take a person out of the company; sessions end at the next click. Raises `LastAdministrator`, `NotYourself`.

    The name stays on what the person wrote. A user without any membership left can no longer sign in; asked to join
    again, the person sets a new password.
    """
    _lock_company(membership)
    membership = (
        Membership.objects.select_related("user", "partner").select_for_update(of=("self",)).get(pk=membership.pk)
    )
    if membership.user_id == actor.pk:
        raise NotYourself("You cannot delete your own account. Ask another Administrator of your company.")
    _refuse_loss_of_administrators(membership, role=None, actor=actor)
    user, partner, had_joined = membership.user, membership.partner, membership.joined_at is not None
    audit.record(
        "member.deleted",
        partner_id=partner.pk,
        actor=actor,
        target=membership,
        at=now,
        details={"email": user.email, "name": _facts(membership)["name"], "role": membership.role},
    )
    membership.delete()
    if had_joined:
        emails.membership_removed(to=user.email, name=user.full_name, partner=partner.name, removed_by=actor.full_name)
    if not user.is_staff and not Membership.objects.filter(user=user).exists():
        _close(user)


def request_billing(*, membership: Membership, actor: User, now: datetime) -> None:
    """Ask customer service to open billing for an Accountant. Asking again changes nothing."""
    with transaction.atomic():
        membership = (
            Membership.objects.select_related("user", "partner").select_for_update(of=("self",)).get(pk=membership.pk)
        )
        if membership.role != Role.ACCOUNTANT or membership.billing_requested_at or membership.billing_opened_at:
            return
        membership.billing_requested_at = now
        membership.billing_requested_by = actor.full_name
        membership.save(update_fields=["billing_requested_at", "billing_requested_by"])
        audit.record("billing.requested", partner_id=membership.partner_id, actor=actor, target=membership, at=now)
        for address in settings.PLATFORM_STAFF_EMAILS:
            emails.billing_requested(
                to=address,
                person=membership.user.full_name,
                partner=membership.partner.name,
                requested_by=actor.full_name,
                membership_id=membership.pk,
            )


def open_billing(*, membership: Membership, actor: User, now: datetime) -> None:
    """Open invoices and payments for one Accountant. Opening twice changes nothing."""
    with transaction.atomic():
        membership = (
            Membership.objects.select_related("user", "partner").select_for_update(of=("self",)).get(pk=membership.pk)
        )
        if membership.role != Role.ACCOUNTANT or membership.billing_opened_at:
            return
        membership.billing_opened_at = now
        membership.save(update_fields=["billing_opened_at"])
        audit.record("billing.opened", partner_id=membership.partner_id, actor=actor, target=membership, at=now)
        emails.billing_opened(to=membership.user.email, name=membership.user.full_name, partner=membership.partner.name)


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


def _lock_company(membership: Membership) -> None:
    """Make changes to a company's people wait for each other, so that two demotions cannot both look harmless."""
    Partner.objects.select_for_update().get(pk=membership.partner_id)


def _refuse_loss_of_administrators(membership: Membership, *, role: str | None, actor: User) -> None:
    if membership.role != Role.ADMINISTRATOR or role == Role.ADMINISTRATOR:
        return
    others = Membership.objects.filter(partner_id=membership.partner_id).administrators().exclude(pk=membership.pk)
    if membership.joined_at and not others.exists():
        raise LastAdministrator(
            f"{membership.user.full_name} is the only Administrator of {membership.partner}. "
            "Nothing was changed. Make somebody else an Administrator first."
        )
    if membership.user_id == actor.pk:
        raise NotYourself(
            "You cannot take the Administrator role from yourself. Nothing was changed. Ask another Administrator."
        )


def _rename(membership: Membership, *, first_name: str, last_name: str) -> None:
    """Change the name where the inviter may: in the invitation until the person joined, on the account after.

    A person who belongs to other companies too keeps the name; it is not this company's alone.
    """
    if membership.joined_at is None:
        membership.invitation.first_name, membership.invitation.last_name = first_name, last_name
        membership.invitation.save(update_fields=["first_name", "last_name"])
        membership.list_name = list_name_of(first_name, last_name)
        return
    if Membership.objects.filter(user=membership.user).exclude(partner=membership.partner).exists():
        return
    membership.user.first_name, membership.user.last_name = first_name, last_name
    membership.user.save(update_fields=["first_name", "last_name"])
    membership.list_name = list_name_of(first_name, last_name)


def _facts(membership: Membership) -> dict:
    person = membership.user if membership.joined_at else membership.invitation
    return {
        "name": f"{person.first_name} {person.last_name}",
        "role": membership.role,
        "products": membership.products,
    }
