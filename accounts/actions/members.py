"""What Administrators do to the people of their company; every rule about it, whichever door it came through."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.actions.memberships import (
    LastAdministrator,
    NotYourself,
    add_membership,
    lock_membership,
    name_of,
    remove_membership,
    rename,
)
from accounts.models import Membership, Partner, User
from accounts.roles import Role
from notifications import emails


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
    """Give a person a place in the company and send the invitation. Raises `AlreadyMember`."""
    return add_membership(
        partner=partner,
        first_name=first_name,
        last_name=last_name,
        email=email,
        role=role,
        products=products,
        actor=actor,
        now=now,
    )


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
    """Change name, role and products. Raises `LastAdministrator`, `NotYourself`, `MemberGone`.

    A new role works at the person's next click. One who is no Accountant any more loses an opened billing.
    """
    _lock_company(membership)
    membership = lock_membership(membership)
    old = _facts(membership)
    if role != membership.role:
        _refuse_loss_of_administrators(membership, role=role, actor=actor)
    company = Membership.objects.filter(partner_id=membership.partner_id)
    rename(membership, first_name=first_name, last_name=last_name, reach=company)
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
    """Take a person out of the company; sessions end at the next click.

    Raises `LastAdministrator`, `NotYourself`, `MemberGone`.
    """
    _lock_company(membership)
    membership = lock_membership(membership)
    if membership.user_id == actor.pk:
        raise NotYourself("You cannot delete your own account. Ask another Administrator of your company.")
    _refuse_loss_of_administrators(membership, role=None, actor=actor)
    remove_membership(membership, actor=actor, now=now)


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


def _facts(membership: Membership) -> dict:
    return {
        "name": name_of(membership),
        "role": membership.role,
        "products": membership.products,
    }
