"""Sending an invitation to a client's user again, and taking it back."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PartnerRequest, organization_page
from accounts.actions.invitations import InvitationProblem, resend_invitation, revoke_invitation
from accounts.models import Invitation
from accounts.roles import Can
from organizations.views.inside import organization_of


def _invitation(request: PartnerRequest, organization_uuid: UUID, member_uuid: UUID) -> Invitation:
    organization = organization_of(request, organization_uuid)
    visible = Invitation.objects.visible_to(request.membership).filter(membership__organization=organization)
    return get_object_or_404(visible, membership__uuid=member_uuid)


@organization_page(Can.MANAGE_ORGANIZATION_USERS)
@require_POST
def organization_invitation_resend(request: PartnerRequest, organization_uuid: UUID, member_uuid: UUID) -> HttpResponse:
    """Send a fresh link."""
    invitation = _invitation(request, organization_uuid, member_uuid)
    try:
        resend_invitation(invitation=invitation, actor=request.user, now=timezone.now())
    except InvitationProblem as problem:
        messages.warning(request, str(problem))
    else:
        messages.success(request, f"{invitation.first_name} gets a new link, valid for 7 days.")
    return redirect("organizations:settings_users", organization_uuid)


@organization_page(Can.MANAGE_ORGANIZATION_USERS)
@require_POST
def organization_invitation_revoke(request: PartnerRequest, organization_uuid: UUID, member_uuid: UUID) -> HttpResponse:
    """Make the link useless."""
    invitation = _invitation(request, organization_uuid, member_uuid)
    try:
        revoke_invitation(invitation=invitation, actor=request.user, now=timezone.now())
    except InvitationProblem as problem:
        messages.warning(request, str(problem))
    else:
        words = f"The invitation of {invitation.first_name} is taken back; its link does nothing now."
        messages.success(request, words)
    return redirect("organizations:settings_users", organization_uuid)
