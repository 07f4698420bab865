"""Customers and the cards they keep."""

from simulators.stripe.events import tell
from simulators.stripe.parameters import refuse_unknown
from simulators.stripe.things import ApiRefusal, change, find, new, of_customer

CARDS = {"visa": ("visa", "4242"), "mastercard": ("mastercard", "4444"), "declined": ("visa", "0002")}


def create(values: dict) -> dict:
    """POST /v1/customers"""
    refuse_unknown(values, {"name", "email", "metadata", "expand"})
    row = new(
        "customer", name=values.get("name"), email=values.get("email"), metadata=values.get("metadata", {}),
        invoice_settings={"default_payment_method": None},
    )  # fmt: skip
    tell("customer.created", row)
    return row


def retrieve(values: dict, ident: str) -> dict:
    """GET /v1/customers/:id"""
    return find("customer", ident)


def update(values: dict, ident: str) -> dict:
    """POST /v1/customers/:id"""
    refuse_unknown(values, {"name", "email", "metadata", "invoice_settings"})
    row = find("customer", ident)
    wanted = values.get("invoice_settings", {}).get("default_payment_method")
    param = "invoice_settings[default_payment_method]"
    if wanted and find("payment_method", wanted, param=param)["customer"] != ident:
        words = f"The customer does not have a payment method with the ID {wanted}. It must be attached."
        raise ApiRefusal(words, code="resource_missing", param=param)
    row = change(row, **values)
    tell("customer.updated", row)
    return row


def list_methods(values: dict, ident: str) -> dict:
    """GET /v1/customers/:id/payment_methods"""
    refuse_unknown(values, {"type", "limit", "starting_after", "ending_before", "expand"})
    find("customer", ident)
    rows = of_customer("payment_method", ident)
    return {"object": "list", "data": rows, "has_more": False, "url": f"/v1/customers/{ident}/payment_methods"}


def detach(values: dict, ident: str) -> dict:
    """POST /v1/payment_methods/:id/detach"""
    row = find("payment_method", ident)
    customer = row["customer"]
    if not customer:
        words = "The payment method you provided is not attached to a customer so detachment is impossible."
        raise ApiRefusal(words)
    row = change(row, customer=None)
    owner = find("customer", customer)
    if owner["invoice_settings"]["default_payment_method"] == ident:
        change(owner, invoice_settings={"default_payment_method": None})
    tell("payment_method.detached", row, previous_attributes={"customer": customer})
    return row


def new_card(card: str, customer: str | None) -> dict:
    """Make a card; with a customer it is kept."""
    brand, last4 = CARDS[card]
    row = new(
        "payment_method", type="card", customer=customer, allow_redisplay="limited",
        card={"brand": brand, "last4": last4, "exp_month": 8, "exp_year": 2031, "funding": "credit"},
    )  # fmt: skip
    if customer:
        tell("payment_method.attached", row)
    return row
