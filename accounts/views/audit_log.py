"""The User Activity page, and its file."""

from typing import Any

from django.apps import apps
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.access import PartnerRequest, partner_page
from accounts.actions.audit_exports import note_export
from accounts.activity import fitting, proof_for, read_activity
from accounts.activity_files import FORMATS, activity_answer, format_in
from accounts.forms.audit_log import ActivityFilter
from accounts.htmx import wants_part
from accounts.models import AuditEntry, User
from accounts.roles import Can


@partner_page(Can.SEE_AUDIT_LOG)
def audit_log(request: PartnerRequest) -> HttpResponse:
    """Show what the company's people did, newest first; older entries are loaded from a number on."""
    form, now = _filter(request), timezone.now()
    before = request.GET.get("before", "")
    entries = AuditEntry.objects.visible_to(request.membership)
    activity = read_activity(entries, wanted=form.wanted, before=before, viewer=request.membership)
    context = {
        "form": form,
        "days": activity.days,
        "older_than": activity.older_than,
        "is_filtered": any(form.wanted.values()),
        "zone": timezone.get_current_timezone_name(),
        "proof": proof_for(request.membership, now=now),
        "formats": FORMATS,
    }
    template = "accounts/_audit_rows.html" if wants_part(request) and before else "accounts/audit_log.html"
    return render(request, template, context)


@partner_page(Can.SEE_AUDIT_LOG)
def audit_log_export(request: PartnerRequest) -> HttpResponse | StreamingHttpResponse:
    """Hand out what the filters show, oldest first, in the ``format`` that is asked for."""
    form, file_format = _filter(request), format_in(request.GET)
    if form.is_bound and not form.is_valid():
        # The page says which filter makes no sense; a file of something else than was asked for would mislead.
        return redirect(f"{reverse('accounts:audit_log')}?{request.GET.urlencode()}")
    entries = fitting(AuditEntry.objects.visible_to(request.membership), form.wanted)
    partner, now = request.membership.partner, timezone.now()
    entries = note_export(
        partner, entries=entries, file_format=file_format, partner_id=partner.pk, actor=request.user, now=now
    )
    name = f"Audit log {timezone.localdate(now):%Y-%m-%d}"
    return activity_answer(entries, file_format=file_format, name=name, viewer=request.membership)


def _filter(request: PartnerRequest) -> ActivityFilter:
    clients: Any = apps.get_model("organizations", "Organization").objects.visible_to(request.membership)
    people = User.objects.visible_to(request.membership)
    return ActivityFilter(request.GET or None, people=people, clients=clients)
