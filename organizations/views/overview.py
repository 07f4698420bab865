"""One client: the first page inside it, for partner staff and for its own people."""

from uuid import UUID

import pycountry
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.access import PartnerRequest, organization_page
from accounts.roles import Can
from organizations.models import Organization


@organization_page(Can.SEE_ORGANIZATION)
def overview(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Show the client's record and the partner who looks after it."""
    visible = Organization.objects.visible_to(request.membership).select_related("partner")
    organization = get_object_or_404(visible, uuid=organization_uuid)
    country = pycountry.countries.get(alpha_2=organization.country) if organization.country else None
    return render(
        request,
        "organizations/overview.html",
        {"organization": organization, "country": country.name if country else ""},
    )
