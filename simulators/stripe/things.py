"""Objects of the simulated API: made, found, changed, expanded."""

import secrets
from typing import Any

from simulators.microsoft365.clock import clock
from simulators.stripe.models import Thing

_PREFIXES = {
    "customer": "cus_", "checkout.session": "cs_test_", "payment_intent": "pi_", "setup_intent": "seti_",
    "charge": "ch_", "payment_method": "pm_", "refund": "re_", "dispute": "du_",
}  # fmt: skip


class ApiRefusal(Exception):
    """The API refuses. ``code`` and ``param`` are Stripe's words for why, as its reference lists them."""

    def __init__(self, message: str, *, code: str = "", param: str = "", status: int = 400, kind: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.body = {"type": kind or "invalid_request_error", "message": message}
        self.body |= {name: value for name, value in (("code", code), ("param", param)) if value}


def seconds() -> int:
    """Return the time as the API writes it."""
    return int(clock.now().timestamp())


def new(kind: str, **data: Any) -> dict:
    """Make an object and return it."""
    row = {"id": f"{_PREFIXES[kind]}{secrets.token_hex(12)}", "object": kind, "created": seconds(), "livemode": False}
    row |= data
    Thing.objects.create(id=row["id"], kind=kind, customer=row.get("customer") or "", data=row)
    return row


def find(kind: str, ident: str, *, param: str = "id") -> dict:
    """Return an object. Raises `ApiRefusal` 404, as for one that never was."""
    thing = Thing.objects.select_for_update().filter(id=ident, kind=kind).first()
    if thing is None:
        words = f"No such {kind}: '{ident}'"
        raise ApiRefusal(words, code="resource_missing", param=param, status=404)
    return thing.data


def change(row: dict, **values: Any) -> dict:
    """Change an object and keep it."""
    row |= values
    Thing.objects.filter(id=row["id"]).update(data=row, customer=row.get("customer") or "")
    return row


def of_customer(kind: str, customer: str) -> list[dict]:
    """Return a customer's objects of a kind, the newest first."""
    found = Thing.objects.filter(kind=kind, customer=customer).order_by("-made_at")
    return [thing.data for thing in found]


def expanded(row: dict, paths: list[str]) -> dict:
    """Return an object with what ``paths`` names ("payment_intent.latest_charge") in place of its id."""
    row = dict(row)
    for path in paths:
        name, _, rest = path.partition(".")
        value = row.get(name)
        if isinstance(value, str):
            value = Thing.objects.get(id=value).data
        if isinstance(value, dict):
            row[name] = expanded(value, [rest]) if rest else value
    return row
