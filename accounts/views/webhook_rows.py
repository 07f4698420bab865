"""Endpoints and deliveries as pages list them: plain values."""

from dataclasses import dataclass
from datetime import datetime

from notifications.models import WebhookDelivery, WebhookEndpoint

_State = WebhookDelivery.State
_BADGES = {_State.QUEUED: "in_progress", _State.DELIVERED: "success", _State.FAILED: "failed"}


@dataclass(frozen=True)
class EndpointRow:
    """One endpoint in the list; ``badge`` is its class and its icon."""

    uuid: str
    name: str
    url: str
    events: list[str]
    badge: str
    state: str
    note: str


@dataclass(frozen=True)
class DeliveryRow:
    """One delivery in the list."""

    uuid: str
    event: str
    created_at: datetime
    badge: str
    state: str
    attempts: int
    code: int | None
    answer: str
    problem: str
    last_tried_at: datetime | None
    next_try_at: datetime | None
    can_send_again: bool


def endpoint_row(endpoint: WebhookEndpoint, *, now: datetime) -> EndpointRow:
    """Return the row of an endpoint."""
    badge, state, note = "success", "On", ""
    if not endpoint.is_on:
        badge, state, note = "none", "Off", endpoint.off_because
        if note:
            badge, state = "failed", "Switched off"
    elif endpoint.failing_since:
        days = (now - endpoint.failing_since).days
        badge, state = "partial", "Failing"
        note = f"For {days} day{'' if days == 1 else 's'}" if days else "Since less than a day"
    return EndpointRow(str(endpoint.uuid), endpoint.name, endpoint.url, endpoint.events, badge, state, note)


def delivery_row(delivery: WebhookDelivery, endpoint: WebhookEndpoint, *, now: datetime) -> DeliveryRow:
    """Return the row of a delivery to ``endpoint``."""
    next_try_at = delivery.next_try_at
    if next_try_at and endpoint.rests_until:
        next_try_at = max(next_try_at, endpoint.rests_until)
    return DeliveryRow(
        uuid=str(delivery.uuid),
        event=delivery.event,
        created_at=delivery.created_at,
        badge=_BADGES[_State(delivery.state)],
        state=delivery.get_state_display(),
        attempts=delivery.attempts,
        code=delivery.last_code,
        answer=delivery.last_answer,
        problem=delivery.problem,
        last_tried_at=delivery.last_tried_at,
        next_try_at=next_try_at if next_try_at and next_try_at > now else None,
        can_send_again=endpoint.is_on and (delivery.attempts > 0 or delivery.state == _State.FAILED),
    )
