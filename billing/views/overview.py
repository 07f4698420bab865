"""The first page of Billing: what is to pay, the six tasks, the last invoices."""

from django.http import HttpResponse
from django.shortcuts import render

from accounts.access import PartnerRequest, partner_page
from accounts.roles import Can
from billing import cards
from billing.actions.accounts import people_billing_is_open_for
from billing.actions.usage import SeatTrend, expected_invoice, seats_by_month
from billing.models import PaymentMethod
from billing.views.accounts import books_of
from billing.views.dues import dues_of
from billing.views.invoice_rows import invoice_row

_INVOICES_SHOWN = 12


@partner_page(Can.SEE_INVOICES)
def overview(request: PartnerRequest) -> HttpResponse:
    """Show how the company's account stands; a fixed number of queries."""
    mine = books_of(request)
    newest = mine.invoices.invoices().with_standing().newest_first()[:_INVOICES_SHOWN]
    partner = request.membership.partner
    others = [one for one in people_billing_is_open_for(partner) if one.user_id != request.user.pk]
    context = {
        "account": mine.account,
        "currency": mine.currency,
        "others": [one.user.full_name for one in others],
        "due": dues_of(mine),
        "pending": list(mine.payments.pending().order_by("-created_at")[:3]),
        "card": _card_words(request),
        "cards_are_set_up": cards.is_set_up(),
        "trend": _trend(seats_by_month(partner, mine.today)),
        "expected": expected_invoice(partner, mine.today),
        "rows": [invoice_row(invoice, mine.today) for invoice in newest],
    }
    return render(request, "billing/overview.html", context)


def _trend(seats: SeatTrend | None) -> dict | None:
    """Return the curve of seats as the points of a drawing 300 wide and 48 high, with its figures."""
    if seats is None:
        return None
    first, last = seats.points[0][0], seats.points[-1][0]
    most = max(count for _, count in seats.points) or 1
    days = (last - first).days or 1
    spots = [((day - first).days / days * 300, 44 - count / most * 38) for day, count in seats.points]
    # One count alone is a level line.
    spots = spots if len(spots) > 1 else [(0, spots[0][1]), (300, spots[0][1])]
    return {"line": " L".join(f"{x:.1f} {y:.1f}" for x, y in spots), "seats": seats, "first": seats.points[0]}


def _card_words(request: PartnerRequest) -> str:
    card = PaymentMethod.objects.visible_to(request.membership).filter(is_default=True).first()
    return cards.card_words(card.brand, card.last4) if card else ""
