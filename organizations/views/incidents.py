"""Trouble that people were told about: the list of all clients, of one, and what can be done about one."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PartnerRequest, partner_page
from accounts.roles import Can
from organizations.actions.incidents import MUTES, acknowledge_incident, mute_incident, unmute_incident
from organizations.models import Incident
from organizations.views.incident_rows import incident_row
from organizations.views.inside import organization_of, render_inside

PAGE_SIZE = 50
_SHOWS = {"open": ("Open", Q(ended_at=None)), "past": ("Past", Q(ended_at__isnull=False)), "all": ("All", Q())}


@partner_page(Can.HANDLE_INCIDENTS)
def incident_list(request: PartnerRequest) -> HttpResponse:
    """List the incidents of all clients, newest first, filtered, a page at a time."""
    found = _of(request)
    return render(request, "organizations/incident_list.html", _listed(request, found))


@partner_page(Can.HANDLE_INCIDENTS)
def organization_incidents(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """List the incidents of one client."""
    organization = organization_of(request, organization_uuid)
    context = _listed(request, _of(request).filter(organization=organization))
    return render_inside(
        request, "organizations/organization_incidents.html", organization, context, tab="Incidents"
    )  # fmt: skip


@partner_page(Can.HANDLE_INCIDENTS)
def incident_detail(request: PartnerRequest, incident_uuid: UUID) -> HttpResponse:
    """Show an incident, who was told of it and how, and what can be done about it."""
    incident, now = _incident(request, incident_uuid), timezone.now()
    context = {
        "incident": incident,
        "row": incident_row(incident, now=now),
        "is_muted": incident.is_muted(now),
        "notices": incident.notices.order_by("at", "pk")[:200],
        "mutes": [(code, words) for code, (words, _) in MUTES.items()],
        "zone": timezone.get_current_timezone_name(),
    }
    return render(request, "organizations/incident_detail.html", context)


@partner_page(Can.HANDLE_INCIDENTS)
@require_POST
def incident_acknowledge(request: PartnerRequest, incident_uuid: UUID) -> HttpResponse:
    """Note that the person looks after it."""
    incident = _incident(request, incident_uuid)
    if acknowledge_incident(incident=incident, actor=request.user, now=timezone.now()):
        messages.success(request, "Your colleagues see that you look after it.")
    return redirect("organizations:incident_detail", incident.uuid)


@partner_page(Can.HANDLE_INCIDENTS)
@require_POST
def incident_mute(request: PartnerRequest, incident_uuid: UUID) -> HttpResponse:
    """Tell nobody anything more of it, for a time."""
    incident, how_long = _incident(request, incident_uuid), request.POST.get("how_long", "")
    if how_long not in MUTES:
        messages.error(request, "Nothing was changed: choose for how long it shall be muted.")
    elif mute_incident(incident=incident, how_long=how_long, actor=request.user, now=timezone.now()):
        messages.success(request, f"Muted {MUTES[how_long][0]}.")
    return redirect("organizations:incident_detail", incident.uuid)


@partner_page(Can.HANDLE_INCIDENTS)
@require_POST
def incident_unmute(request: PartnerRequest, incident_uuid: UUID) -> HttpResponse:
    """Let people be told of it again."""
    incident = _incident(request, incident_uuid)
    if unmute_incident(incident=incident, actor=request.user, now=timezone.now()):
        messages.success(request, "It is not muted any more.")
    return redirect("organizations:incident_detail", incident.uuid)


def _of(request: PartnerRequest) -> QuerySet[Incident]:
    return Incident.objects.visible_to(request.membership)


def _incident(request: PartnerRequest, incident_uuid: UUID) -> Incident:
    found = _of(request).select_related("organization").annotate(told=Count("notices"))
    return get_object_or_404(found, uuid=incident_uuid)


def _listed(request: PartnerRequest, found: QuerySet[Incident]) -> dict:
    """Return what a list shows: the filters, and a page of rows."""
    now = timezone.now()
    show = request.GET.get("show") if request.GET.get("show") in _SHOWS else "open"
    kind = request.GET.get("kind") if request.GET.get("kind") in Incident.Kind.values else ""
    words = request.GET.get("q", "").strip()[:100]
    wanted = found.filter(_SHOWS[show][1])
    if kind:
        wanted = wanted.filter(kind=kind)
    for word in words.split():
        wanted = wanted.filter(Q(organization__name__icontains=word) | Q(rule_name__icontains=word))
    page = Paginator(wanted.newest_first(), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = found.filter(pk__in=[one.pk for one in page]).select_related("organization")
    return {
        "rows": [incident_row(one, now=now) for one in rows.annotate(told=Count("notices")).newest_first()],
        "page_obj": page,
        "show": show,
        "shows": [(code, label) for code, (label, _) in _SHOWS.items()],
        "kind": kind,
        "kinds": Incident.Kind.choices,
        "words": words,
        "zone": timezone.get_current_timezone_name(),
    }
