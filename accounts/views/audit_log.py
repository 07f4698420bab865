"""The User Activity page."""

from datetime import datetime, time, timedelta

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import PartnerRequest, partner_page
from accounts.forms.audit_log import ActivityFilter
from accounts.models import AuditEntry
from accounts.roles import Can, Role
from accounts.sentences import actions_of, changes, icon, sentence

PAGE_SIZE = 50


@partner_page(Can.SEE_AUDIT_LOG)
def audit_log(request: PartnerRequest) -> HttpResponse:
    """Show what the company's people did, newest first; older entries are loaded from a number on."""
    form = ActivityFilter(request.GET or None, membership=request.membership)
    form.is_valid()
    entries = _filtered(AuditEntry.objects.visible_to(request.membership), form.cleaned_data if form.is_bound else {})
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        entries = entries.filter(number__lt=int(before))
    found = list(entries.select_related("chain").newest_first()[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    context = {
        "form": form,
        "days": _by_day([_as_row(entry) for entry in shown]),
        "older_than": shown[-1].number if len(found) > PAGE_SIZE else None,
        "is_filtered": any(form.cleaned_data.values()) if form.is_bound else False,
        "zone": timezone.get_current_timezone_name(),
    }
    template = "accounts/_audit_rows.html" if request.htmx and before else "accounts/audit_log.html"
    return render(request, template, context)


def _filtered(entries, values: dict):
    if person := values.get("person"):
        entries = entries.filter(actor_id=person.pk)
    if prefixes := actions_of(values.get("subject", "")):
        wanted = Q()
        for prefix in prefixes:
            wanted |= Q(action__startswith=prefix)
        entries = entries.filter(wanted)
    zone = timezone.get_current_timezone()
    if since := values.get("since"):
        entries = entries.filter(at__gte=datetime.combine(since, time.min, zone))
    if until := values.get("until"):
        entries = entries.filter(at__lt=datetime.combine(until + timedelta(days=1), time.min, zone))
    return entries


def _as_row(entry: AuditEntry) -> dict:
    return {
        "at": timezone.localtime(entry.at),
        "icon": icon(entry),
        "actor": entry.actor,
        "role": Role(entry.actor_role).label if entry.actor_role else "",
        "sentence": sentence(entry),
        "changes": changes(entry),
        "reason": entry.details.get("reason", ""),
        "address": entry.address or "",
        "number": entry.number,
        "hash": entry.hash,
    }


def _by_day(rows: list[dict]) -> list[tuple]:
    days: list[tuple] = []
    for row in rows:
        if not days or days[-1][0] != row["at"].date():
            days.append((row["at"].date(), []))
        days[-1][1].append(row)
    return days
