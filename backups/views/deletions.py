"""Deletions of backed-up data: those of one client, all of a partner's, one of them, and its certificate."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from accounts.access import PartnerRequest, partner_page
from accounts.roles import Can
from backups.actions.deletions import is_requester, may_cancel
from backups.engine.deletion import KIND
from backups.engine.deletion_checks import contradiction, may_authorize
from backups.forms.deletions import ReasonForm
from backups.models import Deletion
from backups.views.deletion_requests import SECTION
from backups.views.deletion_rows import deletion_row
from jobs.models import Job
from organizations.models import Organization
from organizations.views.inside import organization_of, render_inside

PAGE_SIZE = 50
_SHOWS = {"OPEN": "Open", "ALL": "All"}


def deletions_of(request: PartnerRequest, organization: Organization) -> QuerySet[Deletion]:
    """Return the client's deletions, newest first."""
    mine = Deletion.objects.visible_to(request.membership).filter(organization=organization)
    return mine.select_related("organization__partner", "requester", "authorizer").newest_first()


def deletion_of(request: PartnerRequest, organization: Organization, deletion_uuid: UUID) -> Deletion:
    """Return one deletion of the client, or answer 404."""
    return get_object_or_404(deletions_of(request, organization), uuid=deletion_uuid)


@partner_page(Can.REQUEST_DELETION)
def deletion_board(request: PartnerRequest) -> HttpResponse:
    """List the deletions of all clients, the open ones alone or all, a page at a time."""
    show = request.GET.get("show", "")
    show = show if show in _SHOWS else "OPEN"
    mine = Deletion.objects.visible_to(request.membership).select_related("organization").newest_first()
    page = Paginator(mine.open() if show == "OPEN" else mine, PAGE_SIZE).get_page(request.GET.get("page"))
    now = timezone.now()
    context = {
        "rows": [deletion_row(one, now=now) for one in page],
        "page_obj": page,
        "show": show,
        "shows": list(_SHOWS.items()),
    }
    return render(request, "backups/deletion_board.html", context)


@partner_page(Can.REQUEST_DELETION)
def deletion_list(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """List a client's deletions, newest first, a page at a time."""
    organization, now = organization_of(request, organization_uuid), timezone.now()
    page = Paginator(deletions_of(request, organization), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"rows": [deletion_row(one, now=now) for one in page], "page_obj": page}
    return render_inside(request, "backups/deletion_list.html", organization, context, tab="Settings", section=SECTION)


@partner_page(Can.REQUEST_DELETION)
def deletion_detail(request: PartnerRequest, organization_uuid: UUID, deletion_uuid: UUID) -> HttpResponse:
    """Show one deletion, and what the person may do about it."""
    organization = organization_of(request, organization_uuid)
    deletion = deletion_of(request, organization, deletion_uuid)
    return render_deletion(request, organization, deletion)


def render_deletion(
    request: PartnerRequest,
    organization: Organization,
    deletion: Deletion,
    *,
    decline_form: ReasonForm | None = None,
    cancel_form: ReasonForm | None = None,
) -> HttpResponse:
    """Render the page of a deletion, with a form that was refused where there is one."""
    is_open = deletion.is_stoppable
    may_decide = deletion.state == Deletion.State.REQUESTED and may_authorize(request.user, organization)
    refused = decline_form or cancel_form
    context = {
        "deletion": deletion,
        "row": deletion_row(deletion, now=timezone.now()),
        "lines": Paginator(deletion.items.by_name(), PAGE_SIZE).get_page(request.GET.get("page")),
        "waits": _waits(deletion),
        "may_decide": may_decide,
        "is_mine": is_requester(deletion, request.user),
        "may_cancel": is_open and may_cancel(deletion, request.user),
        "forbidden": contradiction(deletion) if is_open else "",
        "decline_form": decline_form or ReasonForm(prefix="decline"),
        "cancel_form": cancel_form or ReasonForm(prefix="cancel"),
    }
    return render_inside(
        request, "backups/deletion_detail.html", organization, context, tab="Settings", section=SECTION,
        status=422 if refused else 200,
    )  # fmt: skip


def _waits(deletion: Deletion) -> str:
    """Return what a deletion waits for that is due, in the words of its job, or ""."""
    if deletion.state not in (Deletion.State.AUTHORIZED, Deletion.State.EXECUTING):
        return ""
    # A job that failed says so in words of the program; one that put itself off has no failed attempt.
    jobs = Job.objects.filter(kind=KIND, subject_id=deletion.pk, state=Job.State.QUEUED, attempts=0)
    return jobs.values_list("failure", flat=True).first() or ""


@partner_page(Can.REQUEST_DELETION)
def deletion_certificate(request: PartnerRequest, organization_uuid: UUID, deletion_uuid: UUID) -> HttpResponse:
    """Show the certificate of a deletion that is done, to be printed."""
    organization = organization_of(request, organization_uuid)
    deletion = _done(request, organization, deletion_uuid)
    context = {"deletion": deletion, "certificate": deletion.certificate, "erasures": _erasures(deletion.certificate)}
    return render_inside(
        request, "backups/deletion_certificate.html", organization, context, tab="Settings", section=SECTION
    )


@partner_page(Can.REQUEST_DELETION)
def deletion_certificate_file(request: PartnerRequest, organization_uuid: UUID, deletion_uuid: UUID) -> HttpResponse:
    """Hand the certificate out as a file for programs, and for `manage.py vault certificates`."""
    deletion = _done(request, organization_of(request, organization_uuid), deletion_uuid)
    content = json.dumps(deletion.certificate, ensure_ascii=False, indent=1, sort_keys=True)
    name = f"deletion-certificate-{deletion.uuid}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type="application/json", headers=headers)


def _done(request: PartnerRequest, organization: Organization, deletion_uuid: UUID) -> Deletion:
    deletion = deletion_of(request, organization, deletion_uuid)
    if deletion.certificate is None:
        raise Http404
    return deletion


def _erasures(certificate: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        one | one["certificate"] | {"erased_at": datetime.fromisoformat(one["certificate"]["erased_at"])}
        for one in certificate["erasures"]
    ]
