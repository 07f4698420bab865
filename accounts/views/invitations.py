"""Sending an invitation again, taking it back, and joining."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.access import PartnerRequest, open_page, partner_page
from accounts.actions.invitations import (
    InvitationProblem,
    accept_invitation,
    find_invitation,
    needs_password,
    resend_invitation,
    revoke_invitation,
)
from accounts.doors import Door, door_address_for, door_for, remembered_door
from accounts.forms.invitations import JoinForm
from accounts.models import Invitation, Membership
from accounts.roles import Can


def _invitation(request: PartnerRequest, member_uuid: UUID) -> Invitation:
    visible = Invitation.objects.visible_to(request.membership).filter(membership__organization=None)
    return get_object_or_404(visible, membership__uuid=member_uuid)


@partner_page(Can.MANAGE_MEMBERS)
@require_POST
def invitation_resend(request: PartnerRequest, member_uuid: UUID) -> HttpResponse:
    """Send a fresh link."""
    invitation = _invitation(request, member_uuid)
    try:
        resend_invitation(invitation=invitation, actor=request.user, now=timezone.now())
    except InvitationProblem as problem:
        messages.warning(request, str(problem))
    else:
        messages.success(request, f"{invitation.first_name} gets a new link, valid for 7 days.")
    return redirect("accounts:member_edit", member_uuid)


@partner_page(Can.MANAGE_MEMBERS)
@require_POST
def invitation_revoke(request: PartnerRequest, member_uuid: UUID) -> HttpResponse:
    """Make the link useless."""
    invitation = _invitation(request, member_uuid)
    try:
        revoke_invitation(invitation=invitation, actor=request.user, now=timezone.now())
    except InvitationProblem as problem:
        messages.warning(request, str(problem))
    else:
        messages.success(
            request, f"The invitation of {invitation.first_name} is taken back; its link does nothing now."
        )
    return redirect("accounts:member_edit", member_uuid)


@open_page
@never_cache
def invitation_accept(request: HttpRequest, token: str) -> HttpResponse:
    """Explain the invitation; join on POST only, since mail scanners open every link."""
    try:
        invitation = find_invitation(token, now=timezone.now())
    except InvitationProblem as problem:
        return _explain(request, problem)
    membership = invitation.membership
    asks_password = needs_password(membership.user)
    form = JoinForm(request.POST if request.method == "POST" else None, user=membership.user)
    if request.method == "POST" and (form.is_valid() or not asks_password):
        password = form.cleaned_data.get("password") if asks_password else None
        try:
            accept_invitation(token=token, password=password, now=timezone.now())
        except InvitationProblem as problem:
            return _explain(request, problem)
        place = membership.organization or membership.partner
        messages.success(request, f"You belong to {place} now. Sign in to begin.")
        return redirect(door_address_for(membership))
    context = {
        "invitation": invitation,
        "membership": membership,
        "place": membership.organization or membership.partner,
        "form": form,
        "asks_password": asks_password,
        **_look_of(membership),
    }
    return render(
        request, "accounts/invitation_accept.html", context, status=422 if form.is_bound and asks_password else 200
    )


def _look_of(membership: Membership) -> dict:
    door = door_for(membership)
    return {"door": door, "host": membership.partner if door is Door.ORGANIZATION else None}


def _explain(request: HttpRequest, problem: InvitationProblem) -> HttpResponse:
    membership = problem.invitation.membership if problem.invitation else None
    context = {
        "problem": str(problem),
        "was_accepted": problem.state == Invitation.State.ACCEPTED,
        "door_address": door_address_for(membership) if membership else remembered_door(request).address,
        **(_look_of(membership) if membership else {"door": remembered_door(request)}),
    }
    return render(request, "accounts/invitation_dead.html", context, status=404 if problem.state is None else 410)
