"""The Backups tab: which attempts there were, and one of them while it goes on."""

from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Case, Exists, OuterRef, Prefetch, Q, QuerySet, Value, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.vary import vary_on_headers

from accounts.access import PartnerRequest, organization_page
from accounts.htmx import wants_part
from accounts.roles import Can
from backups.actions.due_runs import next_run_at
from backups.models import Container, Failure, Run, RunContainer, RunItem
from backups.views.run_progress import figures_of, progress_of, quota_of
from backups.views.run_rows import asked_words, item_row, run_row
from organizations.models import Connection, Organization, Policy
from organizations.views.figure_words import counted, moment_words
from organizations.views.inside import organization_of, render_inside

PAGE_SIZE = 50
_RECENT = 5
_FAILURES = 20
# Those that are copied now stand first, then those that ended, then those that wait.
_IN_ORDER = Case(
    When(state=RunItem.State.RUNNING, then=Value(0)),
    When(state=RunItem.State.FAILED, then=Value(1)),
    When(state=RunItem.State.WAITING, then=Value(3)),
    default=Value(2),
)
_TROUBLED = RunContainer.objects.filter(run_item=OuterRef("pk"), state__in=["FAILED", "PARTIAL"])
# what the filter of a run's accounts is called: (label, condition)
_SHOWS = {
    "all": ("All", Q()),
    "running": ("Running", Q(state=RunItem.State.RUNNING)),
    "waiting": ("Waiting", Q(state=RunItem.State.WAITING)),
    "trouble": ("With trouble", Q(state=RunItem.State.FAILED) | Q(Exists(_TROUBLED))),
}


def runs_of(request: PartnerRequest, organization: Organization) -> QuerySet[Run]:
    """Return the client's runs, newest first."""
    runs = Run.objects.visible_to(request.membership).filter(organization=organization)
    return runs.select_related("item", "connection").newest_first()


def run_of(request: PartnerRequest, organization: Organization, run_uuid: UUID) -> Run:
    """Return one run of the client, or answer 404 like for one that never was."""
    return get_object_or_404(runs_of(request, organization), uuid=run_uuid)


@organization_page(Can.SEE_REPORTS)
@vary_on_headers("HX-Request")
def run_list(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """List the client's backups, a page at a time; asks for itself again while one goes on."""
    organization, now = organization_of(request, organization_uuid), timezone.now()
    page = Paginator(runs_of(request, organization), PAGE_SIZE).get_page(request.GET.get("page"))
    connection = connection_of(request, organization)
    context = {
        "rows": _rows(page, now),
        "page_obj": page,
        "connection": connection,
        "is_running": any(run.is_open and run.item_id is None for run in page),
        "is_open": any(run.is_open for run in page),
        "next_run": _next_words(request, organization, connection, now),
    }
    template = "backups/_run_table.html" if wants_part(request) else "backups/run_list.html"
    answer = render_inside(request, template, organization, context, tab="Backups")
    return _all_anew_at_the_end(request, answer, is_open=context["is_open"])


@organization_page(Can.SEE_REPORTS)
def run_recent(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Show the newest backups as a part of the client's dashboard."""
    organization, now = organization_of(request, organization_uuid), timezone.now()
    if not request.htmx:
        return redirect("backups:run_list", organization.uuid)
    runs = list(runs_of(request, organization)[:_RECENT])
    context = {"organization": organization, "rows": _rows(runs, now), "is_open": any(run.is_open for run in runs)}
    answer = render(request, "backups/_run_recent.html", context)
    return _all_anew_at_the_end(request, answer, is_open=context["is_open"])


@organization_page(Can.SEE_REPORTS)
@vary_on_headers("HX-Request")
def run_detail(request: PartnerRequest, organization_uuid: UUID, run_uuid: UUID) -> HttpResponse:
    """Show one run with its accounts; asks for itself again while it goes on."""
    organization, now = organization_of(request, organization_uuid), timezone.now()
    run = run_of(request, organization, run_uuid)
    show = request.GET.get("show") if request.GET.get("show") in _SHOWS else "all"
    page = Paginator(_run_items(run, show), PAGE_SIZE).get_page(request.GET.get("page"))
    failures = _failures(request, run)
    context = {
        "run": run,
        "row": run_row(run, now=now),
        "asked": "The schedule" if run.trigger == Run.Trigger.SCHEDULE else asked_words(run),
        "asked_at": moment_words(run.requested_at, now),
        "rows": [item_row(one, now=now) for one in page],
        "page_obj": page,
        "show": show,
        "shows": [(code, label) for code, (label, _) in _SHOWS.items()],
        "progress": progress_of(run, now=now),
        "quota": quota_of(run, now=now) if run.is_open else [],
        "failures": failures[:_FAILURES],
        "failures_more": len(failures) > _FAILURES,
    }
    template = "backups/_run_body.html" if wants_part(request) else "backups/run_detail.html"
    return render_inside(request, template, organization, context, tab="Backups")


def connection_of(request: PartnerRequest, organization: Organization) -> Connection | None:
    """Return the client's connection that was not given up, or None."""
    return Connection.objects.visible_to(request.membership).in_use().filter(organization=organization).first()


def _all_anew_at_the_end(request: PartnerRequest, answer: HttpResponse, *, is_open: bool) -> HttpResponse:
    """Let a page that watched a backup load anew at its end: status, figures and button stand around the part."""
    if request.headers.get("X-Poll") and not is_open:
        answer["HX-Refresh"] = "true"
    return answer


def _rows(runs, now) -> list:
    for run in runs:
        if run.is_open:
            # The columns of a run are written at its end; there are one or two open ones at most.
            for name, value in figures_of(run).items():
                setattr(run, name, value)
    return [run_row(run, now=now) for run in runs]


def _run_items(run: Run, show: str) -> QuerySet[RunItem]:
    parts = RunContainer.objects.select_related("container").order_by("container__kind")
    found = RunItem.objects.filter(_SHOWS[show][1], run=run).select_related("item")
    return found.prefetch_related(Prefetch("run_containers", queryset=parts)).order_by(_IN_ORDER, "position", "id")


def _failures(request: PartnerRequest, run: Run) -> list[Failure]:
    concerned = Container.objects.filter(run_containers__run_item__run=run)
    mine = Failure.objects.visible_to(request.membership).filter(closed_at=None, container__in=concerned)
    return list(mine.select_related("container__item").order_by("-last_seen_at", "-id")[: _FAILURES + 1])


def _next_words(request: PartnerRequest, organization: Organization, connection: Connection | None, now) -> str:
    policy = Policy.objects.visible_to(request.membership).filter(organization=organization).first()
    if connection is None or policy is None or not organization.is_readable:
        return ""
    if not organization.items_protected:
        return f"Backups start {policy.get_backup_every_display()} once an account is protected."
    at = timezone.localtime(next_run_at(connection, policy.backup_every, now=now))
    protected = counted(organization.items_protected, "protected account")
    return f"{protected}, {policy.get_backup_every_display()}; the next one begins about {at:%H:%M}."
