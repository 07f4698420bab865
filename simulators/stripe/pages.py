"""The hosted page of a Checkout session: pays, is declined, or is left."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from simulators.stripe import checkout
from simulators.stripe.customers import CARDS
from simulators.stripe.models import Thing
from simulators.stripe.things import find, of_customer


# Whoever knows the session's id may pay; a cookie would prove nothing more.
@csrf_exempt
@require_http_methods(["GET", "POST"])
def pay(request: HttpRequest, session_id: str) -> HttpResponse:
    """Show what is to be paid, and do what was chosen."""
    if not Thing.objects.filter(id=session_id, kind="checkout.session").exists():
        return render(request, "stripe/gone.html", status=404)
    problem = ""
    with transaction.atomic():
        row = checkout.as_of_now(find("checkout.session", session_id))
        if row["status"] != "open":
            return render(request, "stripe/gone.html", {"session": row}, status=410)
        cards = of_customer("payment_method", row["customer"])
        if request.method == "POST":
            card = request.POST.get("card", "")
            if request.POST.get("step") == "leave":
                return HttpResponseRedirect(row["cancel_url"] or row["success_url"])
            if card not in CARDS and card not in {one["id"] for one in cards}:
                problem = "Choose a card."
            else:
                try:
                    row = checkout.pay(row, card) if row["mode"] == "payment" else checkout.keep_card(row, card)
                    return HttpResponseRedirect(row["success_url"].replace("{CHECKOUT_SESSION_ID}", row["id"]))
                except checkout.Declined as refusal:
                    problem = str(refusal)
    context = {"session": row, "amount": (row["amount_total"] or 0) / 100, "cards": cards, "problem": problem}
    return render(request, "stripe/pay.html", context, status=402 if problem else 200)
