"""Looking at one saved object: opened by a line in the log, read by a worker, shown without anything that runs."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.vary import vary_on_headers

from accounts.access import PartnerRequest, organization_page
from accounts.htmx import wants_part
from accounts.roles import Can
from backups.actions.previews import NothingKept, open_preview
from backups.forms.references import Reference, read_reference
from backups.models import Container, Preview, SearchEntry, VaultCommit
from backups.views.run_rows import KIND_ICONS
from backups.views.version_rows import versions_of
from organizations.models import Organization
from organizations.views.figure_words import counted, moment_words
from organizations.views.inside import organization_of, render_inside

# A page of a message may show pictures that stand in it, styles that stand at its elements, and nothing else.
FRAME_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none';"
    " form-action 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
_FRAME = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Message</title>'
    '<meta name="color-scheme" content="light"><style>body{margin:0;padding:1rem;font:15px/1.5 system-ui,sans-serif;'
    "color:#1c1b19;background:#fff;overflow-wrap:anywhere}img{max-width:100%;height:auto}table{max-width:100%}"
    "pre{white-space:pre-wrap}</style></head><body>"
)


@organization_page(Can.SEARCH_DATA)
def preview_open(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Write down that the member looks at an object, ask for it to be read, and show it as soon as it is."""
    organization = organization_of(request, organization_uuid)
    reference = read_reference(request.GET.get("ref", ""))
    container = reference and _containers(request, organization).filter(uuid=reference.container).first()
    if not container:
        raise Http404
    compare = request.GET.get("compare", "")
    try:
        preview = open_preview(
            container=container,
            object_uuid=reference.object,
            from_commit=reference.from_commit,
            compared_with=int(compare[:18]) if compare.isascii() and compare.isdecimal() else None,
            actor=request.user,
            title=_title(request, reference),
            now=timezone.now(),
        )
    except NothingKept as problem:
        context = {"organization": organization, "gone": str(problem)}
        return _shown(request, organization, context, status=200 if request.htmx else 404)
    if wants_part(request):
        return _shown(request, organization, _context(organization, preview))
    return redirect("backups:preview_detail", organization.uuid, preview.uuid)


@organization_page(Can.SEARCH_DATA)
@vary_on_headers("HX-Request")
def preview_detail(request: PartnerRequest, organization_uuid: UUID, preview_uuid: UUID) -> HttpResponse:
    """Show what was opened, or that it is still being read; then the part asks for itself again."""
    organization = organization_of(request, organization_uuid)
    preview = _preview_of(request, organization, preview_uuid)
    return _shown(request, organization, _context(organization, preview))


@organization_page(Can.SEARCH_DATA)
@xframe_options_sameorigin
def preview_frame(request: PartnerRequest, organization_uuid: UUID, preview_uuid: UUID) -> HttpResponse:
    """Show the page of a message or a site in a frame that has no origin, runs nothing and loads nothing."""
    organization = organization_of(request, organization_uuid)
    preview = _preview_of(request, organization, preview_uuid)
    if not preview.sheet.get("page"):
        raise Http404
    # Not through a template: what was cleaned is the only HTML of others that is ever shown, and only here.
    answer = HttpResponse(f"{_FRAME}{preview.sheet['page']}</body></html>")
    answer["Content-Security-Policy"] = FRAME_POLICY
    return answer


def _preview_of(request: PartnerRequest, organization: Organization, preview_uuid: UUID) -> Preview:
    mine = Preview.objects.visible_to(request.membership).filter(organization=organization)
    return get_object_or_404(mine.select_related("container__item"), uuid=preview_uuid, expires_at__gt=timezone.now())


def _containers(request: PartnerRequest, organization: Organization):
    return Container.objects.visible_to(request.membership).filter(organization=organization).select_related(
        "item", "organization"
    )  # fmt: skip


def _title(request: PartnerRequest, reference: Reference) -> str:
    found = SearchEntry.objects.visible_to(request.membership).filter(
        container__uuid=reference.container, object=reference.object, from_commit=reference.from_commit
    )
    return found.values_list("name", flat=True).first() or ""


def _context(organization: Organization, preview: Preview) -> dict:
    container, now = preview.container, timezone.now()
    reference = Reference(container.uuid, preview.object, preview.from_commit)
    sheet = preview.sheet
    return {
        "organization": organization,
        "preview": preview,
        "sheet": sheet,
        "reference": str(reference),
        "kind": container.get_kind_display(),
        "kind_icon": KIND_ICONS[container.kind],
        "owner": str(container.item),
        "is_gone": container.item.gone_at is not None,
        "is_waiting": preview.state == Preview.State.WAITING,
        "blocked": counted(sheet["blocked"], "picture") if sheet.get("blocked") else "",
        "versions": versions_of(organization, preview, now=now),
        "compared": _compared_words(organization, preview, now),
    }


def _compared_words(organization: Organization, preview: Preview, now) -> str:
    if preview.compared_with is None:
        return ""
    moments = VaultCommit.objects.filter(organization=organization.uuid, number=preview.compared_with)
    return moment_words(moments.values_list("made_at", flat=True).first(), now)


def _shown(request: PartnerRequest, organization: Organization, context: dict, status: int = 200) -> HttpResponse:
    if wants_part(request):
        return render(request, "backups/_preview.html", context, status=status)
    return render_inside(request, "backups/preview_detail.html", organization, context, tab="Search", status=status)
