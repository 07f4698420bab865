"""Sending what is queued for an endpoint: signed, with growing waits, until it is taken or three days have passed.

One job looks after one endpoint and sends one delivery after the other. After no answer within a quarter of a minute,
or one that took more than five seconds, the endpoint rests, each time longer: a slow one takes one worker, and only for
a single try at a time.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from jobs.claims import Claim
from notifications import outbound, webhooks
from notifications.destinations import Refused
from notifications.models import WebhookDelivery, WebhookEndpoint
from notifications.outbound import Answer, NoAnswer

log = logging.getLogger(__name__)

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
# Between one try and the next: ten waits, 71 h 51 min in all.
WAITS = (
    _MINUTE, 5 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR,
    20 * _HOUR,
)  # fmt: skip
FAILING_FOR = timedelta(days=3)
KEPT_FOR = timedelta(days=30)
# How long an endpoint rests that did not answer at all, or only after more than its patience.
_PATIENCE = timedelta(seconds=5)
_RESTS = (_MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE)
_SLICE = timedelta(seconds=30)
_ANSWER_KEPT = 500
_CLEARED_AT_ONCE = 1000
_GONE = 410
_State = WebhookDelivery.State


def deliver_due(endpoint_id: int, claim: Claim, *, clock: Callable[[], datetime] = timezone.now, **sending) -> None:
    """Send what is due at an endpoint, oldest first, for half a minute at a time.

    ``sending`` is passed on to `outbound.post`.
    """
    began = clock()
    while (sent_at := clock()) - began < _SLICE:
        found = _next(endpoint_id, sent_at)
        if found is None:
            return
        endpoint, delivery = found
        try:
            answer = _send(endpoint, delivery, sent_at, sending)
        except (NoAnswer, Refused) as problem:
            _note_failure(endpoint, delivery, claim, str(problem), clock(), rests=isinstance(problem, NoAnswer))
        else:
            now = clock()
            _note_answer(endpoint, delivery, claim, answer, now, rests=now - sent_at > _PATIENCE)
    claim.try_again(after=timedelta(), because="There is more to be sent.")


def switch_off(endpoint: WebhookEndpoint, because: str) -> None:
    """Switch an endpoint off, with a reason where nobody asked for it; what waits for it is not sent any more."""
    endpoint.is_on, endpoint.off_because, endpoint.off_told_at = False, because[:200], None
    endpoint.rests_until, endpoint.silences, endpoint.failing_since = None, 0, None
    endpoint.save()
    waiting = endpoint.deliveries.filter(state=_State.QUEUED)
    waiting.update(state=_State.FAILED, next_try_at=None, problem="The endpoint was switched off.")


def clear_old_deliveries(now: datetime) -> int:
    """Forget some of the deliveries that are a month old, and return how many."""
    old = WebhookDelivery.objects.filter(created_at__lt=now - KEPT_FOR).exclude(state=_State.QUEUED)
    found = list(old.order_by("created_at").values_list("pk", flat=True)[:_CLEARED_AT_ONCE])
    if found:
        WebhookDelivery.objects.filter(pk__in=found).delete()
    return len(found)


def _next(endpoint_id: int, now: datetime) -> tuple[WebhookEndpoint, WebhookDelivery] | None:
    due = WebhookDelivery.objects.due(now).filter(endpoint__in=WebhookEndpoint.objects.with_due_deliveries(now))
    delivery = due.filter(endpoint=endpoint_id).select_related("endpoint").order_by("next_try_at", "pk").first()
    return None if delivery is None else (delivery.endpoint, delivery)


def _send(endpoint: WebhookEndpoint, delivery: WebhookDelivery, now: datetime, sending: dict) -> Answer:
    headers = webhooks.headers_for(delivery, endpoint.signing_secrets(now), at=now)
    return outbound.post(endpoint.url, body=delivery.payload.encode(), headers=headers, **sending)


@transaction.atomic
def _note_answer(
    endpoint: WebhookEndpoint, delivery: WebhookDelivery, claim: Claim, answer: Answer, now: datetime, *, rests: bool
) -> None:
    said = answer.body.decode("utf-8", "replace").replace("\0", "")[:_ANSWER_KEPT]
    if not 200 <= answer.code < 300:
        _note_failure(endpoint, delivery, claim, "", now, code=answer.code, said=said, rests=rests)
        return
    held = _locked(endpoint, delivery, claim)
    if held is None:
        return
    sent_to, (endpoint, delivery) = endpoint.url, held
    _count(delivery, now, answer.code, said)
    delivery.state, delivery.next_try_at, delivery.problem = _State.DELIVERED, None, ""
    delivery.save()
    if endpoint.url == sent_to:
        _note_standing(endpoint, now, failing_since=None, rests=rests)


@transaction.atomic
def _note_failure(
    endpoint: WebhookEndpoint, delivery: WebhookDelivery, claim: Claim, problem: str, now: datetime, *,
    code: int | None = None, said: str = "", rests: bool = False,
) -> None:  # fmt: skip
    held = _locked(endpoint, delivery, claim)
    if held is None:
        return
    sent_to, (endpoint, delivery) = endpoint.url, held
    _count(delivery, now, code, said)
    delivery.problem = problem[:300]
    if endpoint.url != sent_to:
        # It says nothing about the new address. What still waits is sent there now.
        delivery.save()
        return
    tries = delivery.attempts_in_row
    if tries <= len(WAITS) and endpoint.is_on:
        delivery.state, delivery.next_try_at = _State.QUEUED, now + WAITS[tries - 1]
    else:
        delivery.state, delivery.next_try_at = _State.FAILED, None
    delivery.save()
    _note_standing(endpoint, now, failing_since=endpoint.failing_since or now, rests=rests)
    if not endpoint.is_on:
        return
    if code == _GONE:
        switch_off(endpoint, "It answered that it is gone for good (410).")
    elif now - endpoint.failing_since >= FAILING_FOR:
        switch_off(endpoint, "For three days nothing was taken.")


def _note_standing(endpoint: WebhookEndpoint, now: datetime, *, failing_since: datetime | None, rests: bool) -> None:
    endpoint.failing_since = failing_since
    endpoint.rests_until = now + _RESTS[min(endpoint.silences, len(_RESTS) - 1)] if rests else None
    endpoint.silences = min(endpoint.silences + 1, len(_RESTS)) if rests else 0
    endpoint.save(update_fields=["failing_since", "rests_until", "silences"])


def _locked(
    endpoint: WebhookEndpoint, delivery: WebhookDelivery, claim: Claim
) -> tuple[WebhookEndpoint, WebhookDelivery] | None:
    """Return both rows as they are now, held until the transaction ends; None where they were deleted meanwhile.

    Raises `LeaseLost` for a late worker.
    """
    # The endpoint before the job: who waits here for a change of the endpoint must hold up nobody who asks for the job.
    held = WebhookEndpoint.objects.select_for_update().filter(pk=endpoint.pk).first()
    claim.renew()
    row = WebhookDelivery.objects.select_for_update().filter(pk=delivery.pk).first()
    return None if held is None or row is None else (held, row)


def _count(delivery: WebhookDelivery, now: datetime, code: int | None, said: str) -> None:
    delivery.attempts += 1
    delivery.attempts_in_row += 1
    delivery.last_tried_at, delivery.last_code, delivery.last_answer = now, code, said
