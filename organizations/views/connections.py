"""The link to the client’s service."""

from uuid import UUID

from django.http import HttpResponse

from accounts.access import PartnerRequest, organization_page
from accounts.roles import Can
from organizations.views.inside import organization_of, render_inside


@organization_page(Can.CONNECT_SERVICE)
def connection_detail(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """The link to the client’s service."""
    organization = organization_of(request, organization_uuid)
    return render_inside(request, "organizations/inside.html", organization, tab="Settings", section="Connection")
