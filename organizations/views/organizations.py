"""Creating a client and changing its record."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.vary import vary_on_headers

from accounts.access import PartnerRequest, partner_page
from accounts.roles import Can
from organizations.actions.organizations import FIELDS, NameTaken, create_organization, edit_organization
from organizations.forms.organizations import OrganizationEditForm, OrganizationForm
from organizations.views.inside import organization_of, render_inside

# The button that asks for the states of another country, where no script does.
_OTHER_COUNTRY = "other_country"


@partner_page(Can.CREATE_ORGANIZATION)
@vary_on_headers("HX-Request")
def organization_create(request: PartnerRequest) -> HttpResponse:
    """Create a client, then go on to connect it."""
    partner = request.membership.partner
    form = _form(request, OrganizationForm, {"country": partner.country})
    if _is_for_states(request):
        return render(request, "organizations/_subdivision.html", {"form": form})
    if _is_ready(request, form):
        try:
            organization = create_organization(
                partner=partner, values=form.cleaned_data, actor=request.user, now=timezone.now()
            )
        except NameTaken as problem:
            form.add_error("name", str(problem))
        else:
            messages.success(request, f"{organization.name} is created. Connect its Microsoft 365 next.")
            return redirect("organizations:connection_detail", organization.uuid)
    context = {"form": form, "partner": partner}
    return render(request, "organizations/organization_create.html", context, status=422 if form.errors else 200)


@partner_page(Can.EDIT_ORGANIZATION)
@vary_on_headers("HX-Request")
def organization_edit(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Change a client's record."""
    organization = organization_of(request, organization_uuid)
    form = _form(request, OrganizationEditForm, {name: getattr(organization, name) for name in FIELDS})
    if _is_for_states(request):
        return render(request, "organizations/_subdivision.html", {"form": form})
    if _is_ready(request, form):
        try:
            organization = edit_organization(
                organization=organization, values=form.changes(), actor=request.user, now=timezone.now()
            )
        except NameTaken as problem:
            form.add_error("name", str(problem))
        else:
            messages.success(request, f"The record of {organization.name} is saved.")
            return redirect(organization)
    context = {"form": form, "partner": organization.partner}
    return render_inside(
        request,
        "organizations/organization_edit.html",
        organization,
        context,
        tab="Edit record",
        status=422 if form.errors else 200,
    )


def _form(request: PartnerRequest, form_class: type[OrganizationForm], initial: dict[str, str]) -> OrganizationForm:
    """Return the form as it was sent, or as it is first shown."""
    if request.method == "POST":
        return form_class(request.POST, initial=initial)
    return form_class(initial=initial | ({"country": request.GET["country"]} if _is_for_states(request) else {}))


def _is_for_states(request: PartnerRequest) -> bool:
    """Whether only the states of another country are asked for, in place."""
    return request.method == "GET" and bool(request.htmx) and "country" in request.GET


def _is_ready(request: PartnerRequest, form: OrganizationForm) -> bool:
    """Whether the form shall be saved and may be. A form that only asks for other states keeps what was typed and
    complains about nothing.
    """
    if not form.is_bound:
        return False
    if _OTHER_COUNTRY in request.POST:
        form.errors.clear()
        return False
    return form.is_valid()
