"""Asking for backed-up data to be deleted: who, what that destroys, why, and the client's name typed by hand."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.access import PartnerRequest, partner_page
from accounts.confirming import recently_confirmed, was_recently_confirmed
from accounts.roles import Can
from backups.actions.deletions import DeletionProblem, request_deletion
from backups.engine.deletion_checks import hold_on, somebody_else_authorizes
from backups.engine.deletion_forecast import forecast_of
from backups.forms.deletions import ConfirmedForm
from backups.views.item_choice import (
    OTHERWISE_CHOSEN,
    Purpose,
    choose,
    chosen_in,
    draft_of,
    drop_draft,
    is_shown,
    keep_draft,
    mark_of,
)
from backups.views.run_rows import bytes_words
from organizations.actions.items import ItemProblem
from organizations.models import Item, Organization
from organizations.views.inside import organization_of, render_inside

_DRAFT, SECTION = "deletion", "Delete data"
_PURPOSE = Purpose(
    name=_DRAFT,
    section=SECTION,
    title="Whose backed-up data shall be deleted?",
    words="Everything that was ever saved of them goes, with all older versions. The source is not touched.",
    goes_to="backups:deletion_request",
    back_to="backups:deletion_list",
)
_ASKED = "Confirm that it is you, then send the request. What you typed is kept."


@partner_page(Can.REQUEST_DELETION)
def deletion_choose(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Let accounts, sites and teams be chosen, or the whole client."""
    return choose(request, organization_of(request, organization_uuid), _PURPOSE)


@partner_page(Can.REQUEST_DELETION)
def deletion_request(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Show what would be destroyed, and send the request; whoever signed in long ago shows first who they are."""
    organization = organization_of(request, organization_uuid)
    draft, items = draft_of(request, organization, _DRAFT), chosen_in(request, organization, _PURPOSE)
    if items == []:
        messages.info(request, "Choose first whose data shall be deleted.")
        return redirect("backups:deletion_choose", organization.uuid)
    if request.method == "POST" and not was_recently_confirmed(request):
        keep_draft(request, organization, _DRAFT, draft | {"reason": request.POST.get("reason", "")[:1000]})
        messages.info(request, _ASKED)
        return redirect("backups:deletion_request", organization.uuid)
    return _form_page(request, organization, items, draft.get("reason", ""))


@recently_confirmed
def _form_page(
    request: PartnerRequest, organization: Organization, items: list[Item] | None, reason: str
) -> HttpResponse:
    form = ConfirmedForm(request.POST or None, organization=organization, initial={"reason": reason})
    if request.method == "POST" and not is_shown(request, items):
        form.add_error(None, OTHERWISE_CHOSEN)
    if request.method == "POST" and form.is_valid():
        try:
            deletion = request_deletion(
                organization=organization,
                items=items,
                reason=form.cleaned_data["reason"],
                actor=request.user,
                now=timezone.now(),
            )
        except (DeletionProblem, ItemProblem) as problem:
            form.add_error(None, str(problem))
        else:
            drop_draft(request, organization, _DRAFT)
            messages.success(request, "Asked for. All Administrators are told; another one has to authorize it.")
            return redirect("backups:deletion_detail", organization.uuid, deletion.uuid)
    forecast = forecast_of(organization, items)
    context = {
        "form": form,
        "items": items,
        "shown": mark_of(items),
        "forecast": forecast,
        "size": bytes_words(forecast.bytes),
        "has_second_person": somebody_else_authorizes(request.user, organization),
        "held": hold_on(organization, None if items is None else [item.pk for item in items]),
    }
    status = 422 if form.errors else 200
    return render_inside(
        request, "backups/deletion_request.html", organization, context, tab="Settings", section=SECTION, status=status
    )
