"""Reports, Object backup status: what could not be saved, why, and what is done about it."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, Q, QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import PartnerRequest, organization_page
from accounts.csv_answers import csv_answer
from accounts.htmx import wants_part
from accounts.roles import Can
from backups.actions.failures import exclude_failures, include_failures, retry_failures
from backups.forms.failures import FailureForm
from backups.models import Failure
from backups.views.failure_rows import COLUMNS, failure_cells, failure_row
from organizations.models import Organization
from organizations.views.figure_words import counted
from organizations.views.inside import organization_of, render_inside

PAGE_SIZE = 50
_OPEN, _EXCLUDED = Q(closed_at=None, excluded_at=None), Q(closed_at=None, excluded_at__isnull=False)
# what the filter is called: (label, condition)
_SHOWS = {
    "open": ("Failing", _OPEN),
    "excluded": ("Excluded", _EXCLUDED),
    "ended": ("Saved since or gone", Q(closed_at__isnull=False)),
    "all": ("All", Q()),
}


@organization_page(Can.SEE_REPORTS)
@vary_on_headers("HX-Request")
def failure_list(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """List what could not be saved, open first, a page at a time."""
    organization, now = organization_of(request, organization_uuid), timezone.now()
    show, words = _show(request), request.GET.get("q", "").strip()[:100]
    page = Paginator(_listed(request, organization, show, words), PAGE_SIZE).get_page(request.GET.get("page"))
    every = failures_of(request, organization)
    context = {
        "rows": [failure_row(one, now=now) for one in page],
        "page_obj": page,
        "show": show,
        "words": words,
        "shows": [(code, label) for code, (label, _) in _SHOWS.items()],
        "failing": every.filter(_OPEN).count(),
        "query": request.GET.urlencode(),
    }
    template = "backups/_failure_table.html" if wants_part(request) else "backups/failure_list.html"
    return render_inside(request, template, organization, context, tab="Reports")


@organization_page(Can.SEE_REPORTS)
def failure_export(request: PartnerRequest, organization_uuid: UUID) -> StreamingHttpResponse:
    """Hand out what the filter shows as CSV, a line at a time."""
    organization = organization_of(request, organization_uuid)
    listed = _listed(request, organization, _show(request), request.GET.get("q", "").strip()[:100])
    name = f"{organization.client_id} {timezone.localdate():%Y-%m-%d} Object backup status.csv"
    return csv_answer(name, COLUMNS, map(failure_cells, listed.iterator(chunk_size=2000)))


@organization_page(Can.MANAGE_BACKUP_SETTINGS)
@require_POST
def failure_change(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Exclude what is chosen, include it again, or try it at once."""
    organization, now = organization_of(request, organization_uuid), timezone.now()
    back = redirect(_back(request, organization))
    form = FailureForm(request.POST, failures=failures_of(request, organization))
    if not form.is_valid():
        messages.error(request, "Nothing was changed: choose what is still in the list, at most 500 at once.")
        return back
    chosen, do = form.cleaned_data["failure"], request.POST.get("do", "")
    facts = {"organization": organization, "failures": chosen, "actor": request.user, "now": now}
    if do == "retry":
        begun, refused = retry_failures(**facts)
        if begun:
            messages.success(request, f"{counted(begun, 'backup')} began; what is saved leaves this list by itself.")
        for words in refused:
            messages.info(request, words)
    elif do == "exclude":
        changed = len(exclude_failures(**facts))
        messages.success(request, f"{counted(changed, 'failure')} excluded. Each is tried again all the same.")
    elif do == "include":
        changed = len(include_failures(**facts))
        messages.success(request, f"{counted(changed, 'failure')} counted again.")
    else:
        messages.error(request, "Nothing was changed: say what to do with what is chosen.")
    return back


def failures_of(request: PartnerRequest, organization: Organization) -> QuerySet[Failure]:
    """Return the client's failures, of today and before."""
    return Failure.objects.visible_to(request.membership).filter(organization=organization)


def _listed(request: PartnerRequest, organization: Organization, show: str, words: str) -> QuerySet[Failure]:
    found = failures_of(request, organization).filter(_SHOWS[show][1]).select_related("container__item", "feed")
    if words:
        item = Q(container__item__name__icontains=words) | Q(container__item__address__icontains=words)
        found = found.filter(
            Q(name__icontains=words) | Q(object_id__contains=words) | Q(feed__name__icontains=words) | item
        )
    return found.order_by(F("closed_at").desc(nulls_first=True), "-last_seen_at", "-pk")


def _show(request: PartnerRequest) -> str:
    return request.GET.get("show") if request.GET.get("show") in _SHOWS else "open"


def _back(request: PartnerRequest, organization: Organization) -> str:
    query = request.POST.get("query", "")
    return reverse("backups:failure_list", args=[organization.uuid]) + (f"?{query}" if query else "")
