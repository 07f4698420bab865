"""All clients of a partner."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.vary import vary_on_headers

from accounts.access import PartnerRequest, partner_page
from accounts.htmx import wants_part
from accounts.roles import Can
from organizations.models import Organization
from organizations.models.board import ORDERS, Figures, Show, figures_of, shown_on_board
from organizations.views.board_rows import Viewer, as_rows
from organizations.views.figure_words import size_words

PAGE_SIZE = 50
_DEFAULT_SORT = "status"


@partner_page(Can.SEE_ORGANIZATION)
@vary_on_headers("HX-Request")
def board(request: PartnerRequest) -> HttpResponse:
    """List the clients, those in trouble first: searched, filtered, sorted, a page at a time; a fixed number of
    queries however many there are.
    """
    now = timezone.now()
    clients = Organization.objects.visible_to(request.membership)
    figures = figures_of(clients, now)
    # The frame names the same number; counting ten thousand twice is felt.
    request.number_of_clients = figures.counts[Show.ALL]
    if not figures.counts[Show.ALL]:
        return render(request, "organizations/board_empty.html")
    words = request.GET.get("q", "").strip()[:100]
    show = request.GET.get("show", "")
    show = show if show in Show else Show.ALL.value
    sort = request.GET.get("sort", "")
    sort = sort if sort.removeprefix("-") in ORDERS else _DEFAULT_SORT
    found = shown_on_board(
        clients.matching(words), show=show, order=sort.removeprefix("-"), descending=sort.startswith("-"), now=now
    )
    pages = Paginator(found, PAGE_SIZE)
    if not words:
        # The filter's own number is the same count; asking twice would double the cost of a long list.
        pages.count = figures.counts[show]
    page = pages.get_page(request.GET.get("page"))
    is_part = wants_part(request)
    return render(
        request,
        "organizations/_organization_table.html" if is_part else "organizations/board.html",
        {
            "rows": as_rows(page, Viewer(now, request.membership.may(Can.CONNECT_SERVICE))),
            "page_obj": page,
            "words": words,
            "show": show,
            "sort": sort,
            "filters": _filters(figures, show),
            "tiles": _tiles(figures),
        },
    )


def _filters(figures: Figures, shown: str) -> list[tuple[str, str, int]]:
    """Return code, label and count of each filter; the one a tile leads to stands among them only while it is on."""
    return [
        (choice.value, choice.label, figures.counts[choice])
        for choice in Show
        if choice != Show.OVERDUE or choice == shown
    ]


def _tiles(figures: Figures) -> dict:
    """Return what the tiles above the list say."""
    stored, unit = size_words(figures.stored_bytes).rsplit(" ", 1)
    return {
        "overdue": figures.counts[Show.OVERDUE],
        "connected": figures.connected,
        "not_connected": figures.counts[Show.NOT_CONNECTED],
        "all": figures.counts[Show.ALL],
        "users_protected": figures.users_protected,
        "users_eligible": figures.users_eligible,
        "users_open": max(figures.users_eligible - figures.users_protected, 0),
        "items_skipped": figures.items_skipped,
        "stored": stored,
        "stored_unit": unit,
    }
