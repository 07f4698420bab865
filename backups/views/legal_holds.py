"""Putting a client's data on legal hold, and lifting a hold."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from accounts.access import PartnerRequest, partner_page
from accounts.confirming import recently_confirmed
from accounts.roles import Can
from backups.actions.legal_holds import HoldProblem, lift_hold, place_hold
from backups.forms.deletions import ConfirmedForm, ReasonForm
from backups.views.item_choice import OTHERWISE_CHOSEN, Purpose, choose, chosen_in, drop_draft, is_shown, mark_of
from organizations.models import LegalHold
from organizations.views.inside import organization_of, render_inside

_DRAFT, SECTION = "hold", "Retention"
_PURPOSE = Purpose(
    name=_DRAFT,
    section=SECTION,
    title="Whose backed-up data shall be on legal hold?",
    words="Neither a rule nor a person can delete anything of them until the hold is lifted.",
    goes_to="backups:hold_place",
    back_to="backups:retention",
)

_ON_HOLD = "On legal hold. Nothing of it is deleted until somebody lifts the hold."
_TOO_LATE_FOR_SOME = "An account that is being deleted at this moment is not kept by it any more."


@partner_page(Can.HOLD_DATA)
def hold_choose(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Let accounts, sites and teams be chosen, or the whole client."""
    return choose(request, organization_of(request, organization_uuid), _PURPOSE)


@partner_page(Can.HOLD_DATA)
def hold_place(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Ask why, then put what was chosen on hold."""
    organization = organization_of(request, organization_uuid)
    items = chosen_in(request, organization, _PURPOSE)
    if items == []:
        return redirect("backups:hold_choose", organization.uuid)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and not is_shown(request, items):
        form.add_error(None, OTHERWISE_CHOSEN)
    if request.method == "POST" and form.is_valid():
        try:
            place_hold(
                organization=organization,
                items=items,
                reason=form.cleaned_data["reason"],
                actor=request.user,
                now=timezone.now(),
            )
        except HoldProblem as problem:
            form.add_error(None, str(problem))
        else:
            drop_draft(request, organization, _DRAFT)
            messages.success(request, _ON_HOLD)
            if items is None and organization.items.filter(is_being_deleted=True).exists():
                messages.info(request, _TOO_LATE_FOR_SOME)
            return redirect("backups:retention", organization.uuid)
    return render_inside(
        request, "backups/hold_place.html", organization, {"form": form, "items": items, "shown": mark_of(items)},
        tab="Settings", section=SECTION, status=422 if form.errors else 200,
    )  # fmt: skip


@partner_page(Can.HOLD_DATA)
@recently_confirmed
def hold_lift(request: PartnerRequest, organization_uuid: UUID, hold_uuid: UUID) -> HttpResponse:
    """Ask why, and for the client's name, then lift a hold; whoever signed in long ago shows first who they are."""
    organization = organization_of(request, organization_uuid)
    holds = LegalHold.objects.visible_to(request.membership).filter(organization=organization).select_related("item")
    hold = get_object_or_404(holds, uuid=hold_uuid)
    form = ConfirmedForm(request.POST or None, organization=organization)
    form.fields["reason"].help_text = "It stays in the audit log."
    if request.method == "POST" and form.is_valid():
        try:
            lift_hold(hold=hold, reason=form.cleaned_data["reason"], actor=request.user, now=timezone.now())
        except HoldProblem as problem:
            messages.error(request, str(problem))
        else:
            messages.success(request, "The hold is lifted. Rules and deletion requests apply again.")
        return redirect("backups:retention", organization.uuid)
    return render_inside(
        request, "backups/hold_lift.html", organization, {"form": form, "hold": hold}, tab="Settings",
        section=SECTION, status=422 if form.errors else 200,
    )  # fmt: skip
