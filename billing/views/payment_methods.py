"""Cards that Stripe keeps for the company."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PartnerRequest, partner_page
from accounts.roles import Can
from billing import cards
from billing.actions.card_payments import customer_of
from billing.actions.payment_methods import copy_cards, propose_card, remove_card
from billing.cards import CardProblem, card_words
from billing.models import BillingAccount, PaymentMethod
from billing.views.accounts import books_of
from billing.views.payments import may_lead_to_stripe


@partner_page(Can.SEE_INVOICES)
def method_list(request: PartnerRequest) -> HttpResponse:
    """List the cards, the default one first. Stripe's own page offers the newest first."""
    found = PaymentMethod.objects.visible_to(request.membership).order_by("-is_default", "brand", "last4", "pk")
    today = timezone.localdate()
    rows = [
        {"card": one, "words": card_words(one.brand, one.last4),
         "is_over": (one.expires_year, one.expires_month) < (today.year, today.month)}
        for one in found
    ]  # fmt: skip
    context = {
        "rows": rows,
        "account": books_of(request).account,
        "cards_are_set_up": cards.is_set_up(),
        "bank": settings.BILLING_BANK,
    }
    return may_lead_to_stripe(render(request, "billing/method_list.html", context))


@require_POST
@partner_page(Can.SEE_INVOICES)
def method_add(request: PartnerRequest) -> HttpResponse:
    """Go to Stripe's page on which a card is added."""
    account = _account(request)
    here = f"{settings.BASE_URL}{reverse('billing:method_list')}"
    try:
        customer = customer_of(account, email=request.user.email)
        page = cards.open_card_page(
            customer=customer, currency=account.currency, leave_url=here,
            return_url=f"{settings.BASE_URL}{reverse('billing:method_back')}",
        )  # fmt: skip
    except CardProblem as problem:
        messages.error(request, str(problem))
        return redirect("billing:method_list")
    return HttpResponseRedirect(page.url)


@partner_page(Can.SEE_INVOICES)
def method_back(request: PartnerRequest) -> HttpResponse:
    """Come back from Stripe's page: look which cards there are by now."""
    before = PaymentMethod.objects.visible_to(request.membership).count()
    try:
        copy_cards(_account(request))
    except CardProblem as problem:
        messages.error(request, f"{problem} A card that was added appears here by itself.")
    else:
        if PaymentMethod.objects.visible_to(request.membership).count() > before:
            messages.success(request, "Stripe keeps the card now.")
    return redirect("billing:method_list")


@require_POST
@partner_page(Can.SEE_INVOICES)
def method_propose(request: PartnerRequest, card_id: str) -> HttpResponse:
    """Make a card the default."""
    method = _method(request, card_id)
    try:
        propose_card(method=method, account=_account(request), actor=request.user, now=timezone.now())
    except CardProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"{card_words(method.brand, method.last4)} is the default now.")
    return redirect("billing:method_list")


@partner_page(Can.SEE_INVOICES)
def method_remove(request: PartnerRequest, card_id: str) -> HttpResponse:
    """Ask, then let Stripe forget a card."""
    method = _method(request, card_id)
    words = card_words(method.brand, method.last4)
    if request.method == "POST":
        try:
            remove_card(method=method, account=_account(request), actor=request.user, now=timezone.now())
        except CardProblem as problem:
            messages.error(request, str(problem))
        else:
            messages.success(request, f"{words} is removed.")
        return redirect("billing:method_list")
    return render(request, "billing/method_remove.html", {"method": method, "words": words})


def _method(request: PartnerRequest, card_id: str) -> PaymentMethod:
    return get_object_or_404(PaymentMethod.objects.visible_to(request.membership), stripe_id=card_id)


def _account(request: PartnerRequest) -> BillingAccount:
    account = books_of(request).account
    if account is None or not cards.is_set_up():
        raise Http404
    return account
