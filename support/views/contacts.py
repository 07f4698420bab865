"""My Contacts."""

from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import PartnerRequest, partner_page
from accounts.roles import Can
from support.models import Contact


@partner_page(Can.SEE_CONTACTS)
def contact_list(request: PartnerRequest) -> HttpResponse:
    """Show whom to call or write to, by function in the order people know."""
    found = Contact.objects.visible_to(request.membership).by_function()
    now = timezone.now()
    here = timezone.localtime(now).utcoffset()
    rows = [
        {"contact": one, "is_another_zone": now.astimezone(ZoneInfo(one.time_zone)).utcoffset() != here}
        for one in found
    ]
    return render(request, "support/contact_list.html", {"rows": rows, "now": now})
