"""Reports, Container backup status: what was saved of each account when a report was taken; never anything since."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.db.models.functions import TruncDate
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import PartnerRequest, organization_page
from accounts.csv_answers import csv_answer
from accounts.htmx import wants_part
from accounts.roles import Can
from backups.actions.reports import generate_report
from backups.forms.reports import ReportForm
from backups.models import Failure, Report, ReportRow
from backups.views.report_calendar import (
    first_day,
    in_words,
    legend,
    month_drawing,
    shifted,
    year_drawing,
)
from backups.views.report_rows import (
    COLUMNS,
    account_rows,
    of_tabs,
    report_lines,
    status_lines,
    stored_words,
)
from organizations.models import Item, Organization
from organizations.views.inside import organization_of, render_inside

PAGE_SIZE = 25


@organization_page(Can.SEE_REPORTS)
@vary_on_headers("HX-Request")
def report_list(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Show a report: the one that is asked for, the last one of a day, or the newest; a fixed number of queries."""
    organization = organization_of(request, organization_uuid)
    is_part, today = wants_part(request), timezone.localdate()
    asked = ReportForm(request.GET).chosen(first_day(today), today)
    reports = reports_of(request, organization)
    report = _report(reports, asked)
    context = {"report": report, "query": request.GET.urlencode()} | _table(request, report, asked)
    if not is_part:
        picked = timezone.localdate(report.generated_at) if report else asked["day"] or today
        context |= _calendar(_statuses(reports, today), picked, asked["month"], today)
        context |= _statistics(report, reports, picked)
        failures = Failure.objects.visible_to(request.membership).filter(organization=organization)
        context["failing"] = failures.counting().count()
    template = "backups/_report_table.html" if is_part else "backups/report_list.html"
    return render_inside(request, template, organization, context, tab="Reports")


@organization_page(Can.SEE_REPORTS)
@require_POST
def report_generate(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Take a report now and lead to it; who clicks twice is led to the same one."""
    organization, now = organization_of(request, organization_uuid), timezone.now()
    report = generate_report(organization=organization, actor=request.user, now=now)
    if report.generated_at < now:
        messages.info(request, "This report was taken less than a minute ago, so no second one was.")
    else:
        messages.success(request, "The report was taken. It never changes from now on.")
    return redirect(f"{reverse('backups:report_list', args=[organization.uuid])}?report={report.uuid}")


@organization_page(Can.SEE_REPORTS)
def report_export(request: PartnerRequest, organization_uuid: UUID, report_uuid: UUID) -> StreamingHttpResponse:
    """Hand out a whole report as CSV, a line for each kind of data of each account."""
    organization = organization_of(request, organization_uuid)
    report = get_object_or_404(reports_of(request, organization), uuid=report_uuid)
    taken = timezone.localtime(report.generated_at)
    name = f"{organization.client_id} {taken:%Y-%m-%d %H%M} Container backup status.csv"
    rows = report.rows.order_by("position").iterator(chunk_size=2000)
    return csv_answer(name, COLUMNS, report_lines(rows))


def reports_of(request: PartnerRequest, organization: Organization) -> QuerySet[Report]:
    """Return the client's reports."""
    return Report.objects.visible_to(request.membership).filter(organization=organization)


def _statuses(reports: QuerySet[Report], today: date) -> dict[date, str]:
    """Return the status of the last report of each day of the year, in the viewer's zone."""
    since = _midnight(first_day(today))
    dated = reports.filter(generated_at__gte=since).annotate(day=TruncDate("generated_at"))
    return dict(dated.order_by("day", "-generated_at", "-pk").distinct("day").values_list("day", "status"))


def _report(reports: QuerySet[Report], asked: dict) -> Report | None:
    if asked["report"]:
        return get_object_or_404(reports, uuid=asked["report"])
    if asked["day"]:
        reports = _of_day(reports, asked["day"])
    return reports.newest_first().first()


def _table(request: PartnerRequest, report: Report | None, asked: dict) -> dict:
    """Return the accounts of a report, searched and filtered, a page of them."""
    rows = report.rows.order_by("position") if report else ReportRow.objects.none()
    for value, field in ((asked["tab"], "tab"), (asked["status"], "status")):
        rows = rows.filter(**{field: value}) if value else rows
    for word in asked["q"].split():
        rows = rows.filter(Q(name__icontains=word) | Q(address__icontains=word))
    counts = report.counts if report else {}
    pages = Paginator(rows, PAGE_SIZE)
    if not asked["q"]:
        # Counted when it was taken.
        pages.count = _number(counts, asked["tab"], asked["status"])
    page = pages.get_page(request.GET.get("page"))
    return {
        "rows": account_rows(report, page) if report else [],
        "page_obj": page,
        "tab": asked["tab"],
        "tabs_of_accounts": [
            (tab.value, tab.label, sum(counts[tab.value].values())) for tab in Item.Tab if tab.value in counts
        ],
        "status": asked["status"],
        "statuses": status_lines(report) if report else [],
        "words": asked["q"],
    }


def _number(counts: dict[str, dict[str, int]], tab: str, status: str) -> int:
    of_tabs_asked = [counts.get(tab, {})] if tab else counts.values()
    return sum(of_tab.get(status, 0) if status else sum(of_tab.values()) for of_tab in of_tabs_asked)


def _calendar(statuses: dict[date, str], picked: date, month: date | None, today: date) -> dict:
    oldest, newest = first_day(today).replace(day=1), today.replace(day=1)
    month = min(max(month or picked.replace(day=1), oldest), newest)
    return {
        "drawing": year_drawing(statuses, today=today, picked=picked),
        "legend": legend(),
        "month": month,
        "days": month_drawing(statuses, month=month, today=today, picked=picked),
        "month_before": shifted(month, -1) if month > oldest else None,
        "month_after": shifted(month, 1) if month < newest else None,
    }


def _statistics(report: Report | None, reports: QuerySet[Report], picked: date) -> dict:
    if report is None:
        return {"picked": in_words(picked), "of_the_day": []}
    return {
        "picked": in_words(picked),
        "of_the_day": list(_of_day(reports, picked).newest_first().values_list("uuid", "generated_at", "requested_by")),
        "stored": stored_words(report),
        "not_covered": of_tabs(report.not_covered),
    }


def _of_day(reports: QuerySet[Report], day: date) -> QuerySet[Report]:
    return reports.filter(generated_at__gte=_midnight(day), generated_at__lt=_midnight(day + timedelta(days=1)))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
