"""How far the look at a client's service is, and asking for one."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PartnerRequest, organization_page
from accounts.roles import Can
from organizations.actions.discovery import AlreadyLooking, DiscoveryProblem, NotReadable, request_discovery
from organizations.models import Connection, Organization
from organizations.views.inside import organization_of

_FRAGMENT = "organizations/_discovery_state.html"


def connection_of(request: PartnerRequest, organization: Organization) -> Connection | None:
    """Return the client's connection that was not given up, or None."""
    return Connection.objects.visible_to(request.membership).in_use().filter(organization=organization).first()


@organization_page(Can.SEE_ORGANIZATION)
def discovery_state(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Say how far the look is; the page asks every few seconds while one is under way."""
    organization = organization_of(request, organization_uuid)
    if not request.htmx:
        return redirect("organizations:item_list", organization.uuid)
    context = {"organization": organization, "connection": connection_of(request, organization), "has_asked": True}
    return render(request, _FRAGMENT, context)


@organization_page(Can.CHOOSE_ITEMS)
@require_POST
def discovery_request(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Look for new accounts, sites and teams."""
    organization = organization_of(request, organization_uuid)
    connection, problem = connection_of(request, organization), None
    try:
        if connection is None:
            raise NotReadable("This client is not connected to a service yet, so there is nothing to look through.")
        connection = request_discovery(connection=connection, actor=request.user, now=timezone.now())
    except DiscoveryProblem as refusal:
        problem = refusal
    if request.htmx:
        context = {"organization": organization, "connection": connection, "problem": problem}
        return render(request, _FRAGMENT, context, status=422 if problem else 200)
    if isinstance(problem, AlreadyLooking):
        messages.info(request, str(problem))
    elif problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, "We are looking for new accounts. What is found appears here.")
    return redirect("organizations:item_list", organization.uuid)
