"""Checkout sessions: one trip of a customer to the hosted page."""

from django.conf import settings

from simulators.stripe.customers import CARDS, new_card
from simulators.stripe.events import tell
from simulators.stripe.parameters import needed, refuse_unknown
from simulators.stripe.things import ApiRefusal, change, find, new, seconds

_KNOWN = {
    "mode", "customer", "client_reference_id", "line_items", "payment_method_types", "success_url", "cancel_url",
    "expires_at", "metadata", "payment_intent_data", "saved_payment_method_options", "currency", "locale", "expand",
}  # fmt: skip
_SMALLEST, _LARGEST = 50, 99_999_999
_DAY = 24 * 3600


class Declined(Exception):
    """The bank of the card says no; the session stays open."""


def create(values: dict) -> dict:
    """POST /v1/checkout/sessions"""
    refuse_unknown(values, _KNOWN)
    mode = needed(values, "mode")
    customer = find("customer", needed(values, "customer"), param="customer")["id"]
    ends = int(values.get("expires_at") or seconds() + _DAY)
    if not 1800 <= ends - seconds() + 60 <= _DAY + 60:
        raise ApiRefusal("expires_at must be 30 minutes to 24 hours from now.", param="expires_at")
    amount, currency = _amount_of(values) if mode == "payment" else (None, values.get("currency"))
    row = new(
        "checkout.session", mode=mode, customer=customer, amount_total=amount, currency=currency, status="open",
        client_reference_id=values.get("client_reference_id"), metadata=values.get("metadata", {}), expires_at=ends,
        success_url=needed(values, "success_url"), cancel_url=values.get("cancel_url"),
        payment_intent=None, setup_intent=None, payment_status="unpaid" if amount else "no_payment_required",
        payment_intent_data=values.get("payment_intent_data", {}),
        saved_payment_method_options=values.get("saved_payment_method_options"),
    )  # fmt: skip
    return change(row, url=f"{settings.PUBLIC_URL}/stripe/pay/{row['id']}")


def retrieve(values: dict, ident: str) -> dict:
    """GET /v1/checkout/sessions/:id"""
    return as_of_now(find("checkout.session", ident))


def expire(values: dict, ident: str) -> dict:
    """POST /v1/checkout/sessions/:id/expire"""
    row = as_of_now(find("checkout.session", ident))
    if row["status"] != "open":
        raise ApiRefusal(f"This Session is not in an expireable state. This session has a status of {row['status']}.")
    return _expired(row)


def as_of_now(row: dict) -> dict:
    """Return a session, expired when its time is over."""
    return _expired(row) if row["status"] == "open" and row["expires_at"] <= seconds() else row


def pay(row: dict, card: str) -> dict:
    """Pay an open session with a card: a new one by its name, or a kept one by its id. Raises `Declined`."""
    customer, keeps = row["customer"], "setup_future_usage" in row["payment_intent_data"]
    intent = _intent_of(row)
    if card == "declined":
        error = {"code": "card_declined", "decline_code": "generic_decline", "message": "Your card was declined."}
        intent = change(intent, status="requires_payment_method", last_payment_error=error | {"type": "card_error"})
        tell("payment_intent.payment_failed", intent)
        raise Declined("Your card was declined.")
    method = new_card(card, customer if keeps else None) if card in CARDS else find("payment_method", card)
    charge = new(
        "charge", amount=row["amount_total"], amount_refunded=0, currency=row["currency"], customer=customer,
        payment_intent=intent["id"], metadata=intent["metadata"], paid=True, refunded=False, status="succeeded",
        payment_method=method["id"], payment_method_details={"type": "card", "card": method["card"]},
    )  # fmt: skip
    intent = change(
        intent, status="succeeded", amount_received=row["amount_total"], latest_charge=charge["id"],
        payment_method=method["id"], last_payment_error=None,
    )  # fmt: skip
    row = change(row, status="complete", payment_status="paid", url=None)
    tell("charge.succeeded", charge)
    tell("payment_intent.succeeded", intent)
    tell("checkout.session.completed", row)
    return row


def keep_card(row: dict, card: str) -> dict:
    """End an open session of the mode "setup" with a card that is kept. Raises `Declined`."""
    if card == "declined":
        raise Declined("Your card was declined.")
    method = new_card(card, row["customer"])
    intent = new("setup_intent", customer=row["customer"], status="succeeded", payment_method=method["id"])
    tell("setup_intent.succeeded", intent)
    row = change(row, status="complete", setup_intent=intent["id"], url=None)
    tell("checkout.session.completed", row)
    return row


def _intent_of(row: dict) -> dict:
    if row["payment_intent"]:
        return find("payment_intent", row["payment_intent"])
    intent = new(
        "payment_intent", amount=row["amount_total"], amount_received=0, currency=row["currency"],
        customer=row["customer"], status="requires_payment_method", latest_charge=None, payment_method=None,
        last_payment_error=None, metadata=row["payment_intent_data"].get("metadata", {}),
    )  # fmt: skip
    change(row, payment_intent=intent["id"])
    tell("payment_intent.created", intent)
    return intent


def _expired(row: dict) -> dict:
    row = change(row, status="expired", url=None)
    tell("checkout.session.expired", row)
    return row


def _amount_of(values: dict) -> tuple[int, str]:
    total, currencies = 0, set()
    for line in needed(values, "line_items"):
        price = needed(line, "price_data")
        needed(needed(price, "product_data"), "name")
        currencies.add(needed(price, "currency").lower())
        total += int(needed(price, "unit_amount")) * int(line.get("quantity", 1))
    if total < _SMALLEST:
        raise ApiRefusal(
            "The Checkout Session's total amount must convert to at least 50 cents.", code="amount_too_small"
        )
    if total > _LARGEST:
        raise ApiRefusal("The total amount is too large.", code="amount_too_large")
    return total, currencies.pop()
