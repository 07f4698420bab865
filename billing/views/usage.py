"""Usage between two days: by organization, by day, of one organization, and as a file."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PartnerRequest, partner_page
from accounts.csv_answers import csv_answer
from accounts.roles import Can
from billing.actions.seats import SEAT_RULE, day_of
from billing.forms.usage import UsageFilter
from billing.models import SeatDay
from billing.views.usage_rows import usage_table
from organizations.models import Organization

PAGE_SIZE = 50
_BY = {"organization": "By organization", "day": "By day"}
_COLUMNS = (
    "Day (UTC)", "Client ID", "Organization", "Product", "Seats", "Leavers, free", "Shared mailboxes, free",
    "Counted at (UTC)",
)  # fmt: skip
_AT_ONCE = 5000


@partner_page(Can.SEE_INVOICES)
@require_safe
def usage_list(request: PartnerRequest) -> HttpResponse:
    """Show the seats of all clients in a period, by organization or by day."""
    form = _filter(request)
    by = request.GET.get("by", "")
    by = by if by in _BY else "organization"
    context = {"form": form, "by": by, "views": _BY, "rule": SEAT_RULE, "period": form.period}
    if form.period:
        first, last = form.period
        table = usage_table(request.membership, first, last)
        rows = table.rows if by == "organization" else list(_counted(request, form).by_day())
        context |= {"table": table, "page_obj": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))}
    return render(request, "billing/usage_list.html", context)


@partner_page(Can.SEE_INVOICES)
@require_safe
def usage_detail(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Show the seats of one client in a period, day by day."""
    client = get_object_or_404(Organization.objects.visible_to(request.membership), uuid=organization_uuid)
    form = _filter(request)
    context = {"form": form, "client": client, "rule": SEAT_RULE, "period": form.period}
    if form.period:
        days = _counted(request, form).filter(organization=client).order_by("-day")
        context["page_obj"] = Paginator(days, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "billing/usage_detail.html", context)


@partner_page(Can.SEE_INVOICES)
@require_safe
def usage_csv(request: PartnerRequest) -> HttpResponse | StreamingHttpResponse:
    """Hand out what was counted in a period, a line for each client and day, oldest first."""
    form = _filter(request)
    if form.period is None:
        # The page says what is wrong with the days; a file of other ones would mislead.
        return redirect(f"{reverse('billing:usage_list')}?{request.GET.urlencode()}")
    first, last = form.period
    found = _counted(request, form).select_related("organization").order_by("day", "organization_id")
    rows = (
        (
            one.day, one.organization.client_id, one.organization_name, one.get_product_display(), one.seats,
            one.leavers, one.shared_mailboxes, f"{one.counted_at:%Y-%m-%d %H:%M:%S}",
        )
        for one in found.iterator(chunk_size=_AT_ONCE)
    )  # fmt: skip
    return csv_answer(f"Usage {first} to {last}.csv", _COLUMNS, rows)


def _filter(request: PartnerRequest) -> UsageFilter:
    return UsageFilter(request.GET, today=day_of(timezone.now()))


def _counted(request: PartnerRequest, form: UsageFilter):
    return SeatDay.objects.visible_to(request.membership).between(*form.period)
