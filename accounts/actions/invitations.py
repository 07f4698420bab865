"""Inviting, inviting again, revoking, and joining."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts import audit
from accounts.doors import door_address_for
from accounts.models import Invitation, Membership, User
from accounts.models.invitation import fingerprint_of, new_token
from accounts.models.membership import list_name_of
from notifications import emails


class InvitationProblem(Exception):
    """The link does not lead in.

    ``state`` says why (an `Invitation.State`, or None where no such link exists), ``invitation`` where it led.
    """

    def __init__(self, message: str, state: str | None = None, invitation: Invitation | None = None) -> None:
        super().__init__(message)
        self.state = state
        self.invitation = invitation


@transaction.atomic
def invite(*, membership: Membership, first_name: str, last_name: str, actor: User, now: datetime) -> Invitation:
    """Write the invitation to a new membership and mail its link."""
    token = new_token()
    invitation = Invitation.objects.create(
        membership=membership,
        first_name=first_name,
        last_name=last_name,
        invited_by=actor.full_name,
        token_fingerprint=fingerprint_of(token),
        sent_at=now,
        expires_at=now + settings.INVITATION_LIFETIME,
    )
    _mail(invitation, token)
    return invitation


@transaction.atomic
def resend_invitation(*, invitation: Invitation, actor: User, now: datetime) -> Invitation:
    """Send a fresh link, valid for another 7 days; the links in earlier mails stop working.

    Raises `InvitationProblem` when the person has joined already.
    """
    invitation = Invitation.objects.select_related("membership").select_for_update(of=("self",)).get(pk=invitation.pk)
    if invitation.accepted_at:
        raise InvitationProblem(f"{invitation.first_name} has joined already.", Invitation.State.ACCEPTED)
    token = new_token()
    invitation.token_fingerprint = fingerprint_of(token)
    invitation.sent_at, invitation.expires_at = now, now + settings.INVITATION_LIFETIME
    invitation.revoked_at = None
    invitation.invited_by = actor.full_name
    invitation.save()
    _record("invitation.sent_again", invitation, actor, now)
    _mail(invitation, token)
    return invitation


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, actor: User, now: datetime) -> Invitation:
    """Make the link useless. The person stays in the list, so that the invitation can be sent again."""
    invitation = Invitation.objects.select_related("membership").select_for_update(of=("self",)).get(pk=invitation.pk)
    if invitation.accepted_at:
        raise InvitationProblem(f"{invitation.first_name} has joined already.", Invitation.State.ACCEPTED)
    if invitation.revoked_at is None:
        invitation.revoked_at = now
        invitation.save(update_fields=["revoked_at"])
        _record("invitation.revoked", invitation, actor, now)
    return invitation


def find_invitation(token: str, *, now: datetime, lock: bool = False) -> Invitation:
    """Return the invitation a link leads to. Raises `InvitationProblem` with words for the person who followed it."""
    found = Invitation.objects.with_token(token).select_related(
        "membership__user", "membership__partner", "membership__organization"
    )
    if lock:
        found = found.select_for_update(of=("self",))
    invitation = found.first()
    if invitation is None:
        raise InvitationProblem("This link is not complete, or a newer invitation has replaced it.")
    state = invitation.state_at(now)
    if state != Invitation.State.WAITING:
        raise InvitationProblem(_WHY_NOT[state], state, invitation)
    return invitation


_WHY_NOT = {
    Invitation.State.ACCEPTED: "This invitation was accepted already, and its link works only once.",
    Invitation.State.EXPIRED: "This invitation is older than 7 days, so its link stopped working.",
    Invitation.State.REVOKED: "This invitation was taken back.",
}


def needs_password(user: User) -> bool:
    """Return whether joining includes choosing a password: nobody can sign in as this user yet."""
    return not user.has_usable_password() or not user.is_active


@transaction.atomic
def accept_invitation(*, token: str, password: str | None, now: datetime) -> Membership:
    """Let the holder of the link join; ``password`` is needed where `needs_password` says so, and ignored elsewhere.

    Works once, also when it is sent twice at the same moment. Raises `InvitationProblem`.
    """
    invitation = find_invitation(token, now=now, lock=True)
    membership = invitation.membership
    user = User.objects.select_for_update().get(pk=membership.user_id)
    if needs_password(user):
        if not password:
            raise InvitationProblem("Choose a password to join.", Invitation.State.WAITING)
        user.set_password(password)
        user.is_active = True
        # The name the company knows the person by, until the person says otherwise.
        user.first_name, user.last_name = invitation.first_name, invitation.last_name
        user.save(update_fields=["password", "is_active", "first_name", "last_name"])
    invitation.accepted_at = now
    invitation.save(update_fields=["accepted_at"])
    membership.user = user
    membership.joined_at = now
    membership.list_name = list_name_of(user.first_name, user.last_name)
    membership.save(update_fields=["joined_at", "list_name"])
    _record("invitation.accepted", invitation, user, now)
    return membership


def _record(action: str, invitation: Invitation, actor: User, now: datetime) -> None:
    membership = invitation.membership
    audit.record(
        action,
        partner_id=membership.partner_id,
        organization_id=membership.organization_id,
        actor=actor,
        target=membership,
        at=now,
        details={"name": f"{invitation.first_name} {invitation.last_name}"},
    )


def _mail(invitation: Invitation, token: str) -> None:
    membership = invitation.membership
    is_new, organization = needs_password(membership.user), membership.organization
    common = {
        "to": membership.user.email,
        "name": invitation.first_name,
        "inviter": invitation.invited_by,
        "partner": membership.partner.name,
        "accept_url": settings.BASE_URL + reverse("accounts:invitation_accept", args=[token]),
        "expires_at": invitation.expires_at,
        "time_zone": membership.partner.time_zone,
    }
    if organization is None:
        send = emails.invitation if is_new else emails.added_to_partner
        send(**common, role=membership.get_role_display())
    else:
        send = emails.organization_invitation if is_new else emails.added_to_organization
        send(**common, organization=organization.name, door_url=settings.BASE_URL + door_address_for(membership))
