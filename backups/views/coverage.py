"""The Coverage tab: whether each kind of data of each account is covered, and if not, why; that comes first."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.vary import vary_on_headers

from accounts.access import PartnerRequest, organization_page
from accounts.csv_answers import csv_answer
from accounts.htmx import wants_part
from accounts.roles import Can
from backups.engine.coverage_map import CoverageMap
from backups.models import Container
from backups.views.coverage_cards import SHOWS, cards_of
from backups.views.coverage_rows import COLUMNS, GROUP_LABELS, Links, lines_of, rows_of
from backups.views.run_rows import KIND_ICONS
from organizations.models import Item, Organization, Policy
from organizations.models.item_filter import NOUNS
from organizations.views.discovery import connection_of
from organizations.views.figure_words import counted
from organizations.views.inside import organization_of, render_inside
from organizations.views.items import items_of

PAGE_SIZE = 50
_FILE_STEP = 500
_KINDS = dict(Container.Kind.choices)


@organization_page(Can.SEE_REPORTS)
@vary_on_headers("HX-Request")
def coverage(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Show one tab of the map, searched, filtered, a page at a time; a fixed number of queries."""
    organization, now = organization_of(request, organization_uuid), timezone.now()
    tab, show, words = _asked(request)
    items = items_of(request, organization)
    the_map = _map(items, organization, tab)
    whole = the_map.tally()
    listed = the_map.tally(words) if words else whole
    if states := SHOWS[show][1]:
        listed = listed.only(*states)
    pages = Paginator(the_map.in_order(listed, words).select_related("connection"), PAGE_SIZE)
    # Counted already; asking again would double the cost of a long list.
    pages.count = sum(listed.accounts.values())
    page, noun = pages.get_page(request.GET.get("page")), NOUNS[tab][0]
    headings = {group: f"{label}: {counted(listed.groups[group], noun)}" for group, label in GROUP_LABELS.items()}
    context = {
        "rows": rows_of(list(page), the_map, headings, Links(organization, request.membership), now=now),
        "page_obj": page,
        "kinds": [(_KINDS[kind], KIND_ICONS[kind]) for kind in the_map.kinds],
        "tab": tab,
        "tabs_of_accounts": _tab_counts(items, tab),
        "noun": noun,
        "nouns": NOUNS[tab][1],
        "show": show,
        "shows": [(code, label) for code, (label, _) in SHOWS.items()],
        "words": words,
        "cards": cards_of(whole, the_map, tab),
        "connection": connection_of(request, organization),
    }
    template = "backups/_coverage_table.html" if wants_part(request) else "backups/coverage.html"
    return render_inside(request, template, organization, context, tab="Coverage")


@organization_page(Can.SEE_REPORTS)
def coverage_export(request: PartnerRequest, organization_uuid: UUID) -> StreamingHttpResponse:
    """Hand out the whole map as CSV, a line for each kind of data of each account; what is not covered comes first."""
    organization, now = organization_of(request, organization_uuid), timezone.now()
    name = f"{organization.client_id} {timezone.localdate(now):%Y-%m-%d} Coverage.csv"
    return csv_answer(name, COLUMNS, _lines(items_of(request, organization), organization, now))


def _asked(request: PartnerRequest) -> tuple[Item.Tab, str, str]:
    tab, show = request.GET.get("tab", ""), request.GET.get("show", "")
    words = " ".join(request.GET.get("q", "").split())[:100]
    return (
        Item.Tab(tab) if tab in Item.Tab.values else Item.Tab.USERS,
        show if show in SHOWS else "all",
        words,
    )


def _map(items: QuerySet[Item], organization: Organization, tab: str) -> CoverageMap:
    policy = Policy.objects.get(organization=organization)
    return CoverageMap(items, organization=organization, policy=policy, tab=tab)


def _tab_counts(items: QuerySet[Item], current: Item.Tab) -> list[dict]:
    counts = dict(items.order_by().values_list("tab").annotate(number=Count("pk")))
    return [
        {"code": tab.value, "label": tab.label, "count": counts.get(tab.value, 0), "is_current": tab == current}
        for tab in Item.Tab
    ]


def _lines(items: QuerySet[Item], organization: Organization, now: datetime) -> Iterator[list]:
    for tab in Item.Tab:
        the_map = _map(items, organization, tab)
        listed = the_map.in_order(the_map.tally()).select_related("connection")
        accounts = listed.iterator(chunk_size=_FILE_STEP)
        while some := list(islice(accounts, _FILE_STEP)):
            yield from lines_of(some, the_map, now=now)
