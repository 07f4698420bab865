"""Telling a partner's own programs what happened: an event becomes a row for each endpoint that wants it.

Signed as the specification "Standard Webhooks" says, so that receivers can check with a library they have. The
payload holds ids, names, links and moments, and never what was backed up. Sending is `notifications.webhook_delivery`.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from jobs.requests import request_job
from notifications.models import WebhookDelivery, WebhookEndpoint

KIND = "deliver_webhooks"
# (header, what it holds) is all that a receiver needs to check; see `signature`.
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"


def publish(
    event: str, *, partner_id: int, data: dict[str, Any], at: datetime, endpoint_ids: Collection[int] | None = None
) -> list[str]:
    """Queue ``event`` for the partner's endpoints that are on and want it, in the caller's transaction.

    ``endpoint_ids`` narrows that down to some. ``data`` holds plain JSON values and aware moments. Returns the names
    of the endpoints that will be told.
    """
    found = WebhookEndpoint.objects.filter(partner_id=partner_id, is_on=True, events__contains=[event])
    if endpoint_ids is not None:
        found = found.filter(pk__in=endpoint_ids)
    return queue_event(event, found.order_by("pk"), data=data, at=at)


def queue_event(event: str, endpoints: QuerySet | Iterable, *, data: dict[str, Any], at: datetime) -> list[str]:
    """Queue ``event`` for these endpoints, whatever they want; return their names."""
    payload = json.dumps({"type": event, "timestamp": moment(at), "data": data}, ensure_ascii=False, default=moment)
    names = []
    for endpoint in endpoints:
        endpoint.deliveries.create(event=event, payload=payload, created_at=at, next_try_at=at)
        request_delivery(endpoint.pk, at)
        names.append(endpoint.name)
    return names


def request_delivery(endpoint_id: int, at: datetime) -> None:
    """Have what is due at an endpoint sent: one job for each endpoint, so that a slow one holds up only itself.

    The job is asked for after the caller's commit. Inside its transaction everybody else who has something for the
    endpoint would wait for that commit, and two of them for each other. What a kill in between forgets, the next
    minute asks for.
    """
    transaction.on_commit(
        partial(request_job, KIND, subject_id=endpoint_id, at=at, key=job_key(endpoint_id)), robust=True
    )


def job_key(endpoint_id: int) -> str:
    """Return what keeps a second job for an endpoint away while one is open."""
    return f"{KIND}:{endpoint_id}"


def request_due_deliveries(now: datetime) -> int:
    """Ask for the deliveries whose next try has come; return for how many endpoints."""
    found = WebhookEndpoint.objects.with_due_deliveries(now).order_by("pk").values_list("pk", flat=True)
    for pk in found:
        request_delivery(pk, now)
    return len(found)


def headers_for(delivery: WebhookDelivery, secrets: list[str], *, at: datetime) -> dict[str, str]:
    """Return the headers of a delivery that is sent ``at``, signed with each of ``secrets``."""
    name, seconds = f"msg_{delivery.uuid.hex}", str(int(at.timestamp()))
    signatures = [signature(secret, name, seconds, delivery.payload.encode()) for secret in secrets]
    return {
        ID: name, TIMESTAMP: seconds, SIGNATURE: " ".join(signatures),
        "Content-Type": "application/json; charset=utf-8",
    }  # fmt: skip


def signature(secret: str, name: str, seconds: str, body: bytes) -> str:
    """Return ``v1,`` and the HMAC-SHA256 of id, timestamp and body, as the specification "Standard Webhooks" says."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{name}.{seconds}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(signed).decode("ascii")


def moment(value: datetime) -> str:
    """Return a moment as it stands in payloads: ``2026-10-25T11:00:00Z``."""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
