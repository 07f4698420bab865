"""The Accounts tab: what can be protected of a client, and what is."""

from dataclasses import dataclass
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import PartnerRequest, organization_page
from accounts.htmx import wants_part
from accounts.roles import Can
from organizations.models import Item, Organization, Policy
from organizations.models.item_filter import (
    NOT_COVERED_FIRST,
    NOUNS,
    SHOWS,
    ItemFilter,
    TabCount,
    count_tabs,
    in_order,
)
from organizations.models.legal_hold import with_holds
from organizations.views.discovery import connection_of
from organizations.views.figure_words import counted
from organizations.views.inside import organization_of, render_inside
from organizations.views.item_rows import as_row

PAGE_SIZE = 50
_PEOPLE = {
    Item.Tab.USERS: ("person", "people"),
    Item.Tab.SHARED_MAILBOXES: ("mailbox", "mailboxes"),
    Item.Tab.SITES: ("site", "sites"),
    Item.Tab.TEAMS: ("team", "teams"),
}
# Which switch of the Services page protects newcomers of a tab: (column, what it is called there).
_SWITCHES = {
    Item.Tab.USERS: ("auto_users", "new users"),
    Item.Tab.SHARED_MAILBOXES: ("auto_users", "new users"),
    Item.Tab.SITES: ("auto_sites", "new sites"),
    Item.Tab.TEAMS: ("auto_teams", "new teams"),
}


@dataclass(frozen=True)
class Newcomers:
    """Who appeared and is not protected, and whether that will happen again."""

    title: str
    switch: str
    is_automatic: bool


def items_of(request: PartnerRequest, organization: Organization) -> QuerySet[Item]:
    """Return the client's items."""
    return Item.objects.visible_to(request.membership).filter(organization=organization)


@organization_page(Can.SEE_ORGANIZATION)
def item_list(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """List one tab, searched, filtered, sorted, a page at a time; a fixed number of queries."""
    organization = organization_of(request, organization_uuid)
    chosen, sort = ItemFilter.read(request.GET), request.GET.get("sort", NOT_COVERED_FIRST)
    items = items_of(request, organization)
    counts = count_tabs(items)
    pages = Paginator(with_holds(in_order(chosen.of(items), sort)), PAGE_SIZE)
    if not chosen.words:
        # The filter's own number is the same count; asking twice would double the cost of a long list.
        pages.count = counts[chosen.tab].of(chosen.show)
    page, now = pages.get_page(request.GET.get("page")), timezone.now()
    context = table_context(counts, chosen) | {
        "rows": [as_row(item, now=now) for item in page],
        "page_obj": page,
        "sort": sort,
        "is_not_covered_first": sort == NOT_COVERED_FIRST,
        "query": request.GET.urlencode(),
        "connection": connection_of(request, organization),
        # Then the list asks how its rows stand, again and again.
        "is_backing_up": organization.runs.filter(ended_at=None).exists(),
        "is_empty": not any(count.of("ALL") for count in counts.values()),
        "shown": counted(pages.count, NOUNS[Item.Tab(chosen.tab)][0]),
    }
    if wants_part(request) and request.headers.get("X-Poll"):
        return render(request, "organizations/_item_states.html", context)
    if wants_part(request):
        return render_inside(request, "organizations/_item_table.html", organization, context, tab="Accounts")
    context["newcomers"] = _newcomers(organization, counts[chosen.tab], chosen.tab)
    return render_inside(request, "organizations/item_list.html", organization, context, tab="Accounts")


def table_context(counts: dict[str, TabCount], chosen: ItemFilter) -> dict:
    """Return the numbers beside the tabs and the filters."""
    return {
        "chosen": chosen,
        "tab_counts": [
            {"code": tab.value, "label": tab.label, "count": counts[tab], "is_current": tab == chosen.tab}
            for tab in Item.Tab
        ],
        "filters": [(code, label, counts[chosen.tab].of(code)) for code, (label, _) in SHOWS.items()],
        "nouns": NOUNS[Item.Tab(chosen.tab)][1],
        "has_mailboxes": chosen.tab == Item.Tab.SHARED_MAILBOXES,
        "costs_seats": chosen.tab == Item.Tab.USERS,
    }


def _newcomers(organization: Organization, count: TabCount, tab: str) -> Newcomers | None:
    if not count.newcomers or count.newcomers_since is None:
        return None
    noun = _PEOPLE[Item.Tab(tab)][count.newcomers != 1]
    since = timezone.localtime(count.newcomers_since)
    verb = "is" if count.newcomers == 1 else "are"
    column, label = _SWITCHES[Item.Tab(tab)]
    return Newcomers(
        title=f"{count.newcomers:,} {noun} appeared since {since.day} {since:%B} and {verb} not protected",
        switch=label,
        is_automatic=Policy.objects.filter(organization=organization, **{column: True}).exists(),
    )
