"""The front page, which knows where each kind of person belongs, and the partner's dashboard."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.access import PartnerRequest, own_page, partner_page
from accounts.models import Membership
from accounts.roles import Can, Product, Role
from organizations.models import Organization


@own_page
def home(request: HttpRequest) -> HttpResponse:
    """Send each person to the first page of their part of the house."""
    membership = request.membership
    if membership is None:
        return redirect("admin:index" if request.user.is_staff else "accounts:profile_edit")
    if membership.organization:
        return redirect(membership.organization)
    return redirect("dashboard")


@partner_page(Can.SEE_DASHBOARD)
def dashboard(request: PartnerRequest) -> HttpResponse:
    """Show the products that are granted, and what about the company's people needs a person."""
    membership = request.membership
    clients = request.number_of_clients = Organization.objects.visible_to(membership).count()
    products = [
        {"label": product.label, "is_granted": product.value in membership.products, "clients": clients}
        for product in Product
    ]
    context = {"membership": membership, "products": products}
    if membership.may(Can.MANAGE_MEMBERS):
        context |= _what_needs_an_administrator(membership)
    return render(request, "portal/dashboard.html", context)


@own_page
def bare(request: HttpRequest) -> HttpResponse:
    """Answer two words: the yardstick of `manage.py bench`, routed only there."""
    return HttpResponse("bare view")


def _what_needs_an_administrator(membership: Membership) -> dict:
    people = Membership.objects.visible_to(membership).of_staff()
    now = timezone.now()
    waiting = people.filter(joined_at=None).select_related("invitation")
    return {
        "has_one_administrator": people.filter(role=Role.ADMINISTRATOR).usable().count() < 2,
        "expired_invitations": [
            member
            for member in waiting.filter(invitation__expires_at__lte=now, invitation__revoked_at=None).order_by("id")[
                :5
            ]
        ],
        "waiting_invitations": waiting.filter(invitation__expires_at__gt=now, invitation__revoked_at=None).count(),
        "billing_waiting": people.filter(billing_requested_at__isnull=False, billing_opened_at=None).select_related(
            "user"
        )[:5],
    }
