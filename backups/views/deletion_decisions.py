"""Deciding about a deletion: authorizing it as a second person, declining it, calling it off."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PartnerRequest, partner_page
from accounts.confirming import recently_confirmed
from accounts.roles import Can
from backups.actions.deletions import (
    DeletionProblem,
    authorize_deletion,
    cancel_deletion,
    decline_deletion,
    is_requester,
)
from backups.forms.deletions import ReasonForm
from backups.models.deletion import HELD_FOR
from backups.views.deletion_requests import SECTION
from backups.views.deletion_rows import deletion_row
from backups.views.deletions import deletion_of, render_deletion
from organizations.views.inside import organization_of, render_inside


@partner_page(Can.AUTHORIZE_DELETION)
@recently_confirmed
def deletion_authorize(request: PartnerRequest, organization_uuid: UUID, deletion_uuid: UUID) -> HttpResponse:
    """Ask once more, then authorize; whoever signed in long ago shows first who they are."""
    organization = organization_of(request, organization_uuid)
    deletion = deletion_of(request, organization, deletion_uuid)
    if request.method == "POST":
        try:
            deletion = authorize_deletion(deletion=deletion, actor=request.user, now=timezone.now())
        except DeletionProblem as problem:
            messages.error(request, str(problem))
        else:
            messages.success(request, "Authorized. It is held for 30 days; all Administrators are told.")
        return redirect("backups:deletion_detail", organization.uuid, deletion.uuid)
    now = timezone.now()
    context = {
        "deletion": deletion,
        "row": deletion_row(deletion, now=now),
        "names": list(deletion.items.by_name().values_list("name", flat=True)),
        "is_mine": is_requester(deletion, request.user),
        "would_begin_at": now + HELD_FOR,
    }
    return render_inside(
        request, "backups/deletion_authorize.html", organization, context, tab="Settings", section=SECTION
    )


@partner_page(Can.AUTHORIZE_DELETION)
@require_POST
def deletion_decline(request: PartnerRequest, organization_uuid: UUID, deletion_uuid: UUID) -> HttpResponse:
    """Refuse a deletion with a reason."""
    organization = organization_of(request, organization_uuid)
    deletion = deletion_of(request, organization, deletion_uuid)
    form = ReasonForm(request.POST, prefix="decline")
    if not form.is_valid():
        return render_deletion(request, organization, deletion, decline_form=form)
    try:
        decline_deletion(deletion=deletion, reason=form.cleaned_data["reason"], actor=request.user, now=timezone.now())
    except DeletionProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, "Declined. Nothing was deleted; all Administrators are told.")
    return redirect("backups:deletion_detail", organization.uuid, deletion.uuid)


@partner_page(Can.REQUEST_DELETION)
def deletion_cancel(request: PartnerRequest, organization_uuid: UUID, deletion_uuid: UUID) -> HttpResponse:
    """Call a deletion off with a reason; the link in the mails leads here and does nothing by itself."""
    organization = organization_of(request, organization_uuid)
    deletion = deletion_of(request, organization, deletion_uuid)
    if request.method != "POST":
        return render_deletion(request, organization, deletion)
    form = ReasonForm(request.POST, prefix="cancel")
    if not form.is_valid():
        return render_deletion(request, organization, deletion, cancel_form=form)
    try:
        cancel_deletion(deletion=deletion, reason=form.cleaned_data["reason"], actor=request.user, now=timezone.now())
    except DeletionProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, "Cancelled. Nothing was deleted; all Administrators are told.")
    return redirect("backups:deletion_detail", organization.uuid, deletion.uuid)
