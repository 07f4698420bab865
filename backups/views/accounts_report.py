"""The accounts report: every account of a client with its protection and what is saved of it, as CSV or for Excel."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts import audit
from accounts.access import PartnerRequest, organization_page
from accounts.csv_answers import csv_answer
from accounts.roles import Can
from backups.forms.accounts_report import XLSX, AccountsReportForm
from backups.views.spreadsheets import xlsx_answer
from organizations.models import Item, Organization
from organizations.views.inside import organization_of, render_inside

_TYPES = {Item.Kind.USER: "User", Item.Kind.SITE: "SharePoint Site", Item.Kind.TEAM: "Team"}
# What is left out by a filter is not protected; who is gone from the source is not eligible any more.
_PROTECTION = {
    Item.Protection.PROTECTED: "Protected",
    Item.Protection.NOT_PROTECTED: "Not Protected",
    Item.Protection.SKIPPED: "Not Protected",
    Item.Protection.NOT_AVAILABLE: "N/A",
}
_COLUMNS = (
    "Item Type", "Item Name", "Item ID", "Protection Status", "Charged", "Archive mailbox status",
    "Data Protected (GB)",
)  # fmt: skip
_GB = Decimal(10) ** 9
_THOUSANDTH = Decimal("0.001")


@organization_page(Can.SEE_REPORTS)
def accounts_report(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Ask which kinds of account to list and in which format."""
    organization = organization_of(request, organization_uuid)
    context = {"form": AccountsReportForm()}
    return render_inside(request, "backups/accounts_report.html", organization, context, tab="Accounts")


@organization_page(Can.SEE_REPORTS)
def accounts_report_file(
    request: PartnerRequest, organization_uuid: UUID
) -> HttpResponse | FileResponse | StreamingHttpResponse:
    """Hand out the report, read while it is sent. Only partner staff see for whom a fee is charged."""
    organization, now = organization_of(request, organization_uuid), timezone.now()
    if not request.GET:
        return redirect("backups:accounts_report", organization.uuid)
    form = AccountsReportForm(request.GET)
    if not form.is_valid():
        return render_inside(
            request, "backups/accounts_report.html", organization, {"form": form}, tab="Accounts", status=422
        )
    kinds, is_xlsx = form.cleaned_data["kinds"], form.cleaned_data["format"] == XLSX
    with_charges = request.membership.sees_every_organization
    audit.record(
        "item.report_downloaded",
        partner_id=organization.partner_id,
        organization_id=organization.pk,
        actor=request.user,
        target=organization,
        at=now,
        details={"kinds": ", ".join(Item.Tab(one).label for one in kinds), "format": "Excel" if is_xlsx else "CSV"},
    )
    columns = [one for one in _COLUMNS if with_charges or one != "Charged"]
    items = Item.objects.visible_to(request.membership).filter(organization=organization, tab__in=kinds)
    rows = _rows(items.order_by("tab", "list_name", "pk"), with_charges=with_charges)
    name = _name(organization, now)
    return xlsx_answer(f"{name}.xlsx", columns, rows) if is_xlsx else csv_answer(f"{name}.csv", columns, rows)


def _name(organization: Organization, now: datetime) -> str:
    return f"{organization.client_id} {timezone.localdate(now):%Y-%m-%d} Usage and Protection Insights Report"


def _rows(items, *, with_charges: bool) -> Iterator[list]:
    for item in items.iterator(chunk_size=2000):
        row = [_TYPES[item.kind], item.address or item.name, item.remote_id, _PROTECTION[item.protection]]
        if with_charges:
            row.append("Yes" if _is_charged(item) else "No")
        # No provider's interface reaches archive mailboxes, so none is protected.
        has_archive = item.kind == Item.Kind.USER and item.has_mail_plan
        yield [*row, "Not Protected" if has_archive else "", _gigabytes(item.stored_bytes)]


def _is_charged(item: Item) -> bool:
    """Return whether somebody is a seat: a protected user; leavers, shared mailboxes, sites and teams are free."""
    return item.tab == Item.Tab.USERS and item.protection == Item.Protection.PROTECTED


def _gigabytes(size: int) -> Decimal:
    return (size / _GB).quantize(_THOUSANDTH)
