"""One user of a client: created, renamed, deleted, started afresh."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.access import PartnerRequest, organization_page
from accounts.actions.memberships import MemberGone, MemberProblem
from accounts.actions.resets import ResetRefused, request_reset
from accounts.forms.members import ResetForm
from accounts.roles import Can
from accounts.views.member_rows import reset_in_words
from organizations.actions.organization_users import (
    create_organization_user,
    delete_organization_user,
    rename_organization_user,
)
from organizations.forms.organization_users import OrganizationUserCreateForm, OrganizationUserForm
from organizations.models import Organization
from organizations.views.inside import organization_of, render_inside
from organizations.views.organization_people import person_of, reach_of, row_of


@organization_page(Can.MANAGE_ORGANIZATION_USERS)
def organization_user_create(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Create a person's account and send the invitation."""
    organization = organization_of(request, organization_uuid)
    form = OrganizationUserCreateForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            member = create_organization_user(
                organization=organization,
                first_name=values["first_name"],
                last_name=values["last_name"],
                email=values["email"],
                actor=request.user,
                now=timezone.now(),
            )
        except MemberProblem as problem:
            form.add_error("email", str(problem))
        else:
            messages.success(
                request,
                f"The account of {member.invitation.first_name} {member.invitation.last_name} is created, "
                f"and the invitation is on its way to {values['email']}.",
            )
            return _to_list(organization)
    status = 422 if form.errors else 200
    return _render(request, "organization_user_create", organization, {"form": form}, status=status)


@organization_page(Can.MANAGE_ORGANIZATION_USERS)
def organization_user_edit(request: PartnerRequest, organization_uuid: UUID, member_uuid: UUID) -> HttpResponse:
    """Show one person, and change the name."""
    organization = organization_of(request, organization_uuid)
    member = person_of(request, organization, member_uuid)
    form = OrganizationUserForm(
        request.POST if request.method == "POST" else None,
        initial={"first_name": member.shown_first_name, "last_name": member.shown_last_name},
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            rename_organization_user(
                membership=member, reach=reach_of(request), actor=request.user, now=timezone.now(), **values
            )
        except MemberGone as problem:
            messages.info(request, str(problem))
            return _to_list(organization)
        except MemberProblem as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, f"{values['first_name']} {values['last_name']} is saved.")
            return redirect("organizations:organization_user_edit", organization.uuid, member_uuid)
    context = {
        "form": form,
        "member": member,
        "row": row_of(request, organization, member, timezone.now()),
        "resets": list(member.reset_requests.waiting()),
    }
    return _render(request, "organization_user_edit", organization, context, status=422 if form.errors else 200)


@organization_page(Can.MANAGE_ORGANIZATION_USERS)
def organization_user_delete(request: PartnerRequest, organization_uuid: UUID, member_uuid: UUID) -> HttpResponse:
    """Ask, then delete."""
    organization = organization_of(request, organization_uuid)
    member = person_of(request, organization, member_uuid)
    row = row_of(request, organization, member, timezone.now())
    if request.method == "POST":
        try:
            delete_organization_user(membership=member, actor=request.user, now=timezone.now())
        except MemberProblem as problem:
            messages.error(request, str(problem))
        else:
            messages.success(request, f"The account of {row.name} is deleted.")
        return _to_list(organization)
    return _render(request, "organization_user_delete", organization, {"member": member, "row": row})


@organization_page(Can.MANAGE_ORGANIZATION_USERS)
def organization_user_reset(
    request: PartnerRequest, organization_uuid: UUID, member_uuid: UUID, what: str
) -> HttpResponse:
    """Ask for the reason, then reset somebody's password or second factor."""
    organization = organization_of(request, organization_uuid)
    member = person_of(request, organization, member_uuid)
    row = row_of(request, organization, member, timezone.now())
    form = ResetForm(request.POST if request.method == "POST" else None, what=what)
    if request.method == "POST" and form.is_valid():
        try:
            reset = request_reset(
                membership=member,
                what=form.what,
                reason=form.cleaned_data["reason"],
                reach=reach_of(request),
                actor=request.user,
                now=timezone.now(),
            )
        except ResetRefused as problem:
            messages.error(request, str(problem))
        else:
            messages.success(request, reset_in_words(reset, row.name))
        return redirect(row.url)
    context = {"form": form, "member": member, "row": row, "what": form.what}
    return _render(request, "organization_user_reset", organization, context, status=422 if form.errors else 200)


def _to_list(organization: Organization) -> HttpResponse:
    return redirect("organizations:settings_users", organization.uuid)


def _render(
    request: PartnerRequest, name: str, organization: Organization, context: dict, *, status: int = 200
) -> HttpResponse:
    return render_inside(
        request,
        f"organizations/{name}.html",
        organization,
        context,
        tab="Settings",
        section="Users",
        status=status,
    )
