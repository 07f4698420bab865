"""What happened, told to the webhook: signed as "Verify webhook signatures" describes, until it is heard."""

import hashlib
import hmac
import json
import secrets
import time

import httpx
from django.conf import settings
from django.db import transaction

from simulators.stripe.models import Event
from simulators.stripe.things import seconds

_SECONDS = 5


def tell(kind: str, row: dict, **more) -> None:
    """Note an event about an object; it is told after the commit. ``more`` goes beside the object."""
    event = {
        "id": f"evt_{secrets.token_hex(12)}", "object": "event", "api_version": "2026-10-28.endive",
        "created": seconds(), "data": {"object": dict(row), **more}, "livemode": False, "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None}, "type": kind,
    }  # fmt: skip
    Event.objects.create(id=event["id"], data=event)
    transaction.on_commit(lambda: deliver(event["id"]))


def signature(payload: str, *, at: int | None = None) -> str:
    """Return the header Stripe-Signature for a body sent now, or ``at`` another second."""
    at = int(time.time()) if at is None else at
    digest = hmac.new(settings.STRIPE_WEBHOOK_SECRET.encode(), f"{at}.{payload}".encode(), hashlib.sha256)
    return f"t={at},v1={digest.hexdigest()}"


def payload_of(event: Event) -> str:
    """Return the body in which an event is told."""
    return json.dumps(event.data, indent=2)


def deliver(event_id: str) -> bool:
    """Tell one event if there is a webhook; return whether it was heard."""
    event = Event.objects.get(id=event_id)
    if not settings.STRIPE_WEBHOOK_URL:
        return False
    payload = payload_of(event)
    headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature(payload)}
    try:
        answer = httpx.post(settings.STRIPE_WEBHOOK_URL, content=payload, headers=headers, timeout=_SECONDS)
    except httpx.HTTPError:
        return False
    if answer.is_success:
        Event.objects.filter(id=event_id).update(was_heard=True)
    return answer.is_success
