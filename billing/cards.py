"""Stripe, asked through its official library. Nothing else of ours talks to it.

It reads and translates: no row, no decision. Every call goes to STRIPE_API_BASE and nowhere else.

CardProblem
  CardsNotSetUp     there is no key
  StripeUnreachable nobody answered, or the answer was lost; asking again with the same key does nothing twice
  StripeBusy        the same is asked at this moment, with the same key; the other question gets the answer
  StripeRefused     Stripe said no; the message is in words for people
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Any

import requests
import stripe
from django.conf import settings

log = logging.getLogger(__name__)

# Seconds until there is a connection, and between two pieces of an answer. A click asks up to four times while somebody
# waits and one of the web's few threads is held, so nothing is asked twice: jobs come again by themselves.
_TIMEOUT = (3, 5)
_RETRIES = 0


class CardProblem(Exception):
    """Stripe did not do what it was asked. The message is for people."""


class CardsNotSetUp(CardProblem):
    """This installation has no key of Stripe's."""


class StripeUnreachable(CardProblem):
    """No answer came. Nothing is charged by what asks for it: people pay on Stripe's page, which they never saw."""


class StripeBusy(CardProblem):
    """Stripe is at work on the same question already."""


class StripeRefused(CardProblem):
    """Stripe understood and refused."""


@dataclass(frozen=True)
class Page:
    """A page of Stripe's for one trip: where it is, and by which id its end is told."""

    session_id: str
    url: str


@dataclass(frozen=True)
class Told:
    """What Stripe says of a payment. ``state`` is OPEN, PAID, PROCESSING or EXPIRED, amounts are in cents.

    ``failure`` is why a card was refused while the page is still open, ``refunded`` how much went back since.
    """

    state: str
    amount: int
    currency: str
    intent_id: str = ""
    card_id: str = ""
    card_words: str = ""
    paid_on: date | None = None
    refunded: int = 0
    failure: str = ""


@dataclass(frozen=True)
class Card:
    """A card that is kept for a customer."""

    stripe_id: str
    brand: str
    last4: str
    expires_month: int
    expires_year: int


@dataclass(frozen=True)
class Event:
    """What a webhook brought, its signature checked: about which object, and what that had been before."""

    event_id: str
    kind: str
    about: dict[str, Any]
    before: dict[str, Any]


class NotFromStripe(Exception):
    """A webhook's signature, age or body is not Stripe's."""


def is_set_up() -> bool:
    """Return whether cards can be paid with here."""
    return bool(settings.STRIPE_SECRET_KEY)


def make_customer(*, name: str, email: str, reference: str, key: str) -> str:
    """Return the id of a customer; the same ``key`` with the same values makes one only. Raises `CardProblem`."""
    values = {"name": name, "email": email, "metadata": {"partner": reference}}
    with _asking() as client:
        return client.v1.customers.create(values, {"idempotency_key": key}).id


def open_payment_page(
    *, customer: str, what: str, amount: int, currency: str, reference: str, keep_card: bool, expires_at: datetime,
    return_url: str, leave_url: str,
) -> Page:  # fmt: skip
    """Return the page on which ``amount`` cents are paid. ``reference`` is the payment's own id and the key under which
    asking twice makes one page: everything else must be the same each time. Raises `CardProblem`.
    """
    intent = {"metadata": {"payment": reference}, "description": what}
    if keep_card:
        intent["setup_future_usage"] = "on_session"
    price = {"currency": currency.lower(), "unit_amount": amount, "product_data": {"name": what}}
    values = {
        "mode": "payment",
        "customer": customer,
        "client_reference_id": reference,
        "line_items": [{"price_data": price, "quantity": 1}],
        "payment_method_types": ["card"],
        "payment_intent_data": intent,
        # Cards kept by an earlier payment are offered again; by default only those saved on Stripe's own page are.
        "saved_payment_method_options": {"allow_redisplay_filters": ["always", "limited", "unspecified"]},
        "expires_at": int(expires_at.timestamp()),
        "success_url": return_url,
        "cancel_url": leave_url,
    }
    with _asking() as client:
        return _page(client.v1.checkout.sessions.create(values, {"idempotency_key": reference}))


def open_card_page(*, customer: str, currency: str, return_url: str, leave_url: str) -> Page:
    """Return the page on which a card is added and nothing is paid. Raises `CardProblem`."""
    values = {
        "mode": "setup",
        "customer": customer,
        "currency": currency.lower(),
        "payment_method_types": ["card"],
        "success_url": return_url,
        "cancel_url": leave_url,
    }
    with _asking() as client:
        return _page(client.v1.checkout.sessions.create(values))


def ask_about(session_id: str) -> Told:
    """Return what became of a payment page. Raises `CardProblem`."""
    with _asking() as client:
        session = client.v1.checkout.sessions.retrieve(session_id, {"expand": ["payment_intent.latest_charge"]})
    intent = session.payment_intent
    told = {"amount": session.amount_total, "currency": session.currency.upper()}
    if intent is None:
        return Told(state="EXPIRED" if session.status == "expired" else "OPEN", **told)
    if session.status == "complete" and session.payment_status == "paid":
        return Told(state="PAID", **told, **_charged(intent, intent.latest_charge))
    error = intent.last_payment_error
    states = {"open": "OPEN", "expired": "EXPIRED"}
    return Told(
        state=states.get(session.status, "PROCESSING"),
        **told,
        intent_id=intent.id,
        failure=(error.message or "The card was refused.")[:300] if error else "",
    )


def close_page(session_id: str) -> Told:
    """Let nobody pay on a page any more, and return its end.

    Raises `StripeRefused` for one that has ended already, and `CardProblem`.
    """
    with _asking() as client:
        session = client.v1.checkout.sessions.expire(session_id)
    return Told(state="EXPIRED", amount=session.amount_total, currency=session.currency.upper())


def cards_of(customer: str) -> tuple[list[Card], str]:
    """Return a customer's cards, the newest first, and the id of the default one ("" for none).

    Raises `CardProblem`.
    """
    with _asking() as client:
        default = client.v1.customers.retrieve(customer).invoice_settings.default_payment_method
        found = client.v1.customers.payment_methods.list(customer, {"type": "card", "limit": 100})
        cards = [
            Card(one.id, one.card.brand, one.card.last4, one.card.exp_month, one.card.exp_year)
            for one in found.auto_paging_iter()
        ]
    return cards, str(default or "")


def propose(customer: str, card_id: str) -> None:
    """Mark a kept card as the default one. Raises `CardProblem`.

    Checkout in the mode "payment" does not heed it: it fills in the card saved last ("Create a Session", customer).
    """
    with _asking() as client:
        client.v1.customers.update(customer, {"invoice_settings": {"default_payment_method": card_id}})


def forget(card_id: str) -> None:
    """Let Stripe keep a card no longer. Raises `CardProblem`."""
    with _asking() as client:
        client.v1.payment_methods.detach(card_id)


def event_of(body: bytes, signature: str) -> Event:
    """Return the event of a webhook whose signature is right and not older than five minutes.

    Raises `NotFromStripe`.
    """
    try:
        event = stripe.Webhook.construct_event(body, signature, settings.STRIPE_WEBHOOK_SECRET)
        data = event.data.to_dict()
        about, before = data["object"], data.get("previous_attributes") or {}
        found = Event(str(event.id), str(event.type), about, before)
    except (stripe.SignatureVerificationError, ValueError, KeyError, AttributeError, TypeError) as problem:
        raise NotFromStripe(type(problem).__name__) from problem
    if not found.event_id or len(found.event_id) > 255 or len(found.kind) > 80 or not isinstance(about, dict):
        raise NotFromStripe("an event without an id or an object")
    return found


@contextmanager
def _asking() -> Iterator[stripe.StripeClient]:
    """Give a client, and turn what goes wrong into words. Raises `CardProblem`."""
    if not is_set_up():
        raise CardsNotSetUp("Card payment is not set up here.")
    try:
        yield _client()
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as problem:
        if problem.http_status == HTTPStatus.CONFLICT:
            raise StripeBusy("Stripe is doing this already. Try again in a moment.") from problem
        log.warning("Stripe was not reached: %s", type(problem).__name__)
        raise StripeUnreachable("Stripe does not answer at the moment. Try again in a minute.") from problem
    except stripe.StripeError as problem:
        # Its messages may name keys and ids: they are for the log of those who run this.
        log.warning("Stripe refused (%s, %s): %s", problem.http_status, problem.code, problem)
        raise StripeRefused(_REFUSALS.get(problem.code or "", _ANY_REFUSAL)) from problem


_ANY_REFUSAL = "Stripe refused to do that. The platform’s staff can look up why."
_REFUSALS = {
    "amount_too_small": "The amount is too small to be paid by card.",
    "amount_too_large": "The amount is too large to be paid by card. Pay it in parts, or by bank transfer.",
}


def _client() -> stripe.StripeClient:
    session = requests.Session()
    # Never to another host than the one in the settings, and with no other credentials than ours.
    session.max_redirects, session.trust_env = 0, False
    base = settings.STRIPE_API_BASE
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY,
        http_client=stripe.RequestsClient(timeout=_TIMEOUT, session=session),
        base_addresses={"api": base, "connect": base, "files": base, "meter_events": base},
        max_network_retries=_RETRIES,
    )


def _page(session: Any) -> Page:
    if not session.url.startswith(f"{settings.STRIPE_PAGES}/"):
        log.error("Stripe's page is not at STRIPE_PAGES: %s", session.url.partition("?")[0][:60])
        raise StripeRefused("Stripe’s page is at an address this installation does not know. Nothing was charged.")
    return Page(session.id, session.url)


def _charged(intent: Any, charge: Any) -> dict[str, Any]:
    card = charge.payment_method_details.card
    return {
        "intent_id": intent.id,
        "card_id": str(intent.payment_method or ""),
        "card_words": card_words(card.brand, card.last4) if card else "Card",
        "paid_on": datetime.fromtimestamp(charge.created, UTC).date(),
        "refunded": charge.amount_refunded,
    }


_BRANDS = {"amex": "American Express", "jcb": "JCB", "unionpay": "UnionPay", "diners": "Diners Club"}


def card_words(brand: str, last4: str) -> str:
    """Return what a card is called: "Visa ending 4242"."""
    return f"{_BRANDS.get(brand, brand.replace('_', ' ').title())} ending {last4}"
