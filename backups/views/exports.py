"""The Exports tab: what was handed out, and one export while it is prepared."""

from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.vary import vary_on_headers

from accounts.access import PartnerRequest, organization_page
from accounts.htmx import wants_part
from accounts.roles import Can
from backups.actions.exports import note_download
from backups.models import Container, Export, ExportVolume, Parcel
from backups.views.export_rows import export_row
from backups.views.parcel_answers import parcel_answer
from backups.views.run_rows import bytes_words
from organizations.models import Organization
from organizations.views.figure_words import moment_words
from organizations.views.inside import organization_of, render_inside

PAGE_SIZE = 50


def exports_of(request: PartnerRequest, organization: Organization) -> QuerySet[Export]:
    """Return the client's exports that were started, newest first."""
    mine = Export.objects.visible_to(request.membership).filter(organization=organization)
    return mine.asked_for().newest_first()


def containers_of(request: PartnerRequest, organization: Organization) -> QuerySet[Container]:
    """Return what may be exported of the client."""
    return Container.objects.visible_to(request.membership).filter(organization=organization)


@organization_page(Can.EXPORT_DATA)
@vary_on_headers("HX-Request")
def export_list(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """List the client's exports, a page at a time; asks for itself again while one is prepared."""
    organization, now = organization_of(request, organization_uuid), timezone.now()
    page = Paginator(exports_of(request, organization), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "rows": [export_row(export, now=now) for export in page],
        "page_obj": page,
        "is_open": any(export.is_open for export in page),
    }
    template = "backups/_export_table.html" if wants_part(request) else "backups/export_list.html"
    return render_inside(request, template, organization, context, tab="Exports")


@organization_page(Can.EXPORT_DATA)
@vary_on_headers("HX-Request")
def export_detail(request: PartnerRequest, organization_uuid: UUID, export_uuid: UUID) -> HttpResponse:
    """Show one export with its volumes; asks for itself again while it is prepared."""
    organization, now = organization_of(request, organization_uuid), timezone.now()
    export = get_object_or_404(exports_of(request, organization), uuid=export_uuid)
    context = {
        "export": export,
        "row": export_row(export, now=now),
        "is_mine": export.person_id == request.user.pk,
        "volumes": [
            (volume, bytes_words(volume.size), moment_words(volume.downloaded_at, now))
            for volume in export.volumes.order_by("number")
        ],
        "expected": bytes_words(export.bytes_expected),
    }
    template = "backups/_export_body.html" if wants_part(request) else "backups/export_detail.html"
    return render_inside(request, template, organization, context, tab="Exports")


@organization_page(Can.EXPORT_DATA)
def export_download(
    request: PartnerRequest, organization_uuid: UUID, export_uuid: UUID, volume_number: int
) -> HttpResponse:
    """Hand one volume to the person who asked for the export; for everybody else it is not there."""
    organization, now = organization_of(request, organization_uuid), timezone.now()
    own = exports_of(request, organization).filter(person=request.user, expires_at__gt=now)
    volumes = ExportVolume.objects.visible_to(request.membership).filter(export__in=own)
    volume = get_object_or_404(
        volumes.select_related("export__organization"), export__uuid=export_uuid, number=volume_number
    )
    parcel = get_object_or_404(Parcel.objects.visible_to(request.membership).fetchable(now), pk=volume.parcel_id)
    if not volume.export.is_ready:
        raise Http404
    answer = parcel_answer(request, parcel, permission=Can.EXPORT_DATA)
    if request.method == "GET" and answer.status_code in (200, 206):
        size = int(answer["Content-Length"])
        note_download(volume=volume, size=size, actor=request.user, now=now)
    return answer
