"""One client: the first page inside it, for partner staff and for its own people."""

from uuid import UUID

from django.http import HttpResponse

from accounts.access import PartnerRequest, organization_page
from accounts.roles import Can
from organizations.views.inside import organization_of, render_inside


@organization_page(Can.SEE_ORGANIZATION)
def overview(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Show how the client stands: its connection, what is protected, and what needs a person."""
    organization = organization_of(request, organization_uuid)
    return render_inside(request, "organizations/overview.html", organization, tab="Dashboard")
