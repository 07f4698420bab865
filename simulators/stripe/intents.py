"""Payment intents, and money that goes back."""

from simulators.stripe.events import tell
from simulators.stripe.parameters import needed, refuse_unknown
from simulators.stripe.things import ApiRefusal, change, find, new


def retrieve(values: dict, ident: str) -> dict:
    """GET /v1/payment_intents/:id"""
    return find("payment_intent", ident)


def refund(values: dict) -> dict:
    """POST /v1/refunds"""
    refuse_unknown(values, {"payment_intent", "amount", "reason", "metadata"})
    intent = find("payment_intent", needed(values, "payment_intent"), param="payment_intent")
    charge = find("charge", intent["latest_charge"] or "", param="payment_intent")
    left = charge["amount"] - charge["amount_refunded"]
    amount = int(values.get("amount") or left)
    if not 0 < amount <= left:
        raise ApiRefusal(f"Refund amount is greater than unrefunded amount on charge ({left}).", param="amount")
    row = new("refund", amount=amount, currency=charge["currency"], payment_intent=intent["id"], charge=charge["id"],
              status="succeeded", reason=values.get("reason"))  # fmt: skip
    back = charge["amount_refunded"] + amount
    tell("charge.refunded", change(charge, amount_refunded=back, refunded=back == charge["amount"]))
    return row


def dispute(ident: str) -> dict:
    """Let the bank of a card claim the money of a payment intent back."""
    intent = find("payment_intent", ident)
    charge = find("charge", intent["latest_charge"] or "")
    row = new("dispute", amount=charge["amount"], currency=charge["currency"], charge=charge["id"],
              payment_intent=ident, reason="fraudulent", status="needs_response")  # fmt: skip
    tell("charge.dispute.created", row)
    return row
