"""Settings, Services."""

from uuid import UUID

from django.http import HttpResponse

from accounts.access import PartnerRequest, organization_page
from accounts.roles import Can
from organizations.views.inside import organization_of, render_inside


@organization_page(Can.SEE_ORGANIZATION)
def settings_services(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Settings, Services."""
    organization = organization_of(request, organization_uuid)
    return render_inside(request, "organizations/inside.html", organization, tab="Settings", section="Services")
