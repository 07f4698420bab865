"""The partner's dashboard: the first page of everybody who works there."""

from datetime import datetime

from django.db.models import Count, Q, Window
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import PartnerRequest, partner_page
from accounts.models import Membership
from accounts.roles import Can, Product
from billing.views.accounts import books_of
from billing.views.dues import dues_of
from news.views.news_items import news_of
from organizations.models import Organization
from organizations.models.board import Health, health_of
from portal.views.attention import needs_of
from portal.views.client_health import health_panel
from support.models import Contact, Ticket
from support.models.ticket import State
from support.views.ticket_rows import ticket_row

TICKETS_SHOWN = 5
NEWS_SHOWN = 3


@partner_page(Can.SEE_DASHBOARD)
def dashboard(request: PartnerRequest) -> HttpResponse:
    """Show the products, what needs a person, how the clients stand, the person's tickets, whom to call and the
    news: each as far as role and products allow, and with a fixed number of queries however many clients there are.
    """
    membership, now = request.membership, timezone.now()
    health = _health(membership, now)
    # The frame names the same number; counting ten thousand twice is felt.
    request.number_of_clients = health.all if health else None
    context = {
        "now": now,
        "greeting": _greeting(now),
        "products": [_product(product, membership, health) for product in Product],
        "may_need": health is not None or membership.may(Can.MANAGE_MEMBERS),
        "needs": needs_of(membership, clients=health, now=now),
        "health": health_panel(membership, health, now) if health else None,
        "contacts": list(Contact.objects.visible_to(membership).by_function()),
        "news": list(news_of(membership, now)[:NEWS_SHOWN]),
        "due": dues_of(books_of(request)) if membership.may(Can.SEE_INVOICES) else None,
        **_tickets(membership, now),
    }
    return render(request, "portal/dashboard.html", context)


def _health(membership: Membership, now: datetime) -> Health | None:
    """Return how the clients stand, or None for whoever may not see them."""
    if not membership.may(Can.SEE_ORGANIZATION):
        return None
    return health_of(Organization.objects.visible_to(membership), now)


def _product(product: Product, membership: Membership, health: Health | None) -> dict:
    is_granted = product.value in membership.products
    return {"label": product.label, "is_granted": is_granted, "health": health if is_granted else None}


def _tickets(membership: Membership, now: datetime) -> dict:
    """Return the open tickets the person asked or watches, those that wait for the company first; one query."""
    mine = Ticket.objects.visible_to(membership).unsettled().concerning(membership.user)
    rows = mine.select_related("organization").annotate(
        number_of_all=Window(Count("pk")),
        number_waiting=Window(Count("pk", filter=Q(state=State.WAITING_FOR_PARTNER))),
    )
    found = list(rows.waiting_for_partner_first()[:TICKETS_SHOWN])
    return {
        "tickets": [ticket_row(ticket, now=now) for ticket in found],
        "tickets_left_out": found[0].number_of_all - len(found) if found else 0,
        "tickets_waiting": found[0].number_waiting if found else 0,
    }


def _greeting(now: datetime) -> str:
    """Return how one greets at this hour of the person's day."""
    hour = timezone.localtime(now).hour
    return "Good morning" if 4 <= hour < 12 else "Good afternoon" if 12 <= hour < 18 else "Good evening"
