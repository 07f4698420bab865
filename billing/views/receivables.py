"""What is open: current and past due."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.vary import vary_on_headers

from accounts.access import PartnerRequest, partner_page
from accounts.csv_answers import csv_answer
from accounts.htmx import wants_part
from accounts.roles import Can
from billing import books
from billing.forms.filters import ReceivableFilter
from billing.models.invoice import InvoiceQuerySet
from billing.views.accounts import Books, books_of
from billing.views.invoice_rows import invoice_row

PAGE_SIZE = 25
SHOWS = {"ALL": "All", "CURRENT": "Current", "PAST_DUE": "Past due"}
_COLUMNS = ("Number", "Date", "Due", "Days past due", "Total", "Open", "Currency")


@partner_page(Can.SEE_INVOICES)
@vary_on_headers("HX-Request")
def receivable_list(request: PartnerRequest) -> HttpResponse:
    """List open invoices, what is due first at the top; a page at a time, a fixed number of queries."""
    mine = books_of(request)
    form = ReceivableFilter(request.GET)
    show = request.GET.get("show", "ALL")
    show = show if show in SHOWS else "ALL"
    wanted = form.wanted()
    page = Paginator(_found(mine, show, wanted), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "rows": [invoice_row(invoice, mine.today) for invoice in page],
        "page_obj": page,
        "form": form,
        "show": show,
        "shows": SHOWS.items(),
        "is_narrowed": bool(wanted),
        "age": books.ageing(mine.invoices, mine.payments, mine.today),
        "currency": mine.currency,
    }
    part = "billing/_receivable_table.html"
    return render(request, part if wants_part(request) else "billing/receivable_list.html", context)


@partner_page(Can.SEE_INVOICES)
def receivable_export(request: PartnerRequest) -> HttpResponse:
    """Hand out the same list as CSV."""
    mine = books_of(request)
    found = _found(mine, request.GET.get("show", "ALL"), ReceivableFilter(request.GET).wanted())
    rows = (
        (one.number, one.issued_on.isoformat(), one.due_on.isoformat(), max((mine.today - one.due_on).days, 0),
         one.total, one.open_amount, one.currency)
        for one in found.iterator(chunk_size=1000)
    )  # fmt: skip
    return csv_answer(f"receivables-{mine.today}.csv", _COLUMNS, rows)


def _found(mine: Books, show: str, wanted: dict) -> InvoiceQuerySet:
    found = mine.invoices.to_pay().with_standing()
    if show == "CURRENT":
        found = found.filter(due_on__gte=mine.today)
    if show == "PAST_DUE":
        found = found.filter(due_on__lt=mine.today)
    if "since" in wanted:
        found = found.filter(due_on__gte=wanted["since"])
    if "until" in wanted:
        found = found.filter(due_on__lte=wanted["until"])
    return found
