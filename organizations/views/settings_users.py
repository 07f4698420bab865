"""Settings, Users: the people of a client, and what is asked of all of them."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PartnerRequest, organization_page, partner_page
from accounts.actions.memberships import MemberProblem
from accounts.doors import Door
from accounts.roles import ORGANIZATION_USER_CAN, ORGANIZATION_USER_CANNOT, Can
from organizations.actions.organization_users import require_second_factor
from organizations.forms.organization_users import SecondFactorForm
from organizations.views.inside import organization_of, render_inside
from organizations.views.organization_people import people_of, row_of

PAGE_SIZE = 50


@organization_page(Can.MANAGE_ORGANIZATION_USERS)
def settings_users(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """List the organization's people, and say what they may do; a fixed number of queries."""
    organization = organization_of(request, organization_uuid)
    people = people_of(request, organization)
    page = Paginator(people.order_by("list_name", "id"), PAGE_SIZE).get_page(request.GET.get("page"))
    now = timezone.now()
    context = {
        "rows": [row_of(request, organization, member, now) for member in page],
        "page_obj": page,
        "door_url": settings.BASE_URL + Door.ORGANIZATION.address,
        "can": [sentence for sentence, _ in ORGANIZATION_USER_CAN],
        "cannot": [sentence for sentence, _ in ORGANIZATION_USER_CANNOT],
    }
    if request.membership.may(Can.EDIT_ORGANIZATION):
        context["without_second_factor"] = people.exclude(joined_at=None).filter(has_second_factor=False).count()
    return render_inside(
        request, "organizations/settings_users.html", organization, context, tab="Settings", section="Users"
    )


@partner_page(Can.EDIT_ORGANIZATION)
@require_POST
def organization_second_factor(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Demand a second factor of everyone at the organization, or make it optional again."""
    organization = organization_of(request, organization_uuid)
    form = SecondFactorForm(request.POST)
    form.is_valid()
    is_required = form.cleaned_data["is_required"]
    try:
        require_second_factor(
            organization=organization, is_required=is_required, actor=request.user, now=timezone.now()
        )
    except MemberProblem as problem:
        messages.error(request, str(problem))
    else:
        rule = "is required of everyone" if is_required else "is optional"
        messages.success(request, f"A second factor {rule} at {organization}.")
    return redirect("organizations:settings_users", organization.uuid)
