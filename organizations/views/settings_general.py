"""Settings, General: whom to quote to support. Read only."""

from uuid import UUID

from django.http import HttpResponse

from accounts.access import PartnerRequest, organization_page
from accounts.countries import country_choices
from accounts.models import Membership
from accounts.roles import Can
from organizations.forms.organizations import subdivision_choices
from organizations.views.inside import organization_of, render_inside


@organization_page(Can.SEE_ORGANIZATION)
def settings_general(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Show the partner a client belongs to, and the client's own record."""
    organization = organization_of(request, organization_uuid)
    partner = organization.partner
    countries = dict(country_choices())
    # A client's people see no membership of the partner; whom to ask there is the one name that is theirs to know.
    administrators = Membership.objects.filter(partner=partner).administrators().select_related("user")
    context = {
        "partner": partner,
        "partner_country": countries.get(partner.country, "") if partner.country else "",
        "administrator": administrators.order_by("joined_at", "pk").first(),
        "country": countries.get(organization.country, "") if organization.country else "",
        "state": dict(subdivision_choices(organization.country)).get(organization.subdivision, "")
        if organization.subdivision
        else "",
        "connection": organization.connections.in_use().first(),
    }
    return render_inside(
        request, "organizations/settings_general.html", organization, context, tab="Settings", section="General"
    )
