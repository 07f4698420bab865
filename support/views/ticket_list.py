"""The Support tab: all tickets of the company."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.vary import vary_on_headers

from accounts.access import PartnerRequest, partner_page
from accounts.htmx import wants_part
from accounts.models import User
from accounts.roles import Can
from organizations.models.organization import OrganizationQuerySet
from organizations.views.figure_words import since_words
from support.forms.tickets import TicketFilter
from support.models import Ticket
from support.models.ticket import PRIORITY_RANK, State, TicketQuerySet
from support.views.ticket_rows import ticket_row
from support.views.tickets import clients_of

PAGE_SIZE = 25
_MEDIAN_OVER = timedelta(days=90)
FILTERS = {"OPEN": "Open", "YOURS": "Waiting for us", "MINE": "Mine", "ENDED": "Closed", "ALL": "All"}
SORTS = {
    "number": ("pk",),
    "subject": ("subject", "pk"),
    "state": ("state", "-last_word_at", "pk"),
    "priority": (PRIORITY_RANK, "-last_word_at", "pk"),
    "person": ("requester_name", "pk"),
    "last_word": ("last_word_at", "pk"),
}
_DEFAULT_SORT = "-last_word"


@partner_page(Can.SEE_TICKETS)
@vary_on_headers("HX-Request")
def ticket_list(request: PartnerRequest) -> HttpResponse:
    """List the company's tickets: searched, filtered, sorted, a page at a time; a fixed number of queries."""
    tickets, now = Ticket.objects.visible_to(request.membership), timezone.now()
    counts = tickets.counts_for_filters(request.user)
    request.number_of_tickets = counts["OPEN"]
    words, show = request.GET.get("q", "").strip()[:100], request.GET.get("show", "OPEN")
    show = show if show in FILTERS else "OPEN"
    sort = request.GET.get("sort", _DEFAULT_SORT)
    sort = sort if sort.removeprefix("-") in SORTS else _DEFAULT_SORT
    form = TicketFilter(
        request.GET,
        people=User.objects.filter(pk__in=tickets.values("requester")).order_by("last_name", "first_name"),
        may_name_clients=request.membership.may(Can.SEE_ORGANIZATION),
    )
    wanted = form.wanted()
    found = _narrowed(_shown(tickets.matching(words), show, request.user), wanted, clients_of(request))
    found = found.select_related("organization").order_by(*SORTS[sort.removeprefix("-")])
    pages = Paginator(found.reverse() if sort.startswith("-") else found, PAGE_SIZE)
    if not words and not wanted:
        # The filter's own number is the same count; asking twice would double the cost of a long list.
        pages.count = counts[show]
    page = pages.get_page(request.GET.get("page"))
    context = {
        "rows": [ticket_row(ticket, now=now) for ticket in page],
        "page_obj": page,
        "words": words,
        "show": show,
        "sort": sort,
        "form": form,
        "is_narrowed": bool(words or wanted),
        "filters": [(code, label, counts[code]) for code, label in FILTERS.items()],
        "has_any": bool(counts["ALL"]),
        "median": _median_words(tickets, now),
        "partner": request.membership.partner,
        "phone": settings.SUPPORT_PHONE,
        "status_url": settings.STATUS_URL,
    }
    return render(request, "support/_ticket_table.html" if wants_part(request) else "support/ticket_list.html", context)


def _shown(tickets: TicketQuerySet, show: str, user: User) -> TicketQuerySet:
    if show == "OPEN":
        return tickets.unsettled()
    if show == "YOURS":
        return tickets.filter(state=State.WAITING_FOR_PARTNER)
    if show == "MINE":
        return tickets.unsettled().filter(requester=user)
    return tickets.exclude(ended_at=None) if show == "ENDED" else tickets


def _narrowed(tickets: TicketQuerySet, wanted: dict, clients: OrganizationQuerySet) -> TicketQuerySet:
    if "topic" in wanted:
        tickets = tickets.filter(topic=wanted["topic"])
    if "priority" in wanted:
        tickets = tickets.filter(priority=wanted["priority"])
    if "person" in wanted:
        tickets = tickets.filter(requester=wanted["person"])
    if "client" in wanted:
        tickets = tickets.filter(organization__in=clients.matching(wanted["client"]))
    return tickets


def _median_words(tickets: TicketQuerySet, now: datetime) -> str:
    median = tickets.median_first_answer(since=now - _MEDIAN_OVER)
    return since_words(now - median, now) if median is not None else ""
