"""Everything that moved money: invoices, credit notes, payments, returns."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.vary import vary_on_headers

from accounts.access import PartnerRequest, partner_page
from accounts.csv_answers import csv_answer
from accounts.htmx import wants_part
from accounts.roles import Can
from billing import books
from billing.forms.filters import TransactionFilter
from billing.views.accounts import books_of

PAGE_SIZE = 50
_COLUMNS = ("Date", "Kind", "Number", "What", "Amount", "Currency")


@partner_page(Can.SEE_INVOICES)
@vary_on_headers("HX-Request")
def transaction_list(request: PartnerRequest) -> HttpResponse:
    """List what moved, the newest first; searched, filtered, a page at a time, a fixed number of queries."""
    mine = books_of(request)
    form, words = TransactionFilter(request.GET), request.GET.get("q", "").strip()[:100]
    wanted = form.wanted()
    found = books.movements(mine.invoices, mine.payments, words=words, **wanted)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "rows": [books.as_movement(row) for row in page],
        "page_obj": page,
        "form": form,
        "words": words,
        "is_narrowed": bool(words or wanted),
        "currency": mine.currency,
    }
    part = "billing/_transaction_table.html"
    return render(request, part if wants_part(request) else "billing/transaction_list.html", context)


@partner_page(Can.SEE_INVOICES)
def transaction_export(request: PartnerRequest) -> HttpResponse:
    """Hand out the same list as CSV."""
    mine = books_of(request)
    words = request.GET.get("q", "").strip()[:100]
    found = books.movements(mine.invoices, mine.payments, words=words, **TransactionFilter(request.GET).wanted())
    rows = (
        (one.day.isoformat(), one.kind_words, one.number, one.words, one.amount, mine.currency)
        for one in map(books.as_movement, found.iterator(chunk_size=1000))
    )
    return csv_answer(f"transactions-{mine.today}.csv", _COLUMNS, rows)
