"""The Restores tab: what was brought back, and one restore while it goes on and afterwards."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import PartnerRequest, organization_page
from accounts.csv_answers import csv_answer
from accounts.htmx import wants_part
from accounts.roles import Can
from backups.actions.restore_refusals import RestoreProblem
from backups.actions.restores import cancel_restore, pause_restore, resume_restore
from backups.models import Restore, RestoreObject
from backups.views.restore_figures import forecast_of, progress_of
from backups.views.restore_rows import folder_row, object_row, restore_row
from backups.views.run_progress import quota_of
from organizations.models import Organization
from organizations.views.figure_words import moment_words
from organizations.views.inside import organization_of, render_inside

PAGE_SIZE = 50
_RECENT = 5
_FOLDERS = 200
# what the filter of the report is called: (label, states)
_SHOWS = {
    "trouble": ("With trouble", ("DEGRADED", "FAILED")),
    "restored": ("Restored", ("CREATED", "REPLACED", "DEGRADED")),
    "skipped": ("Already there", ("SKIPPED",)),
    "all": ("All", ()),
}
_COLUMNS = (
    "Object",
    "Folder",
    "Result",
    "Came back without",
    "Why",
    "Size in bytes",
    "Id at the service",
    "Request id",
)


@organization_page(Can.RESTORE_DATA)
@vary_on_headers("HX-Request")
def restore_list(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """List the client's restores, a page at a time; asks for itself again while one goes on."""
    organization, now = organization_of(request, organization_uuid), timezone.now()
    found = restores_of(request, organization).exclude(started_at=None).newest_first()
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "rows": [restore_row(one, now=now) for one in page],
        "page_obj": page,
        "is_open": any(one.is_working for one in page),
    }
    template = "backups/_restore_table.html" if wants_part(request) else "backups/restore_list.html"
    return render_inside(request, template, organization, context, tab="Restores")


@organization_page(Can.RESTORE_DATA)
def restore_recent(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Show the newest restores as a part of the client's dashboard."""
    organization, now = organization_of(request, organization_uuid), timezone.now()
    if not request.htmx:
        return redirect("backups:restore_list", organization.uuid)
    newest = list(restores_of(request, organization).exclude(started_at=None).newest_first()[:_RECENT])
    context = {
        "organization": organization,
        "rows": [restore_row(one, now=now) for one in newest],
        "is_open": any(one.is_working for one in newest),
    }
    return render(request, "backups/_restore_recent.html", context)


@organization_page(Can.RESTORE_DATA)
@vary_on_headers("HX-Request")
def restore_detail(request: PartnerRequest, organization_uuid: UUID, restore_uuid: UUID) -> HttpResponse:
    """Show a plan with its forecast, a restore with its progress, or its report."""
    organization = organization_of(request, organization_uuid)
    restore = restore_of(request, organization, restore_uuid)
    template = "backups/_restore_body.html" if wants_part(request) else "backups/restore_detail.html"
    context = _context(request, organization, restore)
    return render_inside(request, template, organization, context, tab="Restores")


@organization_page(Can.RESTORE_DATA)
@require_POST
def restore_pause(request: PartnerRequest, organization_uuid: UUID, restore_uuid: UUID) -> HttpResponse:
    """Have a restore stop at its next safe place."""
    return _change(request, organization_uuid, restore_uuid, pause_restore)


@organization_page(Can.RESTORE_DATA)
@require_POST
def restore_resume(request: PartnerRequest, organization_uuid: UUID, restore_uuid: UUID) -> HttpResponse:
    """Go on with a restore that was paused or broke off."""
    return _change(request, organization_uuid, restore_uuid, resume_restore)


@organization_page(Can.RESTORE_DATA)
def restore_cancel(request: PartnerRequest, organization_uuid: UUID, restore_uuid: UUID) -> HttpResponse:
    """Ask once more before a restore is stopped; what it put back stays."""
    organization = organization_of(request, organization_uuid)
    restore = restore_of(request, organization, restore_uuid)
    if request.method == "POST":
        return _change(request, organization_uuid, restore_uuid, cancel_restore)
    context = {"restore": restore, "organization": organization}
    if request.htmx:
        return render(request, "backups/_restore_cancel.html", context)
    return render_inside(request, "backups/restore_cancel.html", organization, context, tab="Restores")


@organization_page(Can.RESTORE_DATA)
def restore_report(request: PartnerRequest, organization_uuid: UUID, restore_uuid: UUID) -> StreamingHttpResponse:
    """Hand out what became of every object as CSV, a line at a time."""
    organization = organization_of(request, organization_uuid)
    restore = restore_of(request, organization, restore_uuid)
    day = timezone.localdate(restore.started_at or restore.requested_at)
    objects = _objects_of(request, restore).order_by("pk").iterator(chunk_size=2000)
    return csv_answer(f"Restore report {day:%Y-%m-%d}.csv", _COLUMNS, map(_cells, objects))


def restores_of(request: PartnerRequest, organization: Organization) -> QuerySet[Restore]:
    """Return the client's restores and plans."""
    mine = Restore.objects.visible_to(request.membership).filter(organization=organization)
    return mine.select_related("source", "target", "connection", "snapshot")


def restore_of(request: PartnerRequest, organization: Organization, restore_uuid: UUID) -> Restore:
    """Return one restore of the client, or answer 404 like for one that never was."""
    return get_object_or_404(restores_of(request, organization), uuid=restore_uuid)


def _context(request: PartnerRequest, organization: Organization, restore: Restore) -> dict[str, Any]:
    now = timezone.now()
    context = {
        "organization": organization,
        "restore": restore,
        "row": restore_row(restore, now=now),
        "point": moment_words(restore.as_of, now) if restore.as_of else "as it was saved last",
    }
    if restore.is_plan:
        return context | {"forecast": forecast_of(restore, request.user, now=now)}
    parts = {one.position: one for one in restore.parts.select_related("container")}
    objects = _objects_of(request, restore)
    show = request.GET.get("show") if request.GET.get("show") in _SHOWS else "trouble"
    states = _SHOWS[show][1]
    listed = objects.filter(state__in=states) if states else objects
    page = Paginator(listed.order_by("pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    folders = objects.folders()
    return context | {
        "progress": progress_of(restore, now=now),
        "quota": quota_of(restore, now=now) if restore.is_working else [],
        "folders": [folder_row(one, parts[one.position]) for one in folders[:_FOLDERS]],
        "folders_more": max(len(folders) - _FOLDERS, 0),
        "objects": [object_row(one) for one in page],
        "page_obj": page,
        "show": show,
        "shows": [(code, label) for code, (label, _) in _SHOWS.items()],
    }


def _objects_of(request: PartnerRequest, restore: Restore) -> QuerySet[RestoreObject]:
    return RestoreObject.objects.visible_to(request.membership).filter(part__restore=restore)


def where_it_is(restore: Restore) -> str:
    """Return the address of a restore, or of the list where a plan is gone: what it would have read was deleted."""
    organization = restore.organization.uuid
    if Restore.objects.filter(pk=restore.pk).exists():
        return reverse("backups:restore_detail", args=[organization, restore.uuid])
    return reverse("backups:restore_list", args=[organization])


def _change(request: PartnerRequest, organization_uuid: UUID, restore_uuid: UUID, change) -> HttpResponse:
    organization = organization_of(request, organization_uuid)
    restore = restore_of(request, organization, restore_uuid)
    try:
        change(restore=restore, actor=request.user, now=timezone.now())
    except RestoreProblem as problem:
        messages.info(request, str(problem))
    return redirect(where_it_is(restore))


def _cells(one: RestoreObject) -> tuple:
    row = object_row(one)
    without = "; ".join(row.why[1:] if one.problem else row.why)
    return (row.name, row.folder, row.words, without, one.problem, one.size, one.new_id, one.request_id)
