"""The control desk's part about Stripe: what happened, telling it again, and what only a bank can do."""

from django.db import transaction
from django.http import HttpRequest

from simulators.microsoft365.control.desk import Refused, desk, text
from simulators.stripe import intents
from simulators.stripe.events import deliver, payload_of, signature
from simulators.stripe.models import Event, Thing
from simulators.stripe.things import ApiRefusal


@desk("GET")
def events(request: HttpRequest, data: dict):
    """Return every event with the body and the signature with which it would be told now, the oldest first."""
    rows = [(event, payload_of(event)) for event in Event.objects.all()]
    return [
        {
            "id": event.id,
            "type": event.data["type"],
            "was_heard": event.was_heard,
            "payload": payload,
            "signature": signature(payload),
        }
        for event, payload in rows
    ]


@desk("POST")
def tell_again(request: HttpRequest, data: dict):
    """Tell the webhook every event, or the one named by ``id``, whether it heard of it or not."""
    found = Event.objects.filter(id=text(data, "id")) if "id" in data else Event.objects.all()
    return {"heard": sum(deliver(event.id) for event in found)}


@desk("GET")
def objects(request: HttpRequest, data: dict):
    """Return every object of the API, the oldest first."""
    return [thing.data for thing in Thing.objects.order_by("made_at")]


@desk("POST")
def dispute(request: HttpRequest, data: dict):
    """Let a cardholder claim the money of ``payment_intent`` back."""
    try:
        with transaction.atomic():
            return intents.dispute(text(data, "payment_intent"))
    except ApiRefusal as refusal:
        raise Refused(str(refusal), status=refusal.status) from refusal
