"""All clients of a partner."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from accounts.access import PartnerRequest, partner_page
from accounts.roles import Can
from organizations.models import Organization

PAGE_SIZE = 50


@partner_page(Can.SEE_ORGANIZATION)
def board(request: PartnerRequest) -> HttpResponse:
    """List the clients by name, searched, a page at a time."""
    words = request.GET.get("q", "").strip()[:100]
    found = Organization.objects.visible_to(request.membership).matching(words).by_name()
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    template = "organizations/_organization_table.html" if request.htmx else "organizations/board.html"
    return render(request, template, {"page_obj": page, "words": words})
