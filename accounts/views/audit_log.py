"""The User Activity page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import PartnerRequest, partner_page
from accounts.activity import read_activity
from accounts.forms.audit_log import ActivityFilter
from accounts.htmx import wants_part
from accounts.models import AuditEntry, User
from accounts.roles import Can


@partner_page(Can.SEE_AUDIT_LOG)
def audit_log(request: PartnerRequest) -> HttpResponse:
    """Show what the company's people did, newest first; older entries are loaded from a number on."""
    form = ActivityFilter(request.GET or None, people=User.objects.visible_to(request.membership))
    before = request.GET.get("before", "")
    entries = AuditEntry.objects.visible_to(request.membership)
    activity = read_activity(entries, wanted=form.wanted, before=before, viewer=request.membership)
    context = {
        "form": form,
        "days": activity.days,
        "older_than": activity.older_than,
        "is_filtered": any(form.wanted.values()),
        "zone": timezone.get_current_timezone_name(),
    }
    template = "accounts/_audit_rows.html" if wants_part(request) and before else "accounts/audit_log.html"
    return render(request, template, context)
